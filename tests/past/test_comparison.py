"""What moved between two dates: parts that make the whole, and the facts that are new."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from portfolios.models import Portfolio
from portfolios.rollup import drain
from ppm.core.comparison import MEASURES, Comparison, compare
from ppm.core.figures import figures_of
from ppm.core.models import Component, Kind, Role, User
from ppm.core.news import News, new_facts, told
from programs.models import Program
from projects.models import Project
from tests.factories import (
    give_role,
    make_cost,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_task,
    make_user,
)
from tests.pages.reading import Page
from tests.rollup.organisations import TODAY, organisation
from tests.rollup.states import rolled_back
from tests.rollup.test_incremental import EDITS, Editor

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, tzinfo=UTC)
OF_PARTS_ONLY = ("bac", "held", "pipeline", "pv", "ev", "etc", "eac", "sunk")
"""What a program or portfolio has only from its components."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> User:
    return make_user(superuser=True)


@pytest.fixture
def root() -> Portfolio:
    """Make a tree at the end of March, in which project A has spent 100 and B 40."""
    root = make_portfolio(code="ROOT", status_date=MARCH)
    first, second = make_program(root, code="PG1"), make_program(root, code="PG2")
    for code, home, spent in (("A", first, 100), ("B", second, 40)):
        project = make_project(home, code=code, name=f"Project {code}")
        make_cost(project, amount=spent, date=MARCH, recorded_at=BEFORE)
    drain(now=NOW)
    return root


def turn_to(day: date) -> None:
    Portfolio.objects.filter(parent=None).update(status_date=day)
    drain(now=NOW)


def named(code: str) -> Component:
    return Component.objects.get(code=code)


def compared(code: str, reader: User, first: date = MARCH, second: date = APRIL) -> Comparison:
    component = named(code)
    figures = figures_of([component], user=reader, now=NOW)[component.pk]
    return compare(component, figures, first=first, second=second, user=reader)


def news(found: Comparison, *, user: User) -> list[News]:
    """Read all new facts of a comparison."""
    return told(new_facts(found, user=user), found.component, user=user)


def changes(found: Comparison, measure: str = "spent") -> dict[str, Decimal | int]:
    """Tell what each component did to a figure."""
    return {p.component.code: p.moved(measure).change for p in found.ranked(measure)}


def test_a_change_comes_of_the_components_that_moved(root: Portfolio, reader: User) -> None:
    make_cost(named("A"), amount=25, date=APRIL)
    turn_to(APRIL)
    found = compared("ROOT", reader)
    assert found.whole("spent").change == 25
    assert changes(found) == {"PG1": 25}
    assert found.itself("spent").change == 0


def test_what_moves_most_comes_first(root: Portfolio, reader: User) -> None:
    make_cost(named("A"), amount=-5, date=APRIL)
    make_cost(named("B"), amount=30, date=APRIL)
    turn_to(APRIL)
    assert list(changes(compared("ROOT", reader)).items()) == [("PG2", 30), ("PG1", -5)]


def test_a_move_takes_its_figures_from_one_home_to_the_other(
    root: Portfolio, reader: User
) -> None:
    turn_to(APRIL)
    named("A").move_to(named("PG2"))
    drain(now=NOW)
    assert changes(compared("ROOT", reader)) == {"PG1": -100, "PG2": 100}
    assert changes(compared("PG1", reader)) == {"A": -100}
    assert changes(compared("PG2", reader)) == {"A": 100}


def test_the_levels_own_cost_is_told_apart(root: Portfolio, reader: User) -> None:
    make_cost(root, amount=7, date=APRIL)
    turn_to(APRIL)
    found = compared("ROOT", reader)
    assert changes(found) == {}
    assert found.itself("spent").change == 7
    assert [str(one.fact.amount) for one in news(found, user=reader)] == ["7.0000"]


def test_what_has_moved_out_of_sight_keeps_its_name(root: Portfolio) -> None:
    manager = make_user()
    give_role(manager, named("PG1"), Role.VIEWER)
    turn_to(APRIL)
    named("A").move_to(named("PG2"))
    drain(now=NOW)
    found = compared("PG1", manager)
    assert found.seen == []
    assert found.out_of_sight("spent").change == found.whole("spent").change == -100


