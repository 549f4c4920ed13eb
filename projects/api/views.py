"""Projects and their work in the API."""

from __future__ import annotations

from ppm.core.api.viewsets import FactViewSet, KindViewSet, ScopedViewSet
from projects import filters
from projects.api import serializers
from projects.models import (
    Baseline,
    Dependency,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)


class ProjectViewSet(KindViewSet[Project]):
    """Projects, with their figures."""

    serializer_class = serializers.ProjectSerializer
    filterset_class = filters.ProjectFilter
    ordering_fields = ("id", "code", "name", "start_date", "finish_date", "priority", "budget")


class TaskViewSet(ScopedViewSet[Task]):
    """Tasks: the work breakdown of projects. Only leaves carry budget, method and progress."""

    serializer_class = serializers.TaskSerializer
    filterset_class = filters.TaskFilter
    ordering_fields = ("id", "wbs", "name", "start_date", "finish_date", "budget")


class WeightedMilestoneViewSet(ScopedViewSet[WeightedMilestone]):
    """Weighted milestones: the steps by which some tasks earn their budget."""

    serializer_class = serializers.WeightedMilestoneSerializer
    filterset_class = filters.WeightedMilestoneFilter
    ordering_fields = ("id", "planned_date")


class DependencyViewSet(ScopedViewSet[Dependency]):
    """Dependencies between tasks, also across projects, seen from the task that waits."""

    serializer_class = serializers.DependencySerializer
    filterset_class = filters.DependencyFilter
    ordering_fields = ("id",)


class BaselineViewSet(ScopedViewSet[Baseline]):
    """Baselines: plans as approved. A new one is taken of the project as it stands."""

    serializer_class = serializers.BaselineSerializer
    filterset_class = filters.BaselineFilter
    ordering_fields = ("id", "number", "approved_at")
    http_method_names = ["get", "post", "head", "options"]


class ProgressViewSet(FactViewSet[Progress]):
    """Progress of tasks in percent. The newest of a task counts."""

    serializer_class = serializers.ProgressSerializer
    filterset_class = filters.ProgressFilter
    ordering_fields = ("id", "date", "percent", "recorded_at")


class MilestoneAccomplishmentViewSet(FactViewSet[MilestoneAccomplishment]):
    """Accomplishments of weighted milestones. The newest of a milestone counts."""

    serializer_class = serializers.MilestoneAccomplishmentSerializer
    filterset_class = filters.MilestoneAccomplishmentFilter
    ordering_fields = ("id", "date", "recorded_at")
