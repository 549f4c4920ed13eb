"""Writes that happen while others are not committed yet leave a mark that is seen in the end."""

from datetime import date
from decimal import Decimal

import pytest
from celery.signals import before_task_publish
from django.db.models import F

from portfolios.rollup import audit, roll_up_tree
from ppm.core.models import CalendarDay, Component, HealthPolicy
from ppm.core.nudge import come_back
from projects.baselining import take_baselines
from projects.models import Project
from tests.factories import (
    make_benefit,
    make_estimate,
    make_link,
    make_portfolio,
    make_progress,
    make_project,
    make_task,
)
from tests.rollup.states import NOW, sweep
from tests.sessions import sessions

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 3, 31)


def running(parent: Component, percent: int = 10) -> Project:
    """Make a project under way that has a colour."""
    project = make_project(parent)
    task = make_task(project, start_date=date(2026, 3, 2), finish_date=date(2026, 6, 30))
    take_baselines([project.pk])
    make_progress(task, percent, TODAY)
    return project


def assert_nothing_was_lost() -> None:
    """Sweep; then nothing differs from a computation from scratch."""
    sweep()
    assert audit(now=NOW)[1] == []


def test_a_benefit_linked_to_a_project_that_is_being_rolled_up() -> None:
    home, elsewhere = make_portfolio(), make_portfolio()
    project = running(elsewhere, percent=50)
    benefit = make_benefit(home, target_value=1000)
    sweep()
    make_estimate(project, 10**6, TODAY)
    with sessions(1) as [worker]:
        worker.do(roll_up_tree, elsewhere.pk, now=NOW)
        make_link(benefit, project)
        roll_up_tree(home.pk, now=NOW)
        worker.commit()
    assert_nothing_was_lost()


def test_a_component_inserted_while_a_policy_is_being_set() -> None:
    root = make_portfolio()
    sweep()
    with sessions(2) as [governor, manager]:
        governor.do(HealthPolicy.objects.create, component=root, cost_green=Decimal("0.5"))
        inserting = manager.start(running, root)
        manager.wait_until_blocked(governor)
        governor.commit()
        inserting.result()
        manager.commit()
    assert_nothing_was_lost()


def test_a_component_inserted_while_the_status_date_is_being_set() -> None:
    root = make_portfolio()
    sweep()
    with sessions(2) as [governor, manager]:
        settings = Component.objects.filter(pk=root.pk)
        governor.do(settings.update, status_date=date(2026, 3, 20))
        inserting = manager.start(running, root)
        manager.wait_until_blocked(governor)
        governor.commit()
        inserting.result()
        manager.commit()
    assert_nothing_was_lost()


def test_a_baseline_taken_while_its_calendar_is_being_changed() -> None:
    root = make_portfolio()
    project = running(root)
    sweep()
    with sessions(2) as [planner, manager]:
        planner.do(take_out, date(2026, 3, 10))
        taking = manager.start(take_baselines, [project.pk])
        manager.wait_until_blocked(planner)
        planner.commit()
        taking.result()
        manager.commit()
    assert_nothing_was_lost()


def take_out(day: date) -> None:
    """Make a working day a holiday."""
    CalendarDay.objects.filter(day__gte=day).update(
        cumulative_minutes=F("cumulative_minutes") - 480
    )


def test_however_many_find_a_tree_busy_one_sweep_comes_back() -> None:
    sent: list[str] = []

    def note(sender: str, **_: object) -> None:
        sent.append(sender)

    before_task_publish.connect(note)
    try:
        for _ in range(50):
            come_back(seconds=5)
    finally:
        before_task_publish.disconnect(note)
    assert sent == ["portfolios.tasks.sweep"]
