"""The filters of projects and their work, for pages and API alike."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters import (
    CodeFilter,
    HasFilter,
    IdFilter,
    KindFilter,
    RowFilter,
    SearchFilter,
    TruthFilter,
    among,
    status_day,
)
from projects.models import (
    Baseline,
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)


class ProjectFilter(KindFilter):
    """Filters of projects."""

    search = SearchFilter("code", "name", "description", "objectives", "scope", "deliverables")
    has_benefits = HasFilter(
        field_name="benefit_links",
        label="Serves a benefit",
        help_text="Whether a benefit that you see rests on it.",
    )
    has_tasks = HasFilter(
        field_name="tasks", label="Has tasks", help_text="Whether it is broken down into tasks."
    )
    has_baseline = HasFilter(
        field_name="baselines",
        label="Has a baseline",
        help_text="Whether a baseline has been taken.",
    )

    class Meta(KindFilter.Meta):
        model = Project


class ProjectListFilter(ProjectFilter):
    """Filters of the page of projects, which shows what is known today."""

    as_of = None  # type: ignore[assignment]  # so a filter set drops an inherited filter


class TaskFilter(RowFilter):
    """Filters of tasks."""

    search = SearchFilter("wbs", "name", "description")
    wbs = filters.CharFilter(label="WBS", help_text="WBS number: exactly this.")
    wbs__startswith = filters.CharFilter(
        field_name="wbs",
        lookup_expr="startswith",
        label="WBS begins with",
        help_text="WBS number: its beginning, such as 2. for all below task 2.",
    )
    name = filters.CharFilter(
        lookup_expr="icontains", label="Name", help_text="Name: a part of it."
    )
    is_milestone = TruthFilter(
        method="of_no_duration", label="Milestone", help_text="Whether it takes no time."
    )
    is_summary = HasFilter(
        field_name="subtasks", label="Summary", help_text="Whether it has subtasks."
    )
    is_overdue = TruthFilter(
        method="overdue",
        label="Overdue",
        help_text="Whether its finish lies before the status date of its tree, its project is "
        "under way, and it is not reported complete.",
    )

    class Meta:
        model = Task

    def of_no_duration(self, tasks: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        """Keep milestones, or the rest."""
        return tasks.filter(duration_minutes=0) if value else tasks.exclude(duration_minutes=0)

    def overdue(self, tasks: Any, name: str, value: bool) -> Any:
        """Keep what should be finished by now, or the rest."""
        overdue = tasks.overdue(status_day("project__path", now=timezone.now()))
        return among(tasks, overdue, value)


class WeightedMilestoneFilter(RowFilter):
    """Filters of weighted milestones."""

    search = SearchFilter("name")

    class Meta:
        model = WeightedMilestone


class DependencyFilter(RowFilter):
    """Filters of dependencies. Below a component stands what waits."""

    predecessor__project = IdFilter(
        label="Awaited project", help_text="The project whose task is awaited: by id."
    )
    predecessor__project__code = CodeFilter(
        field_name="predecessor__project",
        label="Awaited project (code)",
        help_text="The project whose task is awaited: by code.",
    )
    crosses_projects = TruthFilter(
        method="across",
        label="Between projects",
        help_text="Whether the two tasks are of different projects.",
    )

    class Meta:
        model = Dependency
        exclude = ("predecessor_project", "successor_project")  # asked for through the tasks

    def across(
        self, dependencies: QuerySet[Dependency], name: str, value: bool
    ) -> QuerySet[Dependency]:
        """Keep the dependencies between projects, or inside of one."""
        inside = Q(predecessor_project=F("successor_project"))
        return dependencies.exclude(inside) if value else dependencies.filter(inside)


class BaselineFilter(RowFilter):
    """Filters of baselines."""

    search = SearchFilter("name")

    class Meta:
        model = Baseline


class ProgressFilter(RowFilter):
    """Filters of progress."""

    search = SearchFilter("note")
    task__wbs = filters.CharFilter(label="Task (WBS)", help_text="Task: by its WBS number.")

    class Meta:
        model = Progress


class MilestoneAccomplishmentFilter(RowFilter):
    """Filters of accomplishments."""

    milestone__task = IdFilter(label="Task", help_text="Task: by id.")

    class Meta:
        model = MilestoneAccomplishment


class LessonFilter(RowFilter):
    """Filters of lessons."""

    search = SearchFilter("event", "cause", "effect", "recommendation")

    class Meta:
        model = Lesson


class ClosureEvaluationFilter(RowFilter):
    """Filters of closure evaluations."""

    search = SearchFilter("summary", "scope_delivered", "quality")

    class Meta:
        model = ClosureEvaluation
