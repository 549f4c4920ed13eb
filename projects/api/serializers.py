"""Projects and their work as the API shows and takes them."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError

from ppm.core.api.serializers import COMPONENT, FIGURES, FiguredList, KindSerializer
from ppm.core.models import Subject
from ppm.core.serializers import (
    RECORDED,
    ConstrainedSerializer,
    FactSerializer,
    ForeignReferenceField,
    ScopedPrimaryKeyRelatedField,
    StrictSerializer,
)
from projects.baselining import NOT_PLANNED, take_baselines
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


class ProjectSerializer(KindSerializer[Project]):
    """A project."""

    class Meta:
        model = Project
        fields = (
            *(*COMPONENT, "nature", "objectives", "scope", "deliverables", "priority"),
            *("budget", "contingency", "calendar", *FIGURES),
        )
        list_serializer_class = FiguredList


class TaskSerializer(ConstrainedSerializer[Task]):
    """An element of a work breakdown."""

    project = ScopedPrimaryKeyRelatedField(Project, Subject.WORK)

    class Meta:
        model = Task
        fields = (
            *("id", "project", "parent", "wbs", "name", "description"),
            *("start_date", "finish_date", "duration_minutes", "is_key"),
            *("schedule_constraint", "constraint_date", "deadline"),
            *("budget", "earning_method", "version"),
        )


class WeightedMilestoneSerializer(ConstrainedSerializer[WeightedMilestone]):
    """A step inside a work package."""

    task = ScopedPrimaryKeyRelatedField(Task, Subject.WORK)

    class Meta:
        model = WeightedMilestone
        fields = ("id", "task", "name", "weight", "planned_date", "version")


class DependencySerializer(ConstrainedSerializer[Dependency]):
    """A task that waits for another, maybe of a project elsewhere."""

    predecessor = ForeignReferenceField(Task)
    successor = ScopedPrimaryKeyRelatedField(Task, Subject.WORK)

    class Meta:
        model = Dependency
        fields = ("id", "predecessor", "successor", "link", "lag_minutes", "is_hard", "version")


class BaselineSerializer(StrictSerializer[Baseline]):
    """A frozen plan; it is taken of a project as it stands."""

    project = ScopedPrimaryKeyRelatedField(Project, Subject.WORK)

    class Meta:
        model = Baseline
        fields = (
            *("id", "project", "number", "name", "is_current", "calendar"),
            *("start_date", "finish_date", "approved_at", "approved_by"),
        )
        read_only_fields = ("number", "is_current", "calendar", "start_date", "finish_date")
        # That one baseline of a project is current is seen to by whoever takes the next.
        validators: tuple[object, ...] = ()

    def create(self, validated_data: dict[str, Any]) -> Baseline:
        """Take the baseline, which becomes the current one."""
        project = validated_data["project"]
        user = self.context["request"].user
        name = validated_data.get("name", "")
        taken = take_baselines([project.pk], name=name, approved_by_id=user.pk)
        if not taken:
            raise ValidationError({"project": [NOT_PLANNED]})
        return Baseline.objects.visible_to(user).get(project=project, is_current=True)


class ProgressSerializer(FactSerializer[Progress]):
    """How far a task has come."""

    task = ScopedPrimaryKeyRelatedField(Task, Subject.PROGRESS)

    class Meta:
        model = Progress
        fields = ("id", "task", "date", "percent", "remaining_minutes", "note", *RECORDED)


class MilestoneAccomplishmentSerializer(FactSerializer[MilestoneAccomplishment]):
    """That a weighted milestone was accomplished."""

    milestone = ScopedPrimaryKeyRelatedField(WeightedMilestone, Subject.PROGRESS)

    class Meta:
        model = MilestoneAccomplishment
        fields = ("id", "milestone", "date", "is_accomplished", *RECORDED)


class LessonSerializer(ConstrainedSerializer[Lesson]):
    """What a project teaches the next one."""

    project = ScopedPrimaryKeyRelatedField(Project, Subject.WORK)

    class Meta:
        model = Lesson
        fields = (
            "id",
            "project",
            "event",
            "cause",
            "effect",
            "recommendation",
            "owner",
            "version",
        )


class ClosureEvaluationSerializer(ConstrainedSerializer[ClosureEvaluation]):
    """How a project ended."""

    project = ScopedPrimaryKeyRelatedField(Project, Subject.PROJECT)

    class Meta:
        model = ClosureEvaluation
        fields = (
            "id",
            "project",
            "date",
            "verdict",
            "scope_delivered",
            "quality",
            "summary",
            "version",
        )
