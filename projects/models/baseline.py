"""The frozen plan that performance is measured against."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ppm.core.constraints import finishes_after_it_starts, known, money, not_negative
from ppm.core.models import ScopedQuerySet, Subject, User, WorkCalendar
from ppm.core.triggers import guard, marks
from projects.models.project import Project
from projects.models.task import EarningMethod, Task, WeightedMilestone

OF_BASELINE = (
    "SELECT b.project_id FROM {rows} AS r JOIN projects_baseline AS b ON b.id = r.baseline_id"
)


class BaselineQuerySet(ScopedQuerySet["Baseline"]):
    """Baselines."""

    component = "project"
    subject = Subject.WORK


class Baseline(models.Model):
    """A project's plan as approved. Taken by `projects.baselining.take_baselines`.

    Everything in it counts time in working minutes since `start_date` by `calendar`.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="baselines")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, blank=True)
    is_current = models.BooleanField(default=True)
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, related_name="baselines")
    start_date = models.DateField()
    finish_date = models.DateField()
    approved_at = models.DateTimeField(db_default=Now(), editable=False)
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )

    objects = BaselineQuerySet.as_manager()

    class Meta:
        constraints = [
            finishes_after_it_starts("baseline"),
            models.UniqueConstraint(
                fields=["project", "number"],
                name="%(app_label)s_%(class)s_number_is_unique",
                violation_error_message="This project has a baseline of that number already.",
            ),
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(is_current=True),
                name="%(app_label)s_%(class)s_one_is_current",
                violation_error_message="Another baseline of this project is current.",
            ),
        ]
        triggers = marks("SELECT project_id FROM {rows}")

    def __str__(self) -> str:
        """Show project and number."""
        return f"{self.project}: baseline {self.number}"


class BaselineTask(models.Model):
    """A leaf task as planned; without a task it is the project itself, as one work package."""

    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="tasks")
    task = models.ForeignKey(
        Task, models.PROTECT, related_name="baseline_tasks", null=True, blank=True
    )
    start_date = models.DateField()
    finish_date = models.DateField()
    budget = money()
    earning_method = models.CharField(max_length=20, choices=EarningMethod)
    start_elapsed = models.BigIntegerField()
    finish_elapsed = models.BigIntegerField()

    class Meta:
        constraints = [
            known("earning_method", EarningMethod),
            not_negative("budget"),
            finishes_after_it_starts("task"),
            models.UniqueConstraint(
                fields=["baseline", "task"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_once_a_baseline",
            ),
        ]
        triggers = [
            *marks(OF_BASELINE),
            guard(
                "has_milestones",
                where="SELECT FROM new_rows AS r WHERE r.earning_method = 'weighted_milestones' "
                "AND NOT EXISTS (SELECT FROM projects_weightedmilestone AS m "
                "WHERE m.task_id = r.task_id)",
                constraint="projects_baselinetask_has_its_milestones",
                message="A task that earns by weighted milestones needs at least one before a "
                "baseline is taken.",
            ),
        ]

    def __str__(self) -> str:
        """Name the ids."""
        return f"Task {self.task_id} in baseline {self.baseline_id}"


class BaselineMilestone(models.Model):
    """A weighted milestone as planned."""

    baseline_task = models.ForeignKey(BaselineTask, models.CASCADE, related_name="milestones")
    milestone = models.ForeignKey(
        WeightedMilestone, models.PROTECT, related_name="baseline_milestones"
    )
    planned_date = models.DateField()
    weight = models.DecimalField(max_digits=12, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["baseline_task", "milestone"],
                name="%(app_label)s_%(class)s_once_a_baseline",
            )
        ]
        triggers = marks(
            "SELECT b.project_id FROM {rows} AS r "
            "JOIN projects_baselinetask AS t ON t.id = r.baseline_task_id "
            "JOIN projects_baseline AS b ON b.id = t.baseline_id"
        )

    def __str__(self) -> str:
        """Show date and weight."""
        return f"{self.planned_date}: {self.weight}"


class BaselineCurve(models.Model):
    """A point of the cumulative planned value: each month end, and the finish.

    `elapsed` is working minutes since the baseline's start; the point (0, 0) is implied.
    """

    baseline = models.ForeignKey(Baseline, models.CASCADE, related_name="curve")
    day = models.DateField()
    elapsed = models.BigIntegerField()
    planned_value = money()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["baseline", "day"], name="%(app_label)s_%(class)s_one_a_day"
            ),
            not_negative("planned_value"),
        ]
        triggers = marks(OF_BASELINE)

    def __str__(self) -> str:
        """Show day and planned value."""
        return f"{self.day}: {self.planned_value}"
