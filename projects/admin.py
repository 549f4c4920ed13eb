"""Projects and their work in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from ppm.core.governance.columns import Amount
from ppm.core.governance.components import KindAdmin
from ppm.core.governance.facts import FactAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.parts import Parts, ReadParts
from ppm.core.governance.refusing import RefusedWriteError
from ppm.core.governance.scoped import ScopedAdmin
from projects.baselining import NOT_PLANNED, take_baselines
from projects.models import (
    Baseline,
    BaselineTask,
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)

GROUP = "Projects"


@admin.register(Project)
class ProjectAdmin(KindAdmin[Project]):
    """Projects."""

    group = GROUP
    own_fields = (
        *("nature", "priority", "budget", "contingency", "calendar"),
        *("objectives", "scope", "deliverables"),
    )
    list_filter = ("nature", *KindAdmin.list_filter)


class WeightedMilestones(Parts[WeightedMilestone]):
    """The steps by which a task earns."""

    model = WeightedMilestone
    fields = ("name", "weight", "planned_date")
    ordering = ("planned_date", "pk")


@admin.register(Task)
class TaskAdmin(ScopedAdmin[Task]):
    """The work breakdown."""

    group = GROUP
    list_display = ("wbs", "name", "project", "start_date", "finish_date", Amount("budget"))
    list_filter = ("earning_method", "is_key", BelowFilter)
    list_select_related = ("project",)
    search_fields = ("wbs", "name", "project__code", "project__name")
    date_hierarchy = "start_date"
    ordering = ("project", "wbs")
    inlines = (WeightedMilestones,)
    fieldsets = (
        (None, {"fields": ("project", "parent", ("wbs", "name"), "description")}),
        (
            "When",
            {
                "fields": (
                    ("start_date", "finish_date", "duration_minutes"),
                    ("schedule_constraint", "constraint_date", "deadline"),
                    "is_key",
                )
            },
        ),
        ("Earned value", {"fields": (("budget", "earning_method"),)}),
    )

    def only_shown(self, obj: Any) -> tuple[str, ...]:
        """Keep a task in its project."""
        return ("project",) if obj else ()

    def described(self, row: Task) -> str:
        """Name the project too: WBS numbers repeat."""
        return f"{row} ({row.project.code})"


@admin.register(WeightedMilestone)
class WeightedMilestoneAdmin(ScopedAdmin[WeightedMilestone]):
    """The steps by which tasks earn."""

    group = GROUP
    fields = ("task", "name", "weight", "planned_date")
    list_display = ("planned_date", "name", "task", "weight")
    list_filter = (BelowFilter,)
    list_select_related = ("task",)
    search_fields = ("name", "task__name", "task__wbs")
    date_hierarchy = "planned_date"
    ordering = ("planned_date", "pk")

    def only_shown(self, obj: Any) -> tuple[str, ...]:
        """Keep a step in its task."""
        return ("task",) if obj else ()

    def described(self, row: WeightedMilestone) -> str:
        """Name the task too."""
        return f"{row.name} ({row.task})"


@admin.register(Dependency)
class DependencyAdmin(ScopedAdmin[Dependency]):
    """Which task waits for which; the awaited one may be of a project elsewhere."""

    group = GROUP
    foreign = ("predecessor",)
    fields = ("predecessor", "successor", "link", "lag_minutes", "is_hard")
    list_display = ("predecessor", "link", "successor", "lag_minutes", "is_hard")
    list_display_links = ("link",)
    sortable_by = ("link", "lag_minutes", "is_hard")
    list_filter = ("link", "is_hard", BelowFilter)
    list_select_related = ("predecessor", "successor")
    search_fields = ("successor__name", "successor__wbs")
    ordering = ("successor__start_date", "pk")


class BaselineTasks(ReadParts[BaselineTask]):
    """The tasks as they were planned."""

    model = BaselineTask
    fields = ("task", "start_date", "finish_date", "budget", "earning_method")
    ordering = ("start_date", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the tasks along."""
        return super().get_queryset(request).select_related("task")


@admin.register(Baseline)
class BaselineAdmin(ScopedAdmin[Baseline]):
    """Plans as approved. A new one is taken of the project as it stands, and is then current."""

    group = GROUP
    may_be_changed: ClassVar[bool] = False
    may_be_deleted: ClassVar[bool] = False
    list_display = ("project", "number", "name", "is_current", "start_date", "finish_date")
    list_filter = ("is_current", BelowFilter)
    list_select_related = ("project",)
    search_fields = ("name", "project__code", "project__name")
    date_hierarchy = "approved_at"
    ordering = ("-approved_at", "-pk")
    fields = ("project", "name")

    def get_fields(self, request: HttpRequest, obj: Baseline | None = None) -> Any:
        """Ask for a project and a name only; show of a baseline what was frozen."""
        frozen = ("start_date", "finish_date", "calendar", "approved_at", "approved_by")
        return self.fields if obj is None else (*self.fields, "number", "is_current", *frozen)

    def get_inlines(self, request: HttpRequest, obj: Baseline | None) -> Any:
        """Show the frozen tasks."""
        return (BaselineTasks,) if obj else ()

    def save_model(self, request: HttpRequest, obj: Baseline, form: Any, change: bool) -> None:
        """Take the baseline."""
        project = obj.project
        taken = take_baselines([project.pk], name=obj.name, approved_by_id=request.user.pk)
        if not taken:
            raise RefusedWriteError(NOT_PLANNED)
        stored = Baseline.objects.visible_to(request.user).get(project=project, is_current=True)
        obj.pk, obj.number = stored.pk, stored.number
        self.require_right(request, obj)


@admin.register(Progress)
class ProgressAdmin(FactAdmin[Progress]):
    """How far tasks have come."""

    group = GROUP
    fields = ("task", "date", "percent", "remaining_minutes", "note")
    list_display = ("date", "task", "percent", "remaining_minutes", "recorded_by")
    list_filter = (BelowFilter,)
    list_select_related = ("task", "recorded_by")
    search_fields = ("task__name", "task__wbs", "note")


@admin.register(MilestoneAccomplishment)
class MilestoneAccomplishmentAdmin(FactAdmin[MilestoneAccomplishment]):
    """Which steps were accomplished."""

    group = GROUP
    fields = ("milestone", "date", "is_accomplished")
    list_display = ("date", "milestone", "is_accomplished", "recorded_by")
    list_filter = ("is_accomplished", BelowFilter)
    list_select_related = ("milestone", "recorded_by")
    search_fields = ("milestone__name",)


@admin.register(Lesson)
class LessonAdmin(ScopedAdmin[Lesson]):
    """What projects teach."""

    group = GROUP
    fields = ("project", "event", "cause", "effect", "recommendation", "owner")
    list_display = ("event", "project", "recommendation", "owner")
    list_filter = (BelowFilter,)
    list_select_related = ("project", "owner")
    search_fields = ("event", "cause", "effect", "recommendation", "project__code")
    ordering = ("-pk",)


@admin.register(ClosureEvaluation)
class ClosureEvaluationAdmin(ScopedAdmin[ClosureEvaluation]):
    """How projects ended."""

    group = GROUP
    fields = ("project", "date", "verdict", "scope_delivered", "quality", "summary")
    list_display = ("project", "date", "verdict", "summary")
    list_filter = ("verdict", BelowFilter)
    list_select_related = ("project",)
    search_fields = ("project__code", "project__name", "summary")
    date_hierarchy = "date"
    ordering = ("-date", "-pk")
