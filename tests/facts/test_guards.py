"""What triggers refuse about tasks, costs and benefits, through the ORM, in bulk and by SQL."""

import re
from collections.abc import Callable

import pgtrigger
import pytest
from django.db import connection, models

from ppm.core.models import CostEntry, HealthPolicy, Outcome, OverrideRuling, StatusReport, User
from programs.models import Benefit
from projects.baselining import take_baselines
from projects.models import EarningMethod, Progress, Task, WeightedMilestone
from tests.factories import (
    START,
    make_benefit,
    make_change,
    make_cost,
    make_issue,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_report,
    make_risk,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.refusals import refused
from tests.rows import REASON, insert_by_sql

pytestmark = pytest.mark.django_db

SUMMARY = "projects_task_summary_has_no_budget"
SUMMARY_SENTENCE = "A summary task has no budget, method or progress: they belong to its subtasks."
FOREIGN_PARENT = "projects_task_parent_is_of_the_project"
HOMELESS = "programs_benefit_home_is_no_project"
LEAF_ONLY = "projects_progress_is_of_a_leaf"
FOREIGN_TASK = "core_costentry_task_is_of_the_project"

BASELINE_SENTENCE = (
    "A task that earns by weighted milestones needs at least one before a baseline is taken."
)
DEFAULT_SENTENCE = "The default policy stays: add a version, or a policy on a component."
KEPT: dict[str, tuple[Callable[..., models.Model], str]] = {
    "core_risk_component_is_kept": (make_risk, "A risk stays with its component."),
    "core_issue_component_is_kept": (make_issue, "An issue stays with its component."),
    "core_change_component_is_kept": (make_change, "A change stays with its component."),
    "programs_benefit_home_is_kept": (
        make_benefit,
        "A benefit stays with its program or portfolio.",
    ),
}
OF_AN_OVERRIDE = "core_overrideruling_is_of_an_override"
BY_ANOTHER = "core_overrideruling_is_by_another"
TRIED_HERE = {
    OF_AN_OVERRIDE,
    BY_ANOTHER,
    SUMMARY,
    FOREIGN_PARENT,
    HOMELESS,
    LEAF_ONLY,
    FOREIGN_TASK,
    "projects_task_project_is_kept",
    "projects_task_has_no_cycle",
    "projects_baselinetask_has_its_milestones",
    "projects_weightedmilestone_task_is_kept",
    "core_healthpolicy_default_stays",
    *KEPT,
}
TRIED_IN_OTHER_MODULES = {
    "append_only",
    "no_truncate",
    # tests/past/test_month_close.py
    "core_monthclose_is_a_month_of_a_tree",
    "core_monthclose_is_kept",
    "core_monthclose_is_over",
    "core_monthclose_newest_first",
    "core_snapshot_month_is_open",
}


def by_saving(row: models.Model) -> None:
    row.save()


def in_bulk(row: models.Model) -> None:
    type(row)._default_manager.bulk_create([row])


WAYS_TO_INSERT = [by_saving, in_bulk, insert_by_sql]
Insert = Callable[[models.Model], None]


def test_every_guard_is_tried() -> None:
    guards = {
        name
        for _, trigger in pgtrigger.registered()
        for name in re.findall(r"CONSTRAINT = '(\w+)'", str(trigger.func))
    }
    tree = {name for name in guards if name.startswith("core_component_")}
    assert guards - tree == TRIED_HERE | TRIED_IN_OTHER_MODULES


def subtask(parent: Task, **fields: object) -> Task:
    """Make an unsaved subtask without budget."""
    values = {"project": parent.project, "wbs": "sub", "name": "Sub", **fields}
    return Task(parent=parent, start_date=START, finish_date=START, **values)


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_task_with_a_budget_gets_no_subtasks(insert: Insert) -> None:
    row = subtask(make_task(make_project()))
    with refused(SUMMARY, SUMMARY_SENTENCE):
        insert(row)


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_task_with_progress_gets_no_subtasks(insert: Insert) -> None:
    task = make_task(make_project(), budget=None)
    make_progress(task)
    with refused(SUMMARY, SUMMARY_SENTENCE):
        insert(subtask(task))


def test_no_task_moves_below_one_with_a_budget() -> None:
    project = make_project()
    task, other = make_task(project), make_task(project)
    with refused(SUMMARY, SUMMARY_SENTENCE):
        Task.objects.filter(pk=task.pk).update(parent=other)


def test_a_summary_gets_no_budget() -> None:
    project = make_project()
    summary = make_task(project, budget=None)
    make_task(project, parent=summary)
    with refused(SUMMARY, SUMMARY_SENTENCE):
        Task.objects.filter(pk=summary.pk).update(
            budget=1, earning_method=EarningMethod.ZERO_HUNDRED
        )
    with refused(SUMMARY, SUMMARY_SENTENCE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_task SET budget = 0, earning_method = 'zero_hundred' WHERE id = %s",
            [summary.pk],
        )


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_summary_has_no_progress(insert: Insert) -> None:
    project = make_project()
    summary = make_task(project, budget=None)
    leaf = make_task(project, parent=summary)
    with refused(LEAF_ONLY, "A summary task has no progress of its own: report on its subtasks."):
        insert(Progress(task=summary, date=START, percent=10))
    insert(Progress(task=leaf, date=START, percent=10))


def test_a_summary_may_have_costs() -> None:
    project = make_project()
    summary = make_task(project, budget=None)
    make_task(project, parent=summary)
    assert make_cost(project, task=summary).pk


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_parent_is_of_the_same_project(insert: Insert) -> None:
    stranger = make_task(make_project(), budget=None)
    with refused(FOREIGN_PARENT, "The parent belongs to another project."):
        insert(subtask(stranger, project=make_project()))


def test_a_task_is_not_put_below_a_task_of_another_project() -> None:
    stranger = make_task(make_project(), budget=None)
    task = make_task(make_project())
    with refused(FOREIGN_PARENT, "The parent belongs to another project."):
        Task.objects.filter(pk=task.pk).update(parent=stranger)


def test_a_task_stays_in_its_project() -> None:
    task, elsewhere = make_task(make_project()), make_project()
    with refused("projects_task_project_is_kept", "A task stays in its project."):
        Task.objects.filter(pk=task.pk).update(project=elsewhere)


@pytest.mark.parametrize("steps_down", [1, 2])
def test_no_task_stands_below_itself(steps_down: int) -> None:
    project = make_project()
    chain = [make_task(project, budget=None)]
    for _ in range(2):
        chain.append(make_task(project, parent=chain[-1], budget=None))
    with refused("projects_task_has_no_cycle", "A task cannot stand below itself."):
        Task.objects.filter(pk=chain[0].pk).update(parent=chain[steps_down])


def test_no_task_is_its_own_parent() -> None:
    task = make_task(make_project(), budget=None)
    with refused("projects_task_is_not_its_own_parent"):
        Task.objects.filter(pk=task.pk).update(parent=task)


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_cost_names_a_task_of_its_own_project(insert: Insert) -> None:
    task = make_task(make_project())
    for component in (make_project(), make_portfolio()):
        with refused(FOREIGN_TASK, "The task belongs to another project."):
            insert(CostEntry(component=component, task=task, date=START, amount=1))


@pytest.mark.parametrize("insert", WAYS_TO_INSERT)
def test_a_benefit_lives_in_programs_and_portfolios(insert: Insert) -> None:
    sentence = "A benefit belongs to a program or a portfolio."
    with refused(HOMELESS, sentence):
        insert(Benefit(component=make_project(), name="Homeless", target_value=1))
    for home in (make_program(), make_portfolio()):
        insert(Benefit(component=home, name="At home", target_value=1))


@pytest.mark.parametrize("constraint", KEPT)
def test_what_is_registered_stays_with_its_component(constraint: str) -> None:
    make, sentence = KEPT[constraint]
    entry = make(make_program())
    with refused(constraint, sentence):
        type(entry)._default_manager.filter(pk=entry.pk).update(component=make_program())


def test_a_milestone_stays_in_its_task() -> None:
    milestone = make_weighted_milestone(make_task(make_project()))
    with refused("projects_weightedmilestone_task_is_kept", "A milestone stays in its task."):
        WeightedMilestone.objects.filter(pk=milestone.pk).update(task=make_task(make_project()))


def test_a_baseline_needs_the_milestones_that_earn() -> None:
    project = make_project()
    make_task(project, earning_method=EarningMethod.WEIGHTED_MILESTONES)
    with refused("projects_baselinetask_has_its_milestones", BASELINE_SENTENCE):
        take_baselines([project.pk])


def test_the_default_policy_stays() -> None:
    default = HealthPolicy.objects.filter(component=None, version=1)
    with refused("core_healthpolicy_default_stays", DEFAULT_SENTENCE):
        default.delete()


def test_only_an_override_is_ruled_on() -> None:
    report = make_report(make_project())
    with refused(OF_AN_OVERRIDE, "This report overrides nothing: there is nothing to approve."):
        rule(report, by=make_user())


def test_nobody_rules_on_their_own_override() -> None:
    author = make_user()
    report = make_report(
        make_project(), override_reason=REASON, valid_until=START, recorded_by=author
    )
    for somebody in (author, None):
        with refused(BY_ANOTHER, "An override is approved by somebody else."):
            rule(report, by=somebody)
    rule(report, by=make_user())


def rule(report: StatusReport, *, by: User | None) -> None:
    """Approve a report's override past every line of Python."""
    insert_by_sql(
        OverrideRuling(report=report, date=START, outcome=Outcome.APPROVED, recorded_by=by)
    )
