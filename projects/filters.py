"""The filters of projects and their work, for pages and API alike."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from ppm.core.filters import RANGE, ComponentFilter, IdFilter, RowFilter, below
from projects.models import (
    Baseline,
    Dependency,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)


class ProjectFilter(ComponentFilter):
    """Filters of projects."""

    class Meta(ComponentFilter.Meta):
        model = Project
        fields = {
            **ComponentFilter.Meta.fields,
            "nature": ["exact"],
            "priority": RANGE,
            "budget": ["gte", "lte", "isnull"],
            "calendar": ["exact"],
        }


class ProjectListFilter(ProjectFilter):
    """Filters of the page of projects, which shows what is known today."""

    as_of = None  # type: ignore[assignment]  # so a filter set drops an inherited filter


class TaskFilter(RowFilter):
    """Filters of tasks."""

    below = below("project")
    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")
    is_milestone = filters.BooleanFilter(method="of_no_duration")

    class Meta:
        model = Task
        fields = {
            "project": ["exact"],
            "parent": ["exact", "isnull"],
            "wbs": ["exact", "startswith"],
            "start_date": RANGE,
            "finish_date": RANGE,
            "deadline": RANGE,
            "budget": ["gte", "lte"],
            "earning_method": ["exact"],
            "is_key": ["exact"],
        }

    def of_no_duration(self, tasks: QuerySet[Task], name: str, value: bool) -> QuerySet[Task]:
        """Keep milestones, or the rest."""
        return tasks.filter(duration_minutes=0) if value else tasks.exclude(duration_minutes=0)


class WeightedMilestoneFilter(RowFilter):
    """Filters of weighted milestones."""

    below = below("task__project")
    project = IdFilter(field_name="task__project")

    class Meta:
        model = WeightedMilestone
        fields = {"task": ["exact"], "planned_date": RANGE}


class DependencyFilter(RowFilter):
    """Filters of dependencies."""

    below = below("successor__project")
    project = IdFilter(field_name="successor__project", label="The project that waits.")

    class Meta:
        model = Dependency
        fields = {
            "predecessor": ["exact"],
            "successor": ["exact"],
            "link": ["exact"],
            "is_hard": ["exact"],
        }


class BaselineFilter(RowFilter):
    """Filters of baselines."""

    below = below("project")

    class Meta:
        model = Baseline
        fields = {
            "project": ["exact"],
            "number": ["exact"],
            "is_current": ["exact"],
            "finish_date": RANGE,
        }


class ProgressFilter(RowFilter):
    """Filters of progress."""

    below = below("task__project")
    project = IdFilter(field_name="task__project")

    class Meta:
        model = Progress
        fields = {
            "task": ["exact"],
            "date": RANGE,
            "percent": RANGE,
            "recorded_by": ["exact"],
        }


class MilestoneAccomplishmentFilter(RowFilter):
    """Filters of accomplishments."""

    below = below("milestone__task__project")
    project = IdFilter(field_name="milestone__task__project")

    class Meta:
        model = MilestoneAccomplishment
        fields = {"milestone": ["exact"], "date": RANGE, "is_accomplished": ["exact"]}
