"""Loading many components at once."""

import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from portfolios.models import Portfolio
from ppm.core.loading import Loaded, load_components
from ppm.core.models import Component, DirtyMark
from ppm.core.staging import RowError
from programs.models import Program
from projects.models import Nature, Project
from tests.factories import make_portfolio, make_program, make_project

pytestmark = pytest.mark.django_db


def project(code: str, **fields: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": f"Project {code}",
        "parent": "ROOT",
        "state": "executing",
        "start_date": date(2026, 1, 5),
        "finish_date": date(2026, 6, 30),
        "budget": Decimal("1000.50"),
        **fields,
    }


def load(*rows: dict[str, Any]) -> Loaded:
    return load_components(Project, enumerate(rows, start=2))


def facts_of(errors: Iterable[RowError]) -> set[tuple[int, tuple[str, ...]]]:
    return {(error.row, error.fields) for error in errors}


@pytest.fixture
def root() -> Portfolio:
    return make_portfolio(code="ROOT")


def test_new_projects_are_whole_projects(root: Portfolio) -> None:
    loaded = load(project("A"), project("B", budget=None))

    assert (len(loaded.created), len(loaded.updated), loaded.unchanged) == (2, 0, 0)
    first, second = Project.objects.order_by("code")
    assert loaded.created == {first.pk, second.pk}
    assert (first.path, first.kind, first.version) == ([root.pk, first.pk], "project", 1)
    assert (first.budget, first.nature, first.priority) == (
        Decimal("1000.5000"),
        Nature.PROJECT,
        500,
    )
    assert second.budget is None
    assert (first.finish_date, first.description) == (date(2026, 6, 30), "")


def test_a_second_load_writes_nothing(root: Portfolio) -> None:
    load(project("A"), project("B"))
    before = list(Project.objects.order_by("code").values())
    DirtyMark.objects.all().delete()

    loaded = load(project("A"), project("B"))

    assert (loaded.created, loaded.updated, loaded.unchanged) == (frozenset(), frozenset(), 2)
    assert list(Project.objects.order_by("code").values()) == before
    assert not DirtyMark.objects.exists()


@pytest.mark.parametrize("change", [{"name": "Another"}, {"budget": Decimal(7)}])
def test_a_change_is_written_marked_and_seen_by_open_edits(
    root: Portfolio, change: dict[str, Any]
) -> None:
    load(project("A"), project("B"))
    DirtyMark.objects.all().delete()

    loaded = load(project("A", **change), project("B"))

    changed = Project.objects.get(code="A")
    assert (loaded.created, loaded.updated, loaded.unchanged) == (
        frozenset(),
        frozenset({changed.pk}),
        1,
    )
    assert changed.version == 2
    marked = set(DirtyMark.objects.values_list("component_id", flat=True))
    assert marked == {changed.pk, root.pk}


def test_what_is_not_given_is_kept(root: Portfolio) -> None:
    make_project(code="A", parent=root, description="By hand", priority=3, name="Old")

    load_components(Project, [(2, {"code": "A", "parent": "ROOT", "name": "New"})])

    kept = Project.objects.get(code="A")
    assert (kept.name, kept.description, kept.priority) == ("New", "By hand", 3)


def test_what_is_not_given_is_needed_for_a_new_row(root: Portfolio) -> None:
    loaded = load_components(Project, [(2, {"code": "A", "parent": "ROOT", "state": "idea"})])

    assert facts_of(loaded.errors) == {(2, ("name",))}


def test_any_text_survives(root: Portfolio) -> None:
    texts = [
        "tab\there",
        "line\nbreak\r\n",
        "back\\slash \\N \\.",
        "quote ' \" %s %%",
        "żółć 漢 🙂",
        "",
    ]

    load(*(project(f"T{n}", description=text) for n, text in enumerate(texts)))

    stored = dict(Project.objects.values_list("code", "description"))
    assert [stored[f"T{n}"] for n in range(len(texts))] == texts


def test_parents_may_come_later_in_the_same_load(root: Portfolio) -> None:
    rows = [
        {"code": "C", "name": "C", "parent": "B", "state": "active"},
        {"code": "B", "name": "B", "parent": "A", "state": "active"},
        {"code": "A", "name": "A", "parent": "ROOT", "state": "active"},
    ]

    loaded = load_components(Portfolio, enumerate(rows, start=2))

    assert loaded.errors == []
    codes = dict(Component.objects.values_list("pk", "code"))
    leaf = Component.objects.get(code="C")
    assert [codes[number] for number in leaf.path] == ["ROOT", "A", "B", "C"]


