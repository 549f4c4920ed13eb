"""The import pages: the way of a file from the upload to the result, and the list."""

import json
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from portfolios.import_pages import NAMED
from portfolios.importing.mapping import parse_toml
from portfolios.importing.preview import read_preview
from portfolios.models import ImportState
from projects.models import Project
from tests.importing.running import EXAMPLES, HEADINGS, row, write_xlsx
from tests.importing.uploads import (
    CHOSEN,
    FILE,
    MAPPING,
    checked,
    choose,
    make_checked,
    make_import,
    text,
    uploaded,
    worked,
)
from tests.pages.conftest import Organisation
from tests.pages.reading import Page


def test_columns_chosen_in_a_page_are_a_mapping_like_a_written_one(owner: Client) -> None:
    run = uploaded(owner)

    assert choose(owner, run, **CHOSEN).headers["Location"] == f"/imports/{run.pk}/"

    run.refresh_from_db()
    assert parse_toml(run.mapping) == parse_toml(MAPPING)
    sent = owner.get(f"/imports/{run.pk}/mapping.toml")
    assert sent.content.decode() == run.mapping
    assert sent["Content-Disposition"] == 'attachment; filename="projects.csv.toml"'


def test_a_file_is_checked_and_then_imported(owner: Client, organisation: Organisation) -> None:
    run = checked(owner, uploaded(owner))
    assert run.state == ImportState.CHECKED, run.message
    assert not Project.objects.filter(code__startswith="X-").exists()
    said = text(owner, f"/imports/{run.pk}/")
    assert "2 rows read, 0 rejected. Nothing is written yet." in said
    assert "Import 2 rows" in said

    assert owner.post(f"/imports/{run.pk}/start/").headers["Location"] == f"/imports/{run.pk}/"
    run = worked(run)

    assert run.state == ImportState.DONE, run.message
    one = Project.objects.get(code="X-1")
    assert (one.name, one.budget, one.manager) == ("One", 1_000_000, organisation.owner)
    page = Page(owner.get(f"/imports/{run.pk}/").content)
    assert page.links["One"] == "/projects/X-1/"
    assert page.rows("What the import did")[0].cells[:2] == ["Project", "2"]
    assert "Check" not in page.links


def test_what_nobody_may_see_any_more_is_not_linked(
    owner: Client, organisation: Organisation
) -> None:
    run = checked(owner, uploaded(owner))
    owner.post(f"/imports/{run.pk}/start/")
    worked(run)
    organisation.owner.role_assignments.all().delete()

    assert "One" not in Page(owner.get(f"/imports/{run.pk}/").content).links


def test_rejected_rows_are_named_and_the_others_can_be_imported(owner: Client) -> None:
    rows = FILE + b"3;Three;Running;soon;;=1+1;\n4;Four;Running;;;-5;\n"
    run = checked(owner, uploaded(owner, rows))

    page = Page(owner.get(f"/imports/{run.pk}/").content)
    assert [found.cells for found in page.rows("Why rows are rejected")] == [
        ["4", "Cost k", "“=1+1” is not a number"],
        ["4", "Start", "“soon” is not a date (%Y-%m-%d, %d.%m.%Y)"],
        ["5", "Cost k", "The budget cannot be negative."],
    ]
    assert "Import the sound rows only (2)" in page.text
    owner.post(f"/imports/{run.pk}/start/", {"partial": "on"})
    assert worked(run).message == "4 rows read, 2 rejected. Written."
    assert Project.objects.filter(code__startswith="X-").count() == 2


def test_many_rejections_are_counted_and_all_are_in_the_file(owner: Client) -> None:
    rows = b"ID,Title\n" + b"".join(b"=%d,Name\n" % n for n in range(NAMED + 5))
    mapping = '[levels.project]\nkind = "project"\ncode = "{ID}"\nparent = "PAY"\nname = "{Title}"'
    run = checked(owner, uploaded(owner, rows), mapping)

    page = Page(owner.get(f"/imports/{run.pk}/").content)
    assert len(page.rows("Why rows are rejected")) == NAMED
    assert run.report
    assert run.job
    count = run.job.rows.count()
    assert f"The first {NAMED} of {count} reasons." in page.text
    assert "Import" not in [
        word.strip() for word in page.words if "row" in word and "Import" in word
    ]
    sent = owner.get(page.links["Download all as CSV"])
    lines = sent.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "row,column,reason"
    assert len(lines) == count + 1


def test_no_text_of_a_file_becomes_a_formula(owner: Client) -> None:
    rows = b"=ID,Title\nA B,Name\n"
    mapping = '[levels.project]\nkind = "project"\ncode = "{=ID}"\nname = "{Title}"'
    run = checked(owner, uploaded(owner, rows), mapping)

    lines = owner.get(f"/imports/{run.pk}/rejections.csv").content.decode("utf-8-sig")
    assert "2,'=ID," in lines


