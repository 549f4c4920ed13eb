"""Facts about how far the work has come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ppm.core.constraints import within_calendar
from ppm.core.models import Fact, ScopedQuerySet, Subject
from ppm.core.triggers import guard, marks
from projects.models.task import Task, WeightedMilestone


class ProgressQuerySet(ScopedQuerySet["Progress"]):
    """Progress entries."""

    component = "task__project"
    subject = Subject.PROGRESS


class Progress(Fact):
    """How far a task had come on a date, in percent (0-100). The newest one counts.

    `remaining_minutes` is the working time that is still needed, where somebody said so.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="progress_entries")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    remaining_minutes = models.PositiveIntegerField(null=True, blank=True)
    note = models.CharField(max_length=250, blank=True)

    objects = ProgressQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "progress entries"
        constraints = [
            within_calendar("date"),
            models.CheckConstraint(
                condition=Q(percent__range=(0, 100)),
                name="%(app_label)s_%(class)s_percent_within_0_and_100",
                violation_error_message="Percent must lie between 0 and 100.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["task", "-date", "-id"],
                include=["percent"],
                name="projects_progress_newest",
            )
        ]
        triggers = [
            *marks(
                "SELECT t.project_id FROM {rows} AS r JOIN projects_task AS t ON t.id = r.task_id",
                append_only=True,
            ),
            guard(
                "leaf_only",
                where="SELECT 1 FROM new_rows AS r WHERE EXISTS "
                "(SELECT 1 FROM projects_task AS t WHERE t.parent_id = r.task_id)",
                constraint="projects_progress_is_of_a_leaf",
                message="A summary task has no progress of its own: report on its subtasks.",
            ),
        ]

    def __str__(self) -> str:
        """Show date and percent."""
        return f"{self.date}: {self.percent} %"


class MilestoneAccomplishmentQuerySet(ScopedQuerySet["MilestoneAccomplishment"]):
    """Accomplishments."""

    component = "milestone__task__project"
    subject = Subject.PROGRESS


class MilestoneAccomplishment(Fact):
    """That a weighted milestone was accomplished on a date, or after all was not."""

    milestone = models.ForeignKey(
        WeightedMilestone, models.PROTECT, related_name="accomplishments"
    )
    is_accomplished = models.BooleanField(default=True)

    objects = MilestoneAccomplishmentQuerySet.as_manager()

    class Meta:
        constraints = [within_calendar("date")]
        indexes = [
            models.Index(
                fields=["milestone", "-date", "-id"], name="projects_accomplishment_newest"
            )
        ]
        triggers = marks(
            "SELECT t.project_id FROM {rows} AS r "
            "JOIN projects_weightedmilestone AS m ON m.id = r.milestone_id "
            "JOIN projects_task AS t ON t.id = m.task_id",
            append_only=True,
        )

    def __str__(self) -> str:
        """Show the date."""
        return f"{self.date}: {'accomplished' if self.is_accomplished else 'not accomplished'}"