def test_roots_carry_the_settings_of_their_tree() -> None:
    sound = {"code": "R", "name": "R", "parent": None, "state": "active", "currency": "USD"}
    rows = [sound | {"time_zone": "UTC"}, sound | {"code": "S", "time_zone": ""}]

    loaded = load_components(Portfolio, enumerate(rows, start=2))

    assert [(error.row, error.reason) for error in loaded.errors] == [
        (
            3,
            "Currency and time zone belong to the root of a tree, which needs both; below it "
            "they and the status date stay empty.",
        )
    ]


def test_every_bad_row_is_named_and_nothing_is_written(root: Portfolio) -> None:
    make_program(code="PROGRAM", parent=root)
    other = make_portfolio(code="OTHER", parent=root)
    make_project(code="ELSEWHERE", parent=other)

    loaded = load(
        project("GOOD"),
        project("BACKWARDS", finish_date=date(2025, 1, 1)),
        project("NEGATIVE", budget=Decimal(-1)),
        project("TWICE"),
        project("TWICE"),
        project("bad code"),
        project("NAMELESS", name=""),
        project("LONG", name="x" * 251),
        project("PENNIES", budget=Decimal("0.00001")),
        project("ODD", state="sleeping"),
        project("ANCIENT", start_date=date(1066, 10, 14)),
        project("LOST", parent="NOWHERE"),
        project("BELOW", parent="ELSEWHERE"),
        project("PROGRAM"),
        project("ELSEWHERE"),
        project("NULL", name="a\0b"),
    )

    reasons = {error.row: error.reason for error in loaded.errors}
    assert reasons == {
        3: "A component cannot finish before it starts.",
        4: "The budget cannot be negative.",
        5: "“TWICE” is in row 6 too.",
        6: "“TWICE” is in row 5 too.",
        7: "A code has letters, digits, dots, dashes and underscores only.",
        8: "This field cannot be blank.",
        9: "Ensure this value has at most 250 characters (it has 251).",
        10: "Ensure that there are no more than 4 decimal places.",
        11: "Choose the state from: idea, proposal, authorized, executing, on_hold, closing, "
        "closed, terminated, rejected, active, archived.",
        12: "The start date must lie between 1980-01-01 and 2059-12-31.",
        13: "There is no component “NOWHERE”.",
        14: "A portfolio stands under portfolios; programs and projects stand under portfolios "
        "or programs: “ELSEWHERE” is a project.",
        15: "“PROGRAM” is a program already.",
        16: "“ELSEWHERE” stands elsewhere, under “OTHER”: move it first.",
        17: "Null characters are not allowed.",
    }
    assert not Project.objects.exclude(code="ELSEWHERE").exists()


def test_a_circle_is_refused(root: Portfolio) -> None:
    rows = [
        {"code": "A", "name": "A", "parent": "B", "state": "active"},
        {"code": "B", "name": "B", "parent": "A", "state": "active"},
    ]

    loaded = load_components(Portfolio, enumerate(rows, start=2))

    assert facts_of(loaded.errors) == {(2, ("parent",)), (3, ("parent",))}


def test_a_tree_that_is_too_deep_is_refused() -> None:
    rows = [
        {
            "code": f"L{level}",
            "name": "Level",
            "parent": f"L{level - 1}" if level > 1 else None,
            "state": "active",
            "currency": "EUR" if level == 1 else "",
            "time_zone": "UTC" if level == 1 else "",
        }
        for level in range(1, 12)
    ]

    loaded = load_components(Portfolio, enumerate(rows, start=2))

    assert [(error.row, error.reason) for error in loaded.errors] == [
        (12, "A tree has at most 10 levels.")
    ]


def test_children_of_a_bad_row_are_not_blamed(root: Portfolio) -> None:
    rows = [
        {"code": "A", "name": "", "parent": "ROOT", "state": "active"},
        {"code": "B", "name": "B", "parent": "A", "state": "active"},
    ]

    loaded = load_components(Portfolio, enumerate(rows, start=2))

    assert facts_of(loaded.errors) == {(2, ("name",))}


def test_programs_load_too(root: Portfolio) -> None:
    row = {"code": "P", "name": "P", "parent": "ROOT", "state": "proposal", "vision": "Better"}

    load_components(Program, [(2, row)])

    assert Program.objects.get(code="P").vision == "Better"


def test_an_empty_load_does_nothing() -> None:
    assert load_components(Project, []) == Loaded()


@pytest.mark.slow
def test_a_hundred_thousand_projects_load_in_seconds(root: Portfolio) -> None:
    rows = [project(f"P{n}") for n in range(100_000)]
    started = time.monotonic()

    loaded = load(*rows)

    assert len(loaded.created) == 100_000
    # About 4 s on two cores; a loop over Django's saves takes some two minutes.
    assert time.monotonic() - started < 20
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM projects_project")
        assert cursor.fetchone() == (100_000,)


def test_rows_with_other_columns_are_a_mistake_of_the_caller(root: Portfolio) -> None:
    with pytest.raises(ValueError, match="the same columns"):
        load(project("A"), project("B", description="lost"))
