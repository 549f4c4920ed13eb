"""Jobs in the API: who sees them, how they are cancelled, what is fetched, and for how long."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from rest_framework.test import APIClient

from portfolios.models import ImportRun
from portfolios.tasks import WORK
from ppm.core.jobs import MOST_WAITING, TOO_MANY, do_next
from ppm.core.models import Component, Job, JobPart, JobRow, JobState, Role, User
from ppm.core.models.job import FILE_KEPT, KEPT
from projects.models import Project
from tests.api.conftest import client_of
from tests.factories import give_role, make_job, make_portfolio, make_program, make_user
from tests.jobs.working import asked, sent, worked

pytestmark = pytest.mark.django_db

MAPPING = '[levels.project]\nkind = "project"\ncode = "{code}"\nname = "{name}"\nstate = "idea"\n'
ROWS = b"code,name\nA,One\nB,Two\n"


@pytest.fixture
def manager() -> User:
    """Return the manager of the program PAY."""
    user = make_user()
    give_role(user, make_program(make_portfolio(), "PAY"), Role.PROGRAM_MANAGER)
    return user


@pytest.fixture
def client(manager: User) -> APIClient:
    """Return the manager's client."""
    return client_of(manager)


def done(owner: User, **fields: Any) -> Job:
    """Make an export that is done."""
    return worked(make_job(owner, **fields))


def upload(client: APIClient, content: bytes = ROWS, **fields: Any) -> Any:
    """Ask for an import; return the job."""
    file = ContentFile(content, "rows.csv")
    body = {"file": file, "mapping": MAPPING, "parent": "PAY", **fields}
    return sent(client, body, "imports", format="multipart")


@pytest.mark.parametrize("path", ["", "rows/", "file/"])
def test_anothers_job_is_as_if_there_was_none(path: str, manager: User) -> None:
    job = done(manager)
    stranger = client_of(make_user())
    answers = [stranger.get(f"/api/v1/jobs/{pk}/{path}") for pk in (job.pk, 999_999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    told = [{**answer.json(), "instance": "", "request_id": ""} for answer in answers]
    assert told[0] == told[1]
    assert stranger.get("/api/v1/jobs/").json()["results"] == []
    assert stranger.post(f"/api/v1/jobs/{job.pk}/cancel/").status_code == 404


def test_administrators_see_all_jobs_but_no_file(manager: User) -> None:
    job = done(manager)
    administrator = client_of(make_user(superuser=True))
    assert administrator.get(f"/api/v1/jobs/{job.pk}/").json()["state"] == "done"
    assert administrator.get(f"/api/v1/jobs/{job.pk}/file/").status_code == 404


def test_a_file_is_forgotten_after_a_day(manager: User, client: APIClient) -> None:
    job = done(manager)
    address = f"/api/v1/jobs/{job.pk}/file/"
    assert client.get(address).status_code == 200
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - FILE_KEPT)
    gone = client.get(address)
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:ppm:problem:gone")
    assert "Export again." in gone.json()["detail"]
    assert client.get(f"/api/v1/jobs/{job.pk}/").json()["file"] is None
    do_next(WORK, clock=timezone.now)
    assert not JobPart.objects.exists()


def test_jobs_are_forgotten_after_ninety_days_and_imports_are_not(manager: User) -> None:
    long_ago = timezone.now() - KEPT - timedelta(days=1)
    old = [
        make_job(manager, kind, state="failed", finished_at=long_ago)
        for kind in ("export", "import")
    ]
    do_next(WORK, clock=timezone.now)
    assert list(Job.objects.all()) == old[1:]


def test_a_waiting_job_is_cancelled_at_once_and_never_done(
    manager: User, client: APIClient
) -> None:
    job = make_job(manager)
    answer = client.post(f"/api/v1/jobs/{job.pk}/cancel/")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert not do_next(WORK, clock=timezone.now)
    again = client.post(f"/api/v1/jobs/{job.pk}/cancel/")
    assert (again.status_code, "is over" in again.json()["detail"]) == (409, True)


def test_nobody_fills_the_queue(client: APIClient) -> None:
    for _ in range(MOST_WAITING):
        sent(client, asked("projects"))
    answer = client.post("/api/v1/exports/", asked("projects"))
    assert (answer.status_code, answer.json()["detail"]) == (409, TOO_MANY)


def test_a_token_that_only_reads_asks_for_nothing(manager: User) -> None:
    reader = client_of(manager, scopes=("read",))
    job = make_job(manager)
    for address in ("exports", "recomputations", f"jobs/{job.pk}/cancel"):
        assert reader.post(f"/api/v1/{address}/", asked("projects")).status_code == 403


def test_a_file_is_imported_by_the_api(manager: User, client: APIClient) -> None:
    told = upload(client, ROWS + b",Nameless\n", partial="true", as_of="2026-03-31")
    assert told["asked"]["as_of"] == "2026-03-31"
    job = worked(Job.objects.get(pk=told["id"]))
    assert (job.state, job.rows_ok, job.rows_skipped, job.rows_failed) == ("done", 2, 0, 1)
    assert {p.parent.code for p in Project.objects.all() if p.parent} == {"PAY"}
    rows = client.get(f"/api/v1/jobs/{job.pk}/rows/").json()["results"]
    assert [(row["row"], row["column"]) for row in rows] == [(4, "code")]


def test_all_or_nothing_skips_what_is_sound(client: APIClient) -> None:
    job = worked(Job.objects.get(pk=upload(client, ROWS + b",Nameless\n")["id"]))
    assert (job.state, job.rows_ok, job.rows_skipped, job.rows_failed) == ("failed", 0, 2, 1)
    assert not Project.objects.exists()


def test_a_dry_run_tells_all_and_writes_nothing(client: APIClient) -> None:
    job = worked(Job.objects.get(pk=upload(client, dry_run="true")["id"]))
    assert (job.state, job.rows_ok) == ("done", 2)
    assert job.report
    assert job.report["levels"][0]["created"] == 2
    assert not Project.objects.exists()


def test_failed_rows_come_in_pages(client: APIClient) -> None:
    bad = b"".join(b",Nameless %d\n" % number for number in range(5))
    job = worked(Job.objects.get(pk=upload(client, b"code,name\n" + bad)["id"]))
    address, met = f"/api/v1/jobs/{job.pk}/rows/?limit=2", []
    while address:
        page = client.get(address).json()
        met += [row["row"] for row in page["results"]]
        address = page["next"]
    assert met == [2, 3, 4, 5, 6]
    assert client.get(f"/api/v1/jobs/{job.pk}/rows/?colour=red").status_code == 400


def test_a_mapping_comes_as_a_file_as_text_or_by_its_name(client: APIClient) -> None:
    file = ContentFile(MAPPING.encode(), "mapping.toml")
    assert upload(client, mapping=file)["state"] == "queued"
    federal = upload(client, mapping="federal_it_dashboard")
    assert "[levels.agency]" in ImportRun.objects.get(pk=federal["asked"]["import"]).mapping


@pytest.mark.parametrize(
    ("fields", "place", "sentence"),
    [
        ({"file": ContentFile(b"%PDF", "notes.pdf")}, "#/file", "Choose a CSV file"),
        ({"file": ContentFile(b"x" * 10_000_001, "a.csv")}, "#/file", "at most 10.0 MB"),
        ({"mapping": "x = 1"}, "#/mapping", "the mapping has no “x”"),
        ({"mapping": "../../etc/passwd"}, "#/mapping", "the mapping: "),
        ({"as_of": "31.12.2026"}, "#/as_of", "YYYY-MM-DD"),
    ],
    ids=["kind", "size", "mapping", "path", "date"],
)
def test_what_cannot_be_imported_says_why(
    client: APIClient, fields: dict[str, Any], place: str, sentence: str
) -> None:
    body = {"file": ContentFile(ROWS, "rows.csv"), "mapping": MAPPING, **fields}
    answer = client.post("/api/v1/imports/", body, format="multipart")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["pointer"], sentence in error["detail"]) == (place, True)
    assert not ImportRun.objects.exists()