def test_a_workbook_is_read_by_the_sheet_that_is_named(
    owner: Client, organisation: Organisation, tmp_path: Path
) -> None:
    file = write_xlsx(tmp_path / "data.xlsx", [row(1), row(2)], sheets=["Cover", "Data"])
    run = uploaded(owner, file.read_bytes(), name="data.xlsx", sheet="Data")
    assert run.preview["headings"] == HEADINGS

    response = choose(owner, run, parent="value:PAY", code="column:id", **{"state-0": "executing"})

    assert response.status_code == 302, response.context["form"].errors  # type: ignore[attr-defined]
    run.refresh_from_db()
    assert parse_toml(run.mapping).layout.sheet == "Data"
    assert checked(owner, run, run.mapping).state == ImportState.CHECKED


def test_tasks_are_added_to_a_project(owner: Client, organisation: Organisation) -> None:
    rows = (
        b"WBS,Task name,Start,Finish,Budget,% complete\n"
        b"7.1,Dig,2026-02-02,2026-02-27,500,40\n"
        b"7,Site,2026-02-02,2026-02-27,,\n"
    )
    run = uploaded(owner, rows)

    assert choose(owner, run, "task", parent="value:LATE").status_code == 302

    run.refresh_from_db()
    assert 'earning_method = "{Budget|then:physical_percent}"' in run.mapping
    checked(owner, run, run.mapping)
    owner.post(f"/imports/{run.pk}/start/")
    assert worked(run).state == ImportState.DONE, run.message
    assert set(
        organisation.late.tasks.filter(wbs__in=["7", "7.1"]).values_list("wbs", "budget")
    ) == {
        ("7.1", 500),
        ("7", None),
    }


def test_a_parent_can_stand_in_a_column(owner: Client) -> None:
    rows = b"Code,Name,State,Program\nN1,New,executing,PAY\n"
    run = uploaded(owner, rows)

    form = owner.get(f"/imports/{run.pk}/columns/").context["form"]
    assert form["parent"].value() == "column:Program"
    choose(owner, run)

    run.refresh_from_db()
    assert 'parent = "{Program}"' in run.mapping
    assert 'state = "{State}"' in run.mapping


def test_the_list_is_read_in_a_fixed_number_of_queries(
    organisation: Organisation, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        make_checked(organisation.owner)
    # session, user, count, rows, whether one may import; a savepoint, its release
    with django_assert_num_queries(7):
        page = Page(owner.get("/imports/").content)
    assert [found.cells[2:] for found in page.rows("Imports")] == [["Checked", "3 rows read."]] * 3


def test_the_list_comes_in_pages_the_newest_first(
    organisation: Organisation, owner: Client
) -> None:
    for number in range(27):
        make_import(organisation.owner, FILE, file_name=f"{number}.csv")
    first = Page(owner.get("/imports/").content)
    assert first.names("Imports")[:2] == ["26.csv", "25.csv"]
    assert Page(owner.get(f"/imports/{first.links['Next']}").content).names("Imports") == [
        "1.csv",
        "0.csv",
    ]


def test_without_any_import_the_list_says_how_to_begin(owner: Client) -> None:
    page = Page(owner.get("/imports/").content)
    assert "You have not imported anything yet." in page.text
    assert page.links["Import a file"] == "/imports/new/"


def test_a_preview_shows_little_of_much() -> None:
    wide = ",".join(f"c{n}" for n in range(300)) + "\n" + ",".join(["x" * 500] * 300)
    preview = read_preview("wide.csv", wide.encode(), "")
    assert len(preview.headings) == 200
    assert len(preview.rows[0][0]) == 80
    odd = read_preview("odd.csv", b"a{b,a|b,c,c,,d\n1,2,3,4,5,6\n", "")
    assert odd.headings == ["c (1)", "c (2)", "d"]


def test_a_file_of_another_tool_is_shown_as_its_mapping_reads_it(owner: Client) -> None:
    board = {"name": "House", "actions": [{"x": 1}] * 9, "cards": [{"id": "c1", "name": "Tile"}]}
    mapping = (EXAMPLES / "trello_board.toml").read_bytes()

    run = uploaded(
        owner,
        json.dumps(board).encode(),
        name="board.json",
        mapping=SimpleUploadedFile("mapping.toml", mapping),
    )

    assert run.preview["headings"] == ["/name", "id", "name"]
    assert run.preview["rows"] == [["House", "c1", "Tile"]]


def test_rows_that_have_no_place_are_counted_on_the_page(owner: Client) -> None:
    mapping = MAPPING.replace(
        "[levels.project]\n", '[levels.project]\nexcept = { Status = ["Idea"] }\n'
    )

    run = checked(owner, uploaded(owner), mapping)

    page = text(owner, f"/imports/{run.pk}/")
    assert "2 rows read, 0 rejected, 1 left out." in page
    assert "Left out, as the mapping has no place for them: 1 row: Status is “Idea”" in page
    assert "Import 1 row " in page
