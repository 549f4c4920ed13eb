"""The import pages: a file, what its columns mean, a check, the import, and who may do that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.signals import before_task_publish
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from portfolios.import_forms import LARGEST
from portfolios.import_pages import NAMED
from portfolios.importing.jobs import TASK, do_next
from portfolios.importing.mapping import parse_toml
from portfolios.importing.preview import read_preview
from portfolios.models import ImportRun, ImportState
from ppm.core.models import Component, Role
from projects.models import Project
from tests.factories import give_role, make_import, make_user
from tests.importing.running import HEADINGS, row, write_xlsx
from tests.pages.conftest import Organisation, signed_in
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


def worked(run: ImportRun) -> ImportRun:
    """Let a worker do what waits."""
    assert do_next(clock=timezone.now)
    run.refresh_from_db()
    return run


def checked(client: Client, run: ImportRun, mapping: str = MAPPING) -> ImportRun:
    """Have the file checked."""
    assert client.post(f"/imports/{run.pk}/start/", {"mapping": mapping}).status_code == 302
    return worked(run)


def text(client: Client, address: str) -> str:
    """Open a page and return its text."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content).text


# The way of a file


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
    count = len(run.report["rejections"])
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
    assert parse_toml(run.mapping).sheet == "Data"
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
        organisation.late.tasks.filter(wbs__startswith="7").values_list("wbs", "budget")
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


