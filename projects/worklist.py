"""The work packages of a project, as those see them who report on them every week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ppm.core.models import AnyUser
from projects.breakdown import wbs_key
from projects.models import (
    BaselineTask,
    EarningMethod,
    MilestoneAccomplishment,
    Project,
    Task,
    WeightedMilestone,
)
from projects.performance import BY_TIME_OR_STEPS, WHOLE
from projects.reporting import Reported, newest_reports


@dataclass(frozen=True)
class Step:
    """A weighted milestone, and whether it is accomplished as far as was said."""

    milestone: WeightedMilestone
    is_accomplished: bool


@dataclass(frozen=True)
class WorkPackage:
    """A leaf task, the newest report of it, and its weighted milestones.

    On a summary only cost may be entered.
    """

    task: Task
    method: str | None
    is_summary: bool
    reported: Reported | None
    steps: list[Step]

    @property
    def is_complete(self) -> bool:
        """Whether it is reported to be finished."""
        if self.takes_steps:
            return bool(self.steps) and all(step.is_accomplished for step in self.steps)
        return self.reported is not None and self.reported.percent >= WHOLE

    @property
    def takes_percent(self) -> bool:
        """Whether it earns by what is reported in percent."""
        return not self.is_summary and self.method not in BY_TIME_OR_STEPS

    @property
    def takes_steps(self) -> bool:
        """Whether it earns by the milestones that are accomplished."""
        return not self.is_summary and self.method == EarningMethod.WEIGHTED_MILESTONES

    @property
    def why_no_percent(self) -> str:
        """Say why it takes none; empty where it does."""
        if self.is_summary:
            return "a summary: report on its subtasks"
        if self.takes_steps:
            return "earns by milestones, but has none"
        return "" if self.takes_percent else "earns by time"

    def urgency(self, on: date) -> tuple[Any, ...]:
        """Order what is under way or due by its finish, then what is to start, then the rest."""
        if self.is_complete:
            return (2, self.task.finish_date, wbs_key(self.task.wbs))
        if self.task.start_date <= on:
            return (0, self.task.finish_date, wbs_key(self.task.wbs))
        return (1, self.task.start_date, wbs_key(self.task.wbs))


def work_packages(
    project: Project, *, user: AnyUser, ids: list[int] | None = None
) -> list[WorkPackage]:
    """Read the leaf tasks of a project, or the tasks of those ids, in three queries."""
    tasks = Task.objects.visible_to(user).filter(project=project)
    subtasks = Task.objects.filter(parent=OuterRef("pk"))
    tasks = tasks.filter(~Exists(subtasks)) if ids is None else tasks.filter(pk__in=ids)
    frozen = BaselineTask.objects.filter(task=OuterRef("pk"), baseline__is_current=True)
    method = Coalesce(Subquery(frozen.values("earning_method")[:1]), "earning_method")
    found: list[Any] = list(tasks.annotate(method=method, is_summary=Exists(subtasks)))
    reports, steps = newest_reports(tasks, user=user), _steps(tasks, user)
    return [
        WorkPackage(task, task.method, task.is_summary, reports.get(task.pk), steps[task.pk])
        for task in found
    ]


def _steps(tasks: QuerySet[Task], user: AnyUser) -> dict[int, list[Step]]:
    """Read the weighted milestones of each task, by what was said of them last."""
    newest = MilestoneAccomplishment.objects.filter(milestone=OuterRef("pk"))
    said = newest.order_by("-date", "-pk").values("is_accomplished")[:1]
    milestones: Any = (
        WeightedMilestone.objects.visible_to(user)
        .filter(task__in=tasks)
        .annotate(is_accomplished=Subquery(said))
        .order_by("planned_date", "pk")
    )
    steps: dict[int, list[Step]] = defaultdict(list)
    for milestone in milestones:
        steps[milestone.task_id].append(Step(milestone, bool(milestone.is_accomplished)))
    return steps