def test_who_may_change_nothing_imports_nothing() -> None:
    viewer = make_user()
    give_role(viewer, make_portfolio(), Role.VIEWER)
    body = {"file": ContentFile(ROWS, "rows.csv"), "mapping": MAPPING}
    answer = client_of(viewer).post("/api/v1/imports/", body, format="multipart")
    assert answer.status_code == 403


def test_figures_are_computed_anew_by_who_may_change_policies(
    manager: User, client: APIClient
) -> None:
    program = Component.objects.get(code="PAY")
    assert client.post("/api/v1/recomputations/", {"component": program.pk}).status_code == 403
    give_role(manager, program, Role.PORTFOLIO_MANAGER)
    told = sent(client, {"component": program.pk}, "recomputations")
    job = worked(Job.objects.get(pk=told["id"]))
    assert (job.state, job.rows_ok) == ("done", 1)
    assert job.report == {"components": 1, "snapshots": 2}
    hidden = make_portfolio()
    assert client.post("/api/v1/recomputations/", {"component": hidden.pk}).status_code == 400


def test_whoever_lost_the_right_meanwhile_computes_nothing(manager: User) -> None:
    program = Component.objects.get(code="PAY")
    job = worked(make_job(manager, "recomputation", asked={"component": program.pk}))
    assert (job.state, "may not have it computed" in job.message) == (JobState.FAILED, True)


def test_rows_of_others_are_not_told(manager: User, client: APIClient) -> None:
    other = make_job(make_user(), state="failed", finished_at=timezone.now())
    JobRow.objects.create(job=other, row=2, reason="A secret")
    assert client.get(f"/api/v1/jobs/{other.pk}/rows/").status_code == 404
    assert client_of(manager).get(f"/jobs/{other.pk}/rows.csv").status_code in (302, 404)


def test_a_request_that_comes_again_is_done_once(manager: User, client: APIClient) -> None:
    key = {"Idempotency-Key": "7c1f"}
    exports = [client.post("/api/v1/exports/", asked("projects"), headers=key) for _ in range(2)]
    assert exports[0].content == exports[1].content
    key = {"Idempotency-Key": "7c20"}
    for content, status in ((ROWS, 202), (ROWS, 202), (ROWS + b"C,Three\n", 422)):
        body = {"file": ContentFile(content, "rows.csv"), "mapping": MAPPING, "parent": "PAY"}
        answer = client.post("/api/v1/imports/", body, format="multipart", headers=key)
        assert answer.status_code == status, answer.content
    assert Job.objects.count() == 2
