"""Uploading files, saying what their columns mean, and letting a worker work."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from portfolios.importing.preview import read_preview
from portfolios.models import ImportRun
from portfolios.tasks import WORK
from ppm.core.jobs import do_next
from ppm.core.models import Job, User
from tests.factories import make_job
from tests.pages.reading import Page

FILE = (
    b"ID;Title;Status;Start;End;Cost k;Lead\n"
    b"1;One;Running;05.01.2026;30.06.2026;1000;owner\n"
    b"2;Two;Idea;;;;\n"
)
MAPPING = """
date_formats = ["%d.%m.%Y"]

[levels.project]
kind = "project"
code = "X-{ID}"
parent = "PAY"
name = "{Title}"
state = { from = "{Status}", map = { Running = "executing", Idea = "idea" } }
start_date = "{Start}"
finish_date = "{End}"
budget = { from = "{Cost k}", times = 1000 }
manager = "{Lead}"
baseline = true
"""
CHOSEN = {
    "parent": "value:PAY",
    "code_prefix": "X-",
    "state-0": "executing",
    "budget": "column:Cost k",
    "times": "1000",
    "is_baseline": "on",
}


def make_import(owner: User, content: bytes = FILE, **fields: Any) -> ImportRun:
    """Make an import of a file that was uploaded."""
    preview = read_preview("rows.csv", content, "").as_json() if content else {}
    given = {"file_name": "rows.csv", "preview": preview, **fields}
    return ImportRun.objects.create(owner=owner, content=content, **given)


def queued(run: ImportRun, *, dry_run: bool) -> Job:
    """Have an import wait for a worker, and tell none of it."""
    asked = {"import": run.pk, "dry_run": dry_run}
    run.job = make_job(run.owner, "import", title=run.file_name, asked=asked)
    run.save()
    return run.job


def make_checked(owner: User) -> ImportRun:
    """Make an import whose file was checked."""
    job = make_job(owner, "import", asked={"dry_run": True}, state="done", message="3 rows read.")
    return make_import(owner, job=job)


def worked(run: ImportRun) -> ImportRun:
    """Let a worker do what waits."""
    assert do_next(WORK, clock=timezone.now)
    run.refresh_from_db()
    return run


def upload(
    client: Client, content: bytes = FILE, name: str = "projects.csv", **fields: object
) -> HttpResponse:
    """Upload a file."""
    file = SimpleUploadedFile(name, content)
    return client.post("/imports/new/", {"file": file, **fields})  # type: ignore[return-value]


def uploaded(client: Client, content: bytes = FILE, **fields: object) -> ImportRun:
    """Upload a sound file; return its import."""
    assert upload(client, content, **fields).status_code == 302  # type: ignore[arg-type]
    return ImportRun.objects.latest("pk")


def choose(client: Client, run: ImportRun, kind: str = "project", **chosen: str) -> HttpResponse:
    """Send the form of the columns as the page offers it, but for what is chosen."""
    address = f"/imports/{run.pk}/columns/?kind={kind}"
    form = client.get(address).context["form"]
    offered = {name: form[name].value() or "" for name in form.fields}
    sent: HttpResponse = client.post(address, {**offered, **chosen})  # type: ignore[assignment]
    return sent


def checked(client: Client, run: ImportRun, mapping: str = MAPPING) -> ImportRun:
    """Have the file checked."""
    assert client.post(f"/imports/{run.pk}/start/", {"mapping": mapping}).status_code == 302
    return worked(run)


def text(client: Client, address: str) -> str:
    """Open a page and return its text."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content).text
