"""Where components stood on a date: a move is dated, and earlier figures stay where they were."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from portfolios.models import Portfolio
from portfolios.rollup import drain
from ppm.core.models import Component, Move, Snapshot
from ppm.core.past import children_on
from programs.models import Program
from projects.models import Project
from tests.factories import make_cost, make_portfolio, make_program, make_project

SEPTEMBER, OCTOBER = date(2026, 9, 30), date(2026, 10, 31)
MOVED = date(2026, 10, 1)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Portfolio:
    return make_portfolio(status_date=SEPTEMBER)


@pytest.fixture
def old_home(root: Portfolio) -> Program:
    return make_program(root, code="PG1")


@pytest.fixture
def new_home(root: Portfolio) -> Program:
    return make_program(root, code="PG2")


@pytest.fixture
def project(old_home: Program) -> Project:
    return make_project(old_home, code="P1")


def turn_to(root: Component, day: date) -> None:
    """Bring the figures of the tree to a date."""
    Portfolio.objects.filter(pk=root.pk).update(status_date=day)
    drain(now=NOW)


def spent(component: Component, on: date) -> Decimal | None:
    """Read what was known to be spent."""
    known: Decimal | None = Snapshot.objects.newest_on(on).get(component=component).spent
    return known


def codes(on: date, parent: Component) -> set[str]:
    """List what stood below a component."""
    return set(children_on(on, [parent.pk]).values_list("code", flat=True))


def test_a_move_is_noted_with_the_status_date_of_its_tree(
    root: Portfolio, old_home: Program, new_home: Program, project: Project
) -> None:
    turn_to(root, MOVED)
    project.move_to(new_home)
    noted = Move.objects.get()
    assert (noted.component_id, noted.before_id, noted.after_id) == (
        project.pk,
        old_home.pk,
        new_home.pk,
    )
    assert noted.date == MOVED


def test_a_change_that_moves_nothing_is_not_noted(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(name="Another name")
    assert not Move.objects.exists()


def test_what_is_below_a_moved_component_has_not_moved_itself(
    root: Portfolio, old_home: Program, project: Project
) -> None:
    old_home.move_to(make_portfolio(root))
    assert list(Move.objects.values_list("component", flat=True)) == [old_home.pk]


def test_children_stand_where_they_stood_on_the_date(
    root: Portfolio, old_home: Program, new_home: Program, project: Project
) -> None:
    turn_to(root, MOVED)
    project.move_to(new_home)
    turn_to(root, OCTOBER)
    project.move_to(root)
    assert codes(MOVED - DAY, old_home) == {"P1"}
    assert codes(MOVED - DAY, new_home) == set()
    assert codes(MOVED, old_home) == set()
    assert codes(MOVED, new_home) == codes(OCTOBER - DAY, new_home) == {"P1"}
    assert codes(OCTOBER, new_home) == set()
    assert codes(OCTOBER, root) == {"PG1", "PG2", "P1"}


def test_two_moves_on_one_day_end_where_the_second_leads(
    root: Portfolio, old_home: Program, new_home: Program, project: Project
) -> None:
    turn_to(root, MOVED)
    project.move_to(new_home)
    project.move_to(root)
    assert codes(MOVED - DAY, old_home) == {"P1"}
    assert codes(MOVED - DAY, new_home) == codes(MOVED, new_home) == set()
    assert codes(MOVED, root) == {"PG1", "PG2", "P1"}


def test_a_deleted_component_leaves_no_moves(
    root: Portfolio, new_home: Program, project: Project
) -> None:
    project.move_to(new_home)
    project.delete()
    assert not Move.objects.exists()


def test_history_stays_where_it_was(
    root: Portfolio, old_home: Program, new_home: Program, project: Project
) -> None:
    """Vector ROLL-06: as it was, PG1 has September's 100 and PG2 October's 50."""
    make_cost(project, amount=100, date=SEPTEMBER)
    turn_to(root, SEPTEMBER)
    turn_to(root, MOVED)
    project.move_to(new_home)
    make_cost(project, amount=50, date=OCTOBER)
    turn_to(root, OCTOBER)
    # As it was: what each home was known to have spent by then.
    assert spent(old_home, SEPTEMBER) == 100
    assert spent(new_home, SEPTEMBER) is None
    assert spent(old_home, OCTOBER) is None
    # As it is: the project takes all its cost along.
    assert spent(new_home, OCTOBER) == 150
    assert spent(root, SEPTEMBER) == 100
