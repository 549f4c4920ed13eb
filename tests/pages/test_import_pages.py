"""The import pages: upload, columns, check, import."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from portfolios.importing.jobs import do_next
from portfolios.models import ImportRun, ImportState
from projects.models import Project
from tests.pages.conftest import Organisation

FILE = (
    b"ID,Title,Status,Start,End,Cost\n1,One,Executing,2026-01-05,2026-06-30,1000\n2,Two,Idea,,,\n"
)


def upload(
    client: Client, content: bytes = FILE, name: str = "projects.csv", **fields: object
) -> ImportRun:
    """Upload a file and return its import."""
    response = client.post("/imports/new/", {"file": SimpleUploadedFile(name, content), **fields})
    assert response.status_code == 302, response.content.decode()
    return ImportRun.objects.latest("pk")


def test_a_file_goes_all_the_way(owner: Client, organisation: Organisation) -> None:
    run = upload(owner)
    page = owner.get(f"/imports/{run.pk}/columns/")
    form = page.context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    data["parent"] = "value:PAY"
    data["code_prefix"] = "X-"
    response = owner.post(f"/imports/{run.pk}/columns/", data)
    assert response.status_code == 302, response.context["form"].errors
    run.refresh_from_db()
    print(run.mapping)
    response = owner.post(f"/imports/{run.pk}/start/", {"mapping": run.mapping})
    assert response.status_code == 302, response.context["form"].errors
    assert do_next(clock=timezone.now)
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED, run.message
    print(run.message, run.report)
    owner.get(f"/imports/{run.pk}/")
    response = owner.post(f"/imports/{run.pk}/start/")
    assert do_next(clock=timezone.now)
    run.refresh_from_db()
    assert run.state == ImportState.DONE, run.message
    assert owner.get(f"/imports/{run.pk}/").status_code == 200
    assert Project.objects.filter(code__startswith="X-").count() == 2
    assert owner.get("/imports/").status_code == 200
