"""What a new baseline would change: the present plan against the one that was approved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ppm.core.models import AnyUser
from ppm.core.models.snapshot import total
from projects.breakdown import wbs_key
from projects.evm.numbers import difference
from projects.models import (
    Baseline,
    BaselineMilestone,
    BaselineTask,
    EarningMethod,
    Project,
    Task,
    WeightedMilestone,
)
from projects.performance import ZERO, current_baseline

STEPWISE = EarningMethod.WEIGHTED_MILESTONES
Steps = frozenset[tuple[int, date, Decimal]]
"""Weighted milestones: id, planned date and weight."""


class Package(NamedTuple):
    """A work package as it is planned; without its budget where the reader sees no amounts."""

    start_date: date
    finish_date: date
    budget: Decimal | None
    method: str
    steps: Steps


Packages = dict[int | None, Package]
"""Work packages by the id of their task; None is the project itself, as one."""


@dataclass(frozen=True)
class Difference:
    """A work package that a new baseline would add, drop or change."""

    task: Task | None
    before: Package | None
    after: Package | None

    @property
    def kind(self) -> str:
        """What would become of it."""
        if self.before is None:
            return "Added"
        return "Changed" if self.after else "Removed"

    @property
    def changes(self) -> list[str]:
        """What is different besides dates and budget, in words."""
        if self.before is None or self.after is None:
            return []
        found = []
        if self.before.method != self.after.method:
            found.append(f"earns by {EarningMethod(self.after.method).label.lower()}")
        if self.before.steps != self.after.steps:
            found.append("other milestones")
        return found


@dataclass(frozen=True)
class Extent:
    """A plan as a whole."""

    budget: Decimal | None
    start: date
    finish: date


@dataclass(frozen=True)
class Replanning:
    """The current baseline, what would differ from it, and both plans as a whole."""

    baseline: Baseline | None
    differences: list[Difference]
    before: Extent | None
    after: Extent | None

    @property
    def more_budget(self) -> Decimal | None:
        """How much more the new plan costs; negative is less."""
        if self.before is None or self.after is None:
            return None
        return difference(self.after.budget, self.before.budget)

    @property
    def more_days(self) -> int | None:
        """How many days later the new plan finishes; negative is earlier."""
        return (
            (self.after.finish - self.before.finish).days if self.before and self.after else None
        )


def replanning(project: Project, *, user: AnyUser) -> Replanning:
    """Compare the present plan with the current baseline, in five queries at most."""
    baseline = current_baseline(project, user)
    tasks = {task.pk: task for task in Task.objects.visible_to(user).filter(project=project)}
    before = _frozen(baseline, shows_amounts=project.shows_amounts) if baseline else {}
    after = _present(project, tasks.values(), user) if tasks else _alone(project)
    differences = [
        Difference(tasks.get(pk or 0), before.get(pk), after.get(pk))
        for pk in before.keys() | after.keys()
        if before.get(pk) != after.get(pk)
    ]
    differences.sort(key=lambda one: wbs_key(one.task.wbs) if one.task else ())
    return Replanning(baseline, differences, _extent(before.values()), _extent(after.values()))


def _present(
    project: Project, tasks: Collection[Task], user: AnyUser
) -> dict[int | None, Package]:
    """Tell what would be frozen now, by the rules of `baselining/package.sql`."""
    steps: dict[int, set[tuple[int, date, Decimal]]] = defaultdict(set)
    milestones = WeightedMilestone.objects.visible_to(user).filter(task__project=project)
    for task_id, pk, on, weight in milestones.values_list("task", "pk", "planned_date", "weight"):
        steps[task_id].add((pk, on, weight))
    parents = {task.parent_id for task in tasks}
    return {
        task.pk: Package(
            task.start_date,
            task.finish_date,
            task.budget or ZERO if task.shows_amounts else None,
            task.earning_method or EarningMethod.PHYSICAL_PERCENT,
            frozenset(steps[task.pk] if task.earning_method == STEPWISE else ()),
        )
        for task in tasks
        if task.pk not in parents
    }


def _alone(project: Project) -> Packages:
    """Tell what would be frozen of a project without tasks."""
    start, finish, budget = project.start_date, project.finish_date, project.budget
    if start is None or finish is None or (budget is None and project.shows_amounts):
        return {}
    method = EarningMethod.PHYSICAL_PERCENT
    return {None: Package(start, finish, budget, method, frozenset())}


def _frozen(baseline: Baseline, *, shows_amounts: bool) -> Packages:
    """Read what is in a baseline."""
    steps: dict[int, set[tuple[int, date, Decimal]]] = defaultdict(set)
    milestones = BaselineMilestone.objects.filter(baseline_task__baseline=baseline)
    columns = ("baseline_task", "milestone_id", "planned_date", "weight")
    for pk, milestone_id, on, weight in milestones.values_list(*columns):
        steps[pk].add((milestone_id, on, weight))
    return {
        row.task_id: Package(
            row.start_date,
            row.finish_date,
            row.budget if shows_amounts else None,
            row.earning_method,
            frozenset(steps[row.pk]),
        )
        for row in BaselineTask.objects.filter(baseline=baseline)
    }


def _extent(packages: Collection[Package]) -> Extent | None:
    """Add up a plan."""
    if not packages:
        return None
    return Extent(
        budget=total(*(package.budget for package in packages)),
        start=min(package.start_date for package in packages),
        finish=max(package.finish_date for package in packages),
    )
