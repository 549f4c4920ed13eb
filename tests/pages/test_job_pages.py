"""Pages of jobs: the export of a list as its page is narrowed, its progress, its file."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import Job, JobState
from tests.factories import make_job, make_risk, make_user
from tests.importing.uploads import MAPPING, checked, text, uploaded
from tests.jobs.working import lines_of, worked
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page

DONE = {"state": "done", "message": "2 rows written."}


def export_link(client: Client, address: str) -> tuple[str, dict[str, list[str]]]:
    """Return where a list is exported, and what that asks for."""
    link = Page(client.get(address).content).links["Export"]
    return link, parse_qs(urlsplit(link).query)


@pytest.mark.parametrize(
    ("address", "collection", "query"),
    [
        ("/projects/?search=LATE&page=1&sort=name&manager=", "projects", "search=LATE"),
        ("/programs/", "programs", None),
        ("/portfolios/?state=active&state=archived", "portfolios", "state=active&state=archived"),
        ("/risks/?is_open=true", "risks", "is_open=true"),
        ("/benefits/", "benefits", None),
    ],
)
def test_a_list_is_exported_as_its_page_is_narrowed(
    organisation: Organisation, owner: Client, address: str, collection: str, query: str | None
) -> None:
    make_risk(organisation.late)
    organisation.roll_up()
    _, asked = export_link(owner, address)
    assert asked == {"collection": [collection], **({"query": [query]} if query else {})}


def test_the_past_is_exported_on_a_page_of_the_present(
    organisation: Organisation, owner: Client
) -> None:
    organisation.roll_up()
    today = timezone.localdate()
    link, asked = export_link(owner, f"/on/{today}/projects/")
    assert link.startswith("/exports/new/?")
    assert asked["query"] == [f"as_of={today}"]


def test_an_export_is_asked_for_done_and_fetched(
    organisation: Organisation, owner: Client
) -> None:
    organisation.roll_up()
    link, _ = export_link(owner, "/projects/?search=LATE")
    page = owner.get(link)
    said = Page(page.content).text
    assert "narrowed as on its page" in said
    form = page.context["form"]
    sent = {"collection": form["collection"].value(), "query": form["query"].value()}
    answer = owner.post("/exports/new/", {**sent, "format": "csv"})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    waiting = owner.get(f"/jobs/{job.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "Cancel it" in waiting
    worked(job)
    done = Page(owner.get(f"/jobs/{job.pk}/").content)
    assert "1 row written." in done.text
    file = owner.get(done.links["Download"])
    assert [line["code"] for line in lines_of(b"".join(file))] == ["LATE"]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("collection=nothing", "There is no list “nothing”."),
        ("collection=projects&query=colour%3Dred", "colour: There is no such parameter."),
        ("", "Nothing was exported."),
    ],
)
def test_what_cannot_be_exported_says_why(owner: Client, query: str, sentence: str) -> None:
    assert sentence in text(owner, f"/exports/new/?{query}")
    assert not Job.objects.exists()


def test_a_job_is_its_owners_and_its_file_nobody_elses(
    organisation: Organisation, owner: Client, outsider: Client
) -> None:
    job = worked(make_job(organisation.owner))
    administrator = signed_in(make_user("root", superuser=True))
    for path in ("", "file/", "rows.csv"):
        answers = [outsider.get(f"/jobs/{pk}/{path}") for pk in (job.pk, job.pk + 999)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
    assert "The file is only for owner." in text(administrator, f"/jobs/{job.pk}/")
    assert administrator.get(f"/jobs/{job.pk}/file/").status_code == 404
    assert owner.get(f"/jobs/{job.pk}/file/").status_code == 200


def test_a_file_that_is_gone_says_so(organisation: Organisation, owner: Client) -> None:
    job = worked(make_job(organisation.owner))
    Job.objects.update(finished_at=timezone.now() - timedelta(days=2))
    assert "kept for a day and is gone" in text(owner, f"/jobs/{job.pk}/")
    assert owner.get(f"/jobs/{job.pk}/file/").status_code == 404


def test_a_job_is_cancelled_on_its_page(organisation: Organisation, owner: Client) -> None:
    job = make_job(organisation.owner)
    assert owner.post(f"/jobs/{job.pk}/cancel/").headers["Location"] == f"/jobs/{job.pk}/"
    assert "Cancelled before it began" in text(owner, f"/jobs/{job.pk}/")
    owner.post(f"/jobs/{job.pk}/cancel/")
    assert "This job was over already. Nothing was changed." in text(owner, f"/jobs/{job.pk}/")


def test_the_list_is_read_in_a_fixed_number_of_queries(
    organisation: Organisation, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        make_job(organisation.owner, finished_at=timezone.now(), **DONE)
    # session, user, count, rows; a savepoint, its release
    with django_assert_num_queries(6):
        page = Page(owner.get("/jobs/").content)
    assert page.names("Jobs") == ["Export: projects"] * 3


def test_an_import_is_taken_back_on_its_page(organisation: Organisation, owner: Client) -> None:
    run = checked(owner, uploaded(owner), MAPPING)
    assert "Take this import back" not in text(owner, f"/imports/{run.pk}/")
    owner.post(f"/imports/{run.pk}/start/")
    run.refresh_from_db()
    assert run.job
    worked(run.job)
    assert "Take this import back" in text(owner, f"/imports/{run.pk}/")
    answer = owner.post(f"/imports/{run.pk}/revert/")
    job = Job.objects.get(kind="reversal")
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert worked(job).state == JobState.DONE, job.message
    assert "Take this import back" not in text(owner, f"/imports/{run.pk}/")