def test_the_new_facts_of_a_project_make_its_change(root: Portfolio, reader: User) -> None:
    task = make_task(Project.objects.get(code="A"), name="Dig")
    make_cost(named("A"), amount=25, date=APRIL)
    make_progress(task, date=APRIL, percent=40)
    turn_to(APRIL)
    told = news(compared("A", reader), user=reader)
    assert [(one.sort, str(one.about or "")) for one in told] == [
        ("progress", str(task)),
        ("cost entry", ""),
    ]
    assert sum(one.amount or 0 for one in told) == 25


def test_a_late_fact_is_news_on_the_day_that_counts_it(root: Portfolio, reader: User) -> None:
    turn_to(APRIL)
    make_cost(named("A"), amount=25, date=MARCH)
    turn_to(MAY)
    assert news(compared("A", reader), user=reader) == []
    late = news(compared("A", reader, first=APRIL, second=MAY), user=reader)
    assert [one.amount for one in late] == [25]


def test_an_earlier_comparison_is_not_changed_by_what_comes_later(
    root: Portfolio, reader: User
) -> None:
    make_cost(named("A"), amount=25, date=APRIL)
    turn_to(APRIL)
    turn_to(MAY)
    before = changes(compared("ROOT", reader))
    make_cost(named("A"), amount=1000, date=APRIL)
    drain(now=NOW)
    assert changes(compared("ROOT", reader)) == before == {"PG1": 25}


def test_the_number_of_queries_does_not_grow(
    root: Portfolio, reader: User, django_assert_max_num_queries: object
) -> None:
    for _ in range(12):
        make_project(Program.objects.get(code="PG1"))
    turn_to(APRIL)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        compared("PG1", reader)


def test_the_page_adds_up(root: Portfolio, reader: User, client: Client) -> None:
    make_cost(named("A"), amount=25, date=APRIL)
    make_cost(root, amount=7, date=APRIL)
    turn_to(APRIL)
    client.force_login(reader)
    address = "/portfolios/ROOT/comparison/?first=2026-03-31&second=2026-04-30&figure=spent"
    page = Page(client.get(address).content)
    *parts, whole = page.tables["What moved the figure"][1:]
    assert len(parts) == 2
    assert sum(row.values[-1][0] for row in parts) == whole.values[-1][0] == 32


def test_each_part_leads_on_with_the_same_dates(
    root: Portfolio, reader: User, client: Client
) -> None:
    make_cost(named("A"), amount=25, date=APRIL)
    turn_to(APRIL)
    client.force_login(reader)
    address = "/portfolios/ROOT/comparison/?first=2026-03-31&second=2026-04-30&figure=spent"
    part = Page(client.get(address).content).tables["What moved the figure"][1]
    assert part.links == [
        "/programs/PG1/comparison/?first=2026-03-31&second=2026-04-30&figure=spent"
    ]
    assert client.get(part.links[0]).status_code == 200


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2026-04-30&second=2026-03-31", "The first date must be before the second."),
        ("first=yesterday", "Enter a valid date."),
    ],
)
def test_dates_that_make_no_period_are_refused(
    root: Portfolio, reader: User, client: Client, query: str, sentence: str
) -> None:
    client.force_login(reader)
    page = Page(client.get(f"/portfolios/ROOT/comparison/?{query}").content)
    assert sentence in page.text
    assert "What moved between" not in page.text


@settings(max_examples=20)
@given(data=st.data())
def test_parts_make_the_whole_between_any_two_dates(data: DataObject) -> None:
    """Whatever is edited, moved and deleted: no level has a change of its own that it cannot."""
    with rolled_back():
        organisation(data, is_one_day=True)
        now = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=9)
        drain(now=now)
        later = TODAY + timedelta(days=9)
        Component.objects.roots().update(status_date=later)
        editor = Editor(data)
        for edit in data.draw(st.lists(st.sampled_from(KEEPING), min_size=1, max_size=8)):
            edit(editor)
            editor.write()
        drain(now=now)
        reader = make_user(superuser=True)
        for component in Component.objects.exclude(kind=Kind.PROJECT):
            figures = figures_of([component], user=reader, now=now)[component.pk]
            found = compare(component, figures, first=TODAY, second=later, user=reader)
            assert {name: found.itself(name).change for name in OF_PARTS_ONLY} == dict.fromkeys(
                OF_PARTS_ONLY, 0
            )
            assert set(OF_PARTS_ONLY) < set(MEASURES)


KEEPING = [edit for edit in EDITS if edit is not Editor.delete_component]
"""What is deleted takes its past along, so that the parts of a past date lack it."""
