"""The work breakdown under concurrent transactions."""

import pytest
from django.db import IntegrityError

from projects.models import Task
from tests.factories import make_project, make_task
from tests.sessions import PATIENCE, sessions

pytestmark = pytest.mark.django_db(transaction=True)


def put_below(task: Task, parent: Task) -> None:
    """Move a task."""
    Task.objects.filter(pk=task.pk).update(parent=parent)


def test_two_moves_cannot_close_a_circle() -> None:
    project = make_project()
    first, second = make_task(project, budget=None), make_task(project, budget=None)
    with sessions(2) as (one, other):
        one.do(put_below, first, second)
        closing = other.start(put_below, second, first)
        other.wait_until_blocked(by=one)
        one.commit()
        with pytest.raises(IntegrityError, match="A task cannot stand below itself"):
            closing.result(PATIENCE)


def give_budget(task: Task) -> None:
    """Make it a work package."""
    Task.objects.filter(pk=task.pk).update(budget=1, earning_method="zero_hundred")


def test_a_task_cannot_get_a_budget_and_a_subtask_at_once() -> None:
    project = make_project()
    task = make_task(project, budget=None)
    with sessions(2) as (one, other):
        one.do(make_task, project, parent=task)
        budgeted = other.start(give_budget, task)
        other.wait_until_blocked(by=one)
        one.commit()
        with pytest.raises(IntegrityError, match="A summary task has no budget"):
            budgeted.result(PATIENCE)


def test_a_task_cannot_get_a_subtask_and_a_budget_at_once() -> None:
    project = make_project()
    task = make_task(project, budget=None)
    with sessions(2) as (one, other):
        one.do(give_budget, task)
        broken_down = other.start(make_task, project, parent=task)
        other.wait_until_blocked(by=one)
        one.commit()
        with pytest.raises(IntegrityError, match="A summary task has no budget"):
            broken_down.result(PATIENCE)


def test_changes_of_different_projects_do_not_wait_for_each_other() -> None:
    first, second = (make_task(make_project(), budget=None) for _ in range(2))
    with sessions(2) as (one, other):
        one.do(make_task, first.project, parent=first)
        other.do(make_task, second.project, parent=second)
        other.commit()
        one.commit()
    assert Task.objects.filter(parent__isnull=False).count() == 2
