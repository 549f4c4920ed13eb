"""The import pages: what they refuse, and to whom."""

from collections.abc import Iterator

import pytest
from celery.signals import before_task_publish
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from portfolios.import_forms import LARGEST
from portfolios.models import ImportRun, ImportState
from ppm.core.jobs import TASK
from ppm.core.models import Component, Job, JobState, Role
from tests.factories import give_role, make_user
from tests.importing.uploads import (
    CHOSEN,
    FILE,
    MAPPING,
    checked,
    choose,
    make_import,
    text,
    upload,
    uploaded,
)
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("huge.csv", b"a\n" + b"1\n" * (LARGEST // 2), "The file has 10.0 MB; at most 10.0 MB"),
        ("notes.pdf", b"%PDF", "Choose a CSV file (.csv), an Excel workbook"),
        ("empty.csv", b"", "The file is empty."),
        ("latin.csv", "a\nä\n".encode("latin-1"), "latin.csv: row 2 is not UTF-8: save it as"),
        ("text.xlsx", b"a,b\n1,2\n", "text.xlsx: this is text: name it .csv."),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\0\0", "old.xlsx: this is an older workbook"),
        ("null.csv", b"a\0b\n1\n", "this is no text, or text in UTF-16"),
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
        (b"x = 1", "the mapping has no “x”; it has: as_of, "),
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
    ImportRun.objects.filter(pk=run.pk).update(mapping="kept")
    run.refresh_from_db()
    job = run.start(dry_run=False)
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.DONE):
        Job.objects.filter(pk=job.pk).update(state=state)
        response = owner.post(f"/imports/{run.pk}/start/", {"mapping": MAPPING})
        assert response.headers["Location"] == f"/imports/{run.pk}/"
        assert owner.get(f"/imports/{run.pk}/columns/").headers["Location"] == response["Location"]
    assert ImportRun.objects.get().mapping == "kept"
    assert Job.objects.get() == job


def test_the_page_of_a_running_import_asks_again_by_itself(owner: Client) -> None:
    run = uploaded(owner)
    job = run.start(dry_run=False)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, message="project: 7", done=3, total=10
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
    assert run.job
    assert [row.reason for row in run.job.rows.order_by("pk")] == [
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
