"""What the page of a task shows: its milestones, what it waits for, and what was reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from ppm.core.models import AnyUser, CostEntry
from projects.models import (
    Dependency,
    MilestoneAccomplishment,
    Progress,
    Task,
    WeightedMilestone,
)

NEWEST = 20


@dataclass(frozen=True)
class TaskFacts:
    """The rows that belong to a task; of its progress and cost the newest.

    What it waits for may be a task that the reader may not see: then `is_seen` is false.
    """

    subtasks: list[Task]
    milestones: list[WeightedMilestone]
    awaited: list[Dependency]
    waiting: list[Dependency]
    progress: list[Progress]
    costs: list[CostEntry]


def facts_of(task: Task, *, user: AnyUser) -> TaskFacts:
    """Read what is known of a task, in six queries."""
    links = Dependency.objects.visible_to(user)
    progress = Progress.objects.visible_to(user).filter(task=task)
    costs = CostEntry.objects.visible_to(user).filter(task=task)
    return TaskFacts(
        subtasks=list(Task.objects.visible_to(user).filter(parent=task).order_by("wbs")),
        milestones=_milestones(task, user),
        awaited=_awaited(task, user),
        waiting=list(
            links.filter(predecessor=task)
            .select_related("successor__project")
            .order_by("successor__project__code", "successor__wbs")
        ),
        progress=list(progress.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
        costs=list(costs.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
    )


def _milestones(task: Task, user: AnyUser) -> list[WeightedMilestone]:
    """Read the milestones, each with what was said of it last."""
    said = MilestoneAccomplishment.objects.filter(milestone=OuterRef("pk"))
    newest = said.order_by("-date", "-pk")
    milestones = WeightedMilestone.objects.visible_to(user).filter(task=task)
    return list(
        milestones.annotate(
            is_accomplished=Subquery(newest.values("is_accomplished")[:1]),
            said_on=Subquery(newest.values("date")[:1]),
        ).order_by("planned_date", "pk")
    )


def _awaited(task: Task, user: AnyUser) -> list[Any]:
    """Read what the task waits for, and whether the reader may see each."""
    seen = Task.objects.visible_to(user).filter(pk=OuterRef("predecessor"))
    links = Dependency.objects.visible_to(user).filter(successor=task)
    return list(
        links.annotate(is_seen=Exists(seen))
        .select_related("predecessor__project")
        .order_by("predecessor__project__code", "predecessor__wbs")
    )
