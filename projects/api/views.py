"""Projects and their work in the API."""

from __future__ import annotations

from ppm.core.api.viewsets import FactViewSet, KindViewSet, ScopedViewSet
from projects import filters
from projects.api import serializers
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


class ProjectViewSet(KindViewSet[Project]):
    """Projects, with their figures."""

    serializer_class = serializers.ProjectSerializer
    filterset_class = filters.ProjectFilter


class TaskViewSet(ScopedViewSet[Task]):
    """Tasks: the work breakdown of projects. Only leaves carry budget, method and progress."""

    serializer_class = serializers.TaskSerializer
    filterset_class = filters.TaskFilter


class WeightedMilestoneViewSet(ScopedViewSet[WeightedMilestone]):
    """Weighted milestones: the steps by which some tasks earn their budget."""

    serializer_class = serializers.WeightedMilestoneSerializer
    filterset_class = filters.WeightedMilestoneFilter


class DependencyViewSet(ScopedViewSet[Dependency]):
    """Dependencies between tasks, also across projects, seen from the task that waits."""

    serializer_class = serializers.DependencySerializer
    filterset_class = filters.DependencyFilter


class BaselineViewSet(ScopedViewSet[Baseline]):
    """Baselines: plans as approved. A new one is taken of the project as it stands."""

    serializer_class = serializers.BaselineSerializer
    filterset_class = filters.BaselineFilter
    is_one_at_a_time = True
    http_method_names = ["get", "post", "head", "options"]


class ProgressViewSet(FactViewSet[Progress]):
    """Progress of tasks in percent. The newest of a task counts."""

    serializer_class = serializers.ProgressSerializer
    filterset_class = filters.ProgressFilter


class MilestoneAccomplishmentViewSet(FactViewSet[MilestoneAccomplishment]):
    """Accomplishments of weighted milestones. The newest of a milestone counts."""

    serializer_class = serializers.MilestoneAccomplishmentSerializer
    filterset_class = filters.MilestoneAccomplishmentFilter


class LessonViewSet(ScopedViewSet[Lesson]):
    """Lessons: what happened in a project, why, and what the next one should do."""

    serializer_class = serializers.LessonSerializer
    filterset_class = filters.LessonFilter


class ClosureEvaluationViewSet(ScopedViewSet[ClosureEvaluation]):
    """Closure evaluations: how projects ended, judged against what they set out to do."""

    serializer_class = serializers.ClosureEvaluationSerializer
    filterset_class = filters.ClosureEvaluationFilter
