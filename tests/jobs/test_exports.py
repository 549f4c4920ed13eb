"""Exports: a file holds what the API answers, typed, and no more than its reader sees."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from portfolios.rollup import drain
from ppm.api import collections
from ppm.core.exporting.formats import LONGEST, MOST_ROWS, TOO_MANY, XlsxFile
from ppm.core.jobs import JobRefusedError
from ppm.core.models import Component, Job, Role, User
from tests.api.conftest import client_of
from tests.factories import give_role, make_job, make_portfolio, make_project, make_user
from tests.jobs.working import (
    asked,
    cells_of,
    exported,
    formulas_in,
    lines_of,
    objects_of,
    sent,
    worked,
)
from tests.rows import World

pytestmark = pytest.mark.django_db
EVERY = "?limit=200"


@pytest.fixture
def world() -> World:
    """Return a small tree with something of everything, and its figures."""
    world = World()
    make_project(world.program, "TWO", budget=Decimal("1234.5678"), start_date=date(2026, 1, 5))
    drain(now=timezone.now())
    return world


@pytest.fixture
def manager(world: World) -> User:
    """Return who sees all of it."""
    return reader(world, Role.PORTFOLIO_MANAGER)


def reader(world: World, role: Role) -> User:
    """Make somebody with a role on the whole world."""
    user = make_user()
    give_role(user, world.portfolio, role)
    return user


def listed(user: User, address: str) -> list[object]:
    """Read a list of the API."""
    results: list[object] = client_of(user).get(f"/api/v1/{address}").json()["results"]
    return results


@pytest.mark.parametrize("collection", collections)
def test_each_list_is_exported_as_the_api_answers_it(collection: str, manager: User) -> None:
    answered = listed(manager, f"{collection}/?limit=200")
    lines = objects_of(exported(manager, collection, "", "jsonl"))
    if collection == "jobs":  # the export itself is one
        return
    if collection in ("components", "portfolios", "programs", "projects"):
        assert len(lines) == len(answered) > 0
    assert lines[:200] == answered


def test_filters_and_order_are_those_of_the_list(manager: User) -> None:
    query = "search=TWO&ordering=-budget"
    answered = listed(manager, f"projects/?{query}")
    assert objects_of(exported(manager, "projects", query, "jsonl")) == answered
    everything = objects_of(exported(manager, "projects", "ordering=-budget,name", "jsonl"))
    assert everything == listed(manager, "projects/?ordering=-budget,name&limit=200")


def test_the_past_is_exported_as_it_was(world: World, manager: User) -> None:
    query = "as_of=2020-01-01"
    answered = listed(manager, f"projects/?{query}&limit=200")
    assert objects_of(exported(manager, "projects", query, "jsonl")) == answered
    rows = cells_of(exported(manager, "projects", query, "xlsx"), "About")
    assert ["As of", "2020-01-01"] in rows


def test_a_file_holds_no_more_than_its_reader_sees(world: World) -> None:
    other = make_project(make_portfolio(), "HIDDEN")
    blind = reader(world, Role.CONTRIBUTOR)
    for query in ("", "ordering=-budget", "ordering=budget"):
        lines = lines_of(exported(blind, "projects", query))
        assert lines
        assert {line["budget"] for line in lines} == {""}
        assert {line["snapshot.bac"] for line in lines} == {""}
        assert other.code not in {line["code"] for line in lines}
    assert objects_of(exported(blind, "costs", "", "jsonl")) == []


def test_a_role_that_ends_before_the_worker_begins_gives_nothing(
    world: World, manager: User
) -> None:
    job = make_job(manager)
    manager.role_assignments.all().delete()
    assert worked(job).rows_ok == 0


def test_fields_are_chosen_and_parts_by_their_name(manager: User) -> None:
    fields = ("name", "code", "snapshot.cpi", "snapshot")
    lines = lines_of(exported(manager, "projects", "", "csv", *fields[:3]))
    assert list(lines[0]) == ["name", "code", "snapshot.cpi"]
    [line] = objects_of(
        exported(manager, "projects", "search=TWO", "jsonl", "code", "snapshot.bac")
    )
    assert list(line) == ["code", "snapshot"]
    assert list(line["snapshot"]) == ["bac"]


def test_cells_of_a_workbook_are_what_they_are(manager: User) -> None:
    content = exported(manager, "projects", "search=TWO", "xlsx")
    heads, row = cells_of(content)
    cells = dict(zip(heads, row, strict=True))
    assert cells["code"] == "TWO"
    assert cells["budget"] == 1234.5678
    assert cells["start_date"] == date(2026, 1, 5)
    assert isinstance(cells["created_at"], datetime)
    assert cells["stale"] is False
    assert formulas_in(content) == 0


def test_a_workbook_says_what_it_holds(manager: User) -> None:
    about = dict(cells_of(exported(manager, "projects", "search=TWO", "xlsx"), "About"))
    assert about["List"] == "projects"
    assert about["Filter"] == "search=TWO"
    assert about["For"] == str(manager)
    assert about["Rows"] == "1"


def test_numbers_and_dates_of_a_csv_are_written_as_the_api_does(manager: User) -> None:
    [line] = lines_of(exported(manager, "projects", "search=TWO"))
    assert (line["budget"], line["start_date"]) == ("1234.5678", "2026-01-05")
    assert line["stale"] == "false"


def test_a_sheet_that_would_be_too_long_is_refused_in_a_sentence(manager: User) -> None:
    class Full(XlsxFile):
        def __init__(self) -> None:
            self.row = MOST_ROWS - 2

    with pytest.raises(JobRefusedError, match="Narrow the list") as refused:
        Full().add([{}, {}])
    assert str(refused.value) == TOO_MANY


def test_a_text_that_no_cell_holds_is_cut_and_says_so(world: World, manager: User) -> None:
    Component.objects.filter(code="TWO").update(description="x" * (LONGEST + 5))
    heads, row = cells_of(exported(manager, "projects", "search=TWO", "xlsx"))
    text = dict(zip(heads, row, strict=True))["description"]
    assert len(text) == LONGEST
    assert text.endswith(" … (cut)")


@pytest.mark.parametrize(
    ("body", "place", "sentence"),
    [
        (asked("projects", "colour=red"), "query", "There is no such parameter."),
        (asked("projects", "ordering=colour"), "query", "Order by:"),
        (asked("projects", "limit=5"), "query", "An export has all rows and its own fields"),
        (asked("projects", "state=mad"), "query", "Select a valid choice"),
        (asked("projects", "", "pdf"), "format", "is not a valid choice"),
        (asked("projects", "a&" * 1_500), "query", "too many parameters"),
        (asked("projects", "search=%00"), "query", "Null characters are not allowed"),
        ({**asked("projects"), "colour": "red"}, "colour", "There is no such field"),
        (asked("nothing"), "collection", "There is no list"),
        (asked("projects", "", "csv", "colour"), "fields", "There is no field"),
    ],
)
def test_what_a_list_does_not_know_is_refused_at_once(
    manager: User, body: dict[str, object], place: str, sentence: str
) -> None:
    answer = client_of(manager).post("/api/v1/exports/", body)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["pointer"].startswith(f"#/{place}")
    assert sentence in error["detail"]


def test_the_file_is_fetched_through_the_job(manager: User) -> None:
    client = client_of(manager)
    job = sent(client, asked("projects"))
    assert (job["state"], job["file"]) == ("queued", None)
    worked(Job.objects.get(pk=job["id"]))
    told = client.get(f"/api/v1/jobs/{job['id']}/").json()
    file = client.get(told["file"])
    content = b"".join(file)
    assert len(content) == told["report"]["bytes"] == int(file["Content-Length"])
    assert told["rows_ok"] == len(lines_of(content)) > 0
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"].startswith('attachment; filename="projects 2')
