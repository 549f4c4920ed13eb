"""A new day changes figures without any write: once, where it dawns, and only what it must."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolios.rollup import audit, roll_up_tree, turn_days
from ppm.core.models import Component, Health, Snapshot, State, User
from projects.baselining import take_baselines
from projects.models import EarningMethod, Project
from tests.factories import (
    make_cost,
    make_portfolio,
    make_progress,
    make_project,
    make_report,
    make_task,
    make_weighted_milestone,
)
from tests.rollup.states import sweep

pytestmark = pytest.mark.django_db

TODAY, TOMORROW = date(2026, 3, 31), date(2026, 4, 1)
MORNING = datetime(2026, 3, 31, 8, tzinfo=UTC)
NEXT_MORNING = MORNING + timedelta(1)
# Already the first of April in New Zealand, still the last of March in Vienna.
EVENING = datetime(2026, 3, 31, 13, tzinfo=UTC)


def running(parent: Component, percent: int = 10) -> Project:
    """Make a project under way whose planned value grows every day."""
    project = make_project(parent)
    task = make_task(project, start_date=date(2026, 3, 2), finish_date=date(2026, 6, 30))
    take_baselines([project.pk])
    make_progress(task, percent, TODAY)
    return project


def days_of(component: Component) -> list[date]:
    """List the dates that the component has snapshots of."""
    dates = Snapshot.objects.filter(component=component).order_by("as_of")
    return list(dates.values_list("as_of", flat=True))


def newest(component: Component) -> Snapshot:
    """Return the newest snapshot."""
    return Snapshot.objects.filter(component=component).latest("as_of")


def marks_set_by_a_sweep(*, now: datetime) -> int:
    """Count the statements of a sweep that set marks."""
    with CaptureQueriesContext(connection) as captured:
        sweep(now=now)
    return sum("INTO core_dirtymark" in query["sql"] for query in captured)


def test_a_day_dawns_tree_by_tree() -> None:
    vienna, auckland = make_portfolio(), make_portfolio(time_zone="Pacific/Auckland")
    here, there = running(vienna), running(auckland)
    sweep(now=MORNING)
    sweep(now=EVENING)
    assert days_of(here) == days_of(vienna) == [TODAY]
    assert days_of(there) == days_of(auckland) == [TODAY, TOMORROW]
    assert newest(there).pv > newest(here).pv


def test_a_day_is_turned_once() -> None:
    running(make_portfolio())
    sweep(now=MORNING)
    assert marks_set_by_a_sweep(now=MORNING) == 0
    assert marks_set_by_a_sweep(now=NEXT_MORNING) == 1
    assert marks_set_by_a_sweep(now=NEXT_MORNING) == 0


def test_finished_work_gets_no_snapshot_of_a_new_day() -> None:
    root = make_portfolio()
    done = make_project(root, state=State.CLOSED)
    make_cost(done, 100, TODAY)
    sweep(now=MORNING)
    sweep(now=NEXT_MORNING)
    assert days_of(done) == days_of(root) == [TODAY]


def test_closed_work_that_was_not_finished_stands_still() -> None:
    root = make_portfolio()
    project = running(root, percent=60)
    Project.objects.filter(pk=project.pk).update(state=State.CLOSED)
    sweep(now=MORNING)
    elapsed = newest(project).actual_time
    much_later = NEXT_MORNING + timedelta(days=400)
    sweep(now=much_later)
    sweep(now=much_later + timedelta(days=3))
    assert newest(project).actual_time == elapsed
    assert audit(now=much_later + timedelta(days=3))[1] == []


def test_a_milestone_planned_after_the_finish_of_closed_work_counts_on_its_day() -> None:
    project = make_project(make_portfolio(), state=State.CLOSED)
    task = make_task(
        project,
        earning_method=EarningMethod.WEIGHTED_MILESTONES,
        start_date=date(2026, 3, 2),
        finish_date=date(2026, 3, 20),
    )
    make_weighted_milestone(task, planned_date=TOMORROW)
    take_baselines([project.pk])
    sweep(now=MORNING)
    assert newest(project).pv == 0
    sweep(now=NEXT_MORNING)
    assert newest(project).pv == newest(project).bac
    assert audit(now=NEXT_MORNING)[1] == []


def test_a_clock_that_is_behind_turns_no_tree_back() -> None:
    proposal = make_project(make_portfolio(), state=State.PROPOSAL, budget=1)
    for budget, now in ((2, MORNING), (3, NEXT_MORNING), (4, MORNING), (5, NEXT_MORNING)):
        Project.objects.filter(pk=proposal.pk).update(budget=budget)
        sweep(now=now)
    assert newest(proposal).pipeline == 5
    assert audit(now=NEXT_MORNING)[1] == []


def test_a_status_date_that_is_taken_away_lets_the_days_go_on() -> None:
    root = make_portfolio(status_date=date(2027, 1, 1))
    running(root)
    sweep(now=MORNING)
    Component.objects.filter(pk=root.pk).update(status_date=None)
    sweep(now=MORNING)
    assert audit(now=MORNING)[1] == []
    assert TODAY in days_of(root)


def test_a_sweep_from_before_midnight_leaves_no_tree_on_the_old_day() -> None:
    root = make_portfolio()
    project = running(root)
    sweep(now=MORNING)
    turn_days(now=NEXT_MORNING)
    roll_up_tree(root.pk, now=EVENING)
    assert newest(project).as_of == TOMORROW
    assert audit(now=NEXT_MORNING)[1] == []


@pytest.mark.parametrize("state", [State.EXECUTING, State.CLOSED, State.TERMINATED])
def test_a_fact_entered_for_tomorrow_counts_tomorrow(state: State) -> None:
    root = make_portfolio()
    project = make_project(root, state=state)
    make_cost(project, 100, TODAY)
    make_cost(project, 20, TOMORROW)
    sweep(now=MORNING)
    assert newest(root).spent == 100
    sweep(now=NEXT_MORNING)
    assert newest(root).spent == 120
    assert newest(project).spent == 120


def test_progress_reported_for_tomorrow_counts_tomorrow() -> None:
    root = make_portfolio()
    project = running(root)
    make_progress(project.tasks.get(), 50, TOMORROW)
    sweep(now=MORNING)
    assert newest(root).ev == 100
    sweep(now=NEXT_MORNING)
    assert newest(root).ev == 500


def test_an_override_expires() -> None:
    root = make_portfolio()
    project = running(root, percent=50)
    make_report(
        project,
        Health.RED,
        TODAY,
        override_reason="The supplier is insolvent, we look for another.",
        valid_until=TODAY,
        approved_by=User.objects.create(username="approver"),
    )
    sweep(now=MORNING)
    assert newest(project).health == newest(root).health == Health.RED
    sweep(now=NEXT_MORNING)
    assert newest(project).health == newest(project).computed_health != Health.RED
    assert newest(root).health != Health.RED
    assert Snapshot.objects.get(component=project, as_of=TODAY).health == Health.RED