# What is wrong


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("huge.csv", b"a\n" + b"1\n" * (LARGEST // 2), "The file has 10.0 MB; at most 10.0 MB"),
        ("notes.pdf", b"%PDF", "Choose a CSV file (.csv) or an Excel workbook (.xlsx)."),
        ("empty.csv", b"", "The file is empty."),
        ("latin.csv", "a\nä\n".encode("latin-1"), "latin.csv is not UTF-8 in row 2: save it as"),
        ("text.xlsx", b"a,b\n1,2\n", "text.xlsx: this is text: name it .csv."),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\0\0", "old.xlsx cannot be read"),
        ("null.csv", b"a\0b\n1\n", "a heading has a null character"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why_and_keeps_the_rest(
    owner: Client, name: str, content: bytes, sentence: str
) -> None:
    response = upload(owner, content, name=name, sheet="Data &amp; more")

    page = response.content.decode()
    assert sentence in page
    assert "choose them again" in page
    assert "Data &amp;amp; more" in page
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (b"x = 1", "the mapping has no “x”; it has: as_of, date_formats, levels, sheet"),
        (b"x = ", "the mapping: Invalid value"),
        (b"x = " + b"[" * 5000, "the mapping is nested too deeply"),
        (b"x = 1" + b"0" * 5000, "the mapping: Exceeds the limit"),
        (b'date_formats = ["%d%d.%m.%Y"]', "is no format of a whole date"),
        (b"[levels.a]\nkind = [1]", "levels.a.kind must be one of: portfolio"),
        (
            b'[levels.a]\nkind = "project"\ncode = "{a|pad:999999999}"',
            "pad needs a width, as in pad:3",
        ),
        (b'[levels.a]\nkind = "project"\ncode = "{a}"\nid = "{a}"', "levels.a has no “id”"),
        ("# ä".encode("latin-1"), "The mapping is not UTF-8."),
        (b"#" * 100_001, "This file is too large for a mapping."),
    ],
    ids=lambda given: repr(given)[:40],
)
def test_a_mapping_that_cannot_be_used_says_why(
    owner: Client, mapping: bytes, sentence: str
) -> None:
    response = upload(owner, mapping=SimpleUploadedFile("mapping.toml", mapping))

    assert sentence in response.content.decode().replace("&quot;", '"')
    assert not ImportRun.objects.exists()


def test_a_sound_mapping_comes_along_with_its_file(owner: Client) -> None:
    file = SimpleUploadedFile("mapping.toml", MAPPING.encode())

    assert upload(owner, mapping=file).headers["Location"] == (
        f"/imports/{ImportRun.objects.get().pk}/"
    )
    assert ImportRun.objects.get().mapping == MAPPING


def test_a_mapping_that_is_edited_wrongly_is_kept_as_it_was_typed(owner: Client) -> None:
    run = uploaded(owner)

    response = owner.post(f"/imports/{run.pk}/start/", {"mapping": "x = 1", "as_of": "2026-02-30"})

    page = response.content.decode()
    assert "the mapping has no “x”" in page
    assert "Enter a valid date." in page
    assert "x = 1</textarea>" in page
    assert ImportRun.objects.get().state == ImportState.UPLOADED


def test_words_that_say_nothing_here_are_asked_for(owner: Client) -> None:
    run = uploaded(owner)

    response = choose(owner, run, parent="value:PAY")

    form = response.context["form"]  # type: ignore[attr-defined]
    assert form.errors == {"state-0": ["Say what it means."]}
    assert form["state-0"].label == "“Running”"
    assert form["name"].value() == "column:Title"


def test_what_cannot_become_a_mapping_is_said_at_its_field(owner: Client) -> None:
    rows = b"Code,Name,State,Budget,Text\n" + b"".join(
        b"C%d,Name,odd %d,1,text\n" % (n, n) for n in range(40)
    )
    run = uploaded(owner, rows)

    errors = choose(owner, run, narrative="column:Text").context["form"].errors  # type: ignore[attr-defined]
    assert errors["parent"] == ["This field is required."]
    assert "This column has more than 30 different texts." in errors["state"]
    assert errors["health"] == ["The other one says nothing without this."]
    errors = choose(owner, run, "task", earning_method="").context["form"].errors  # type: ignore[attr-defined]
    assert errors["earning_method"] == ["A budget needs an earning method, and it a budget."]


def test_nothing_is_imported_that_was_not_checked(owner: Client) -> None:
    run = uploaded(owner)

    response = owner.post(f"/imports/{run.pk}/start/")

    assert "Check the file before you import it." in response.content.decode()
    assert ImportRun.objects.get().state == ImportState.UPLOADED


def test_other_columns_make_the_check_void(owner: Client) -> None:
    run = checked(owner, uploaded(owner))

    choose(owner, run, **CHOSEN)

    run.refresh_from_db()
    assert (run.state, run.report, run.can_be_imported) == (ImportState.UPLOADED, None, False)


def test_what_runs_or_is_over_cannot_be_started_again(owner: Client) -> None:
    run = uploaded(owner)
    for state in (ImportState.CHECKING, ImportState.IMPORTING, ImportState.DONE):
        ImportRun.objects.filter(pk=run.pk).update(state=state, mapping="kept")
        response = owner.post(f"/imports/{run.pk}/start/", {"mapping": MAPPING})
        assert response.headers["Location"] == f"/imports/{run.pk}/"
        assert owner.get(f"/imports/{run.pk}/columns/").headers["Location"] == response["Location"]
    assert ImportRun.objects.get().mapping == "kept"
    assert ImportRun.objects.get().started_at is None


def test_the_page_of_a_running_import_asks_again_by_itself(owner: Client) -> None:
    run = uploaded(owner)
    ImportRun.objects.filter(pk=run.pk).update(
        state=ImportState.IMPORTING, mapping=MAPPING, message="project: 7", done=3, total=10
    )
    page = owner.get(f"/imports/{run.pk}/").content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "Project: 7, 3 of 10 done" in page
    assert '<progress value="3" max="10"' in page
    assert Page(page.encode()).links["Refresh"] == f"/imports/{run.pk}/"


@pytest.fixture
def sent(db: None) -> Iterator[list[str]]:
    """Collect the names of the tasks that are sent to the broker."""
    names: list[str] = []

    def note(sender: str, **_: object) -> None:
        names.append(sender)

    before_task_publish.connect(note)
    yield names
    before_task_publish.disconnect(note)


def test_a_start_wakes_a_worker_after_the_commit(
    owner: Client,
    sent: list[str],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = uploaded(owner)
    with django_capture_on_commit_callbacks() as callbacks:
        owner.post(f"/imports/{run.pk}/start/", {"mapping": MAPPING})
    assert TASK not in sent
    for callback in callbacks:
        callback()
    assert TASK in sent


# Who


def addresses(run: ImportRun) -> list[tuple[str, str]]:
    """Name every address of an import, with its method."""
    base = f"/imports/{run.pk}/"
    read = [base, f"{base}columns/", f"{base}mapping.toml", f"{base}rejections.csv"]
    return [
        *(("get", address) for address in read),
        ("post", f"{base}columns/"),
        ("post", f"{base}start/"),
    ]


def test_an_import_is_its_owners_alone(
    organisation: Organisation, owner: Client, member: Client, outsider: Client
) -> None:
    run = make_import(organisation.owner, FILE, mapping=MAPPING)
    missing = ImportRun(pk=run.pk + 1000)
    for client in (member, outsider):
        for (method, address), (_, other) in zip(addresses(run), addresses(missing), strict=True):
            answer, nothing = getattr(client, method)(address), getattr(client, method)(other)
            assert answer.status_code == 404
            assert answer.content == nothing.content
        assert "rows.csv" not in text(client, "/imports/")
    administrator = signed_in(make_user("root", superuser=True))
    for client in (owner, administrator):
        for method, address in addresses(run)[:-1]:
            assert getattr(client, method)(address).status_code == 200
        assert "rows.csv" in text(client, "/imports/")
    assert Page(administrator.get("/imports/").content).rows("Imports")[0].cells[1] == "owner"


def test_anonymous_visitors_sign_in_first(organisation: Organisation, client: Client) -> None:
    run = make_import(organisation.owner, FILE)
    listed = [("get", "/imports/"), ("get", "/imports/new/"), ("post", "/imports/new/")]
    for method, address in [*listed, *addresses(run)]:
        answer = getattr(client, method)(address)
        assert answer.headers["Location"] == f"/login/?next={address}"


def test_who_may_change_nothing_is_told_so(member: Client) -> None:
    assert "there is nothing to import into" in text(member, "/imports/")
    assert member.get("/imports/new/").status_code == 403
    assert upload(member).status_code == 403
    assert not ImportRun.objects.exists()


def test_places_are_those_that_one_may_add_to(
    organisation: Organisation, owner: Client, outsider: Client
) -> None:
    def places(client: Client, kind: str) -> set[str]:
        form = client.get(f"/imports/{uploaded(client).pk}/columns/?kind={kind}").context["form"]
        return {value for value, _ in dict(form.fields["parent"].choices)["For every row"]}

    assert places(owner, "project") == {"value:HOME", "value:PAY"}
    assert places(owner, "portfolio") == {"value:HOME"}
    assert places(owner, "task") == {"value:LATE", "value:FINE", "value:BESIDE"}
    assert places(outsider, "task") == set()
    page = text(outsider, f"/imports/{ImportRun.objects.latest('pk').pk}/columns/?kind=task")
    assert "There is nothing that you may add a task to." in page


def test_a_file_says_nothing_of_what_one_may_not_see(outsider: Client) -> None:
    run = checked(outsider, uploaded(outsider))
    assert run.report
    assert [r["reason"] for r in run.report["rejections"]] == [
        "There is no user “owner”.",
        "There is no component “PAY”.",
    ]


def test_a_contributor_may_import_progress_only(organisation: Organisation) -> None:
    crew = make_user("crew")
    give_role(crew, Component.objects.get(code="LATE"), Role.CONTRIBUTOR)
    client = signed_in(crew)
    assert "Import a file" in text(client, "/imports/")
    run = uploaded(client)
    assert "nothing that you may add a project to" in text(client, f"/imports/{run.pk}/columns/")


# The list


def test_the_list_is_read_in_a_fixed_number_of_queries(
    organisation: Organisation, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        make_import(organisation.owner, FILE, state=ImportState.CHECKED, message="3 rows read.")
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
    assert odd.headings == ["c", "d"]
