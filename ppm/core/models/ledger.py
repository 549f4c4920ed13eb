"""Money facts of any component: what was spent or promised, and what is still to come."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ppm.core.constraints import known, money, not_negative, within_calendar
from ppm.core.models.access import ScopedQuerySet, Subject
from ppm.core.models.fact import Fact
from ppm.core.triggers import guard, marks


class CostKind(models.TextChoices):
    """Spent or promised."""

    ACTUAL = "actual", "Actual"
    COMMITMENT = "commitment", "Commitment"


class Expense(models.TextChoices):
    """How accounting treats it."""

    CAPEX = "capex", "Capital"
    OPEX = "opex", "Operating"


class CostEntryQuerySet(ScopedQuerySet["CostEntry"]):
    """Cost entries."""

    subject = Subject.MONEY
    is_money = True


class CostEntry(Fact):
    """Money spent (actual) or promised (commitment). Entries add up.

    A wrong one is corrected by a reversing entry of the opposite sign.
    """

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="cost_entries")
    task = models.ForeignKey(
        "projects.Task", models.PROTECT, related_name="cost_entries", null=True, blank=True
    )
    amount = money()
    kind = models.CharField(max_length=10, choices=CostKind, default=CostKind.ACTUAL)
    expense = models.CharField(max_length=5, choices=Expense, default=Expense.OPEX)
    category = models.CharField(max_length=60, blank=True)
    description = models.CharField(max_length=250, blank=True)

    objects = CostEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "cost entries"
        constraints = [
            within_calendar("date"),
            known("kind", CostKind),
            known("expense", Expense),
            models.CheckConstraint(
                condition=~Q(amount=0),
                name="%(app_label)s_%(class)s_amount_is_not_zero",
                violation_error_message="A cost entry needs an amount other than zero.",
            ),
        ]
        indexes = [
            models.Index(
                fields=["component", "kind", "date"],
                include=["amount"],
                name="core_costentry_sum",
            )
        ]
        triggers = [
            *marks("SELECT component_id FROM {rows}", append_only=True),
            guard(
                "task_fits",
                where="SELECT 1 FROM new_rows AS r JOIN projects_task AS t ON t.id = r.task_id "
                "WHERE t.project_id <> r.component_id",
                constraint="core_costentry_task_is_of_the_project",
                message="The task belongs to another project.",
            ),
        ]

    def __str__(self) -> str:
        """Show date and amount."""
        return f"{self.date}: {self.amount}"


class EstimateQuerySet(ScopedQuerySet["Estimate"]):
    """Estimates."""

    subject = Subject.MONEY
    is_money = True


class Estimate(Fact):
    """The manager's forecast on a date: what is still to be spent, and when it will be finished.

    The newest one counts, as a whole.
    """

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="estimates")
    estimate_to_complete = money()
    forecast_finish = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=250, blank=True)

    objects = EstimateQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            within_calendar("forecast_finish"),
            not_negative("estimate_to_complete"),
        ]
        indexes = [models.Index(fields=["component", "-date", "-id"], name="core_estimate_newest")]
        triggers = marks("SELECT component_id FROM {rows}", append_only=True)

    def __str__(self) -> str:
        """Show date and amount."""
        return f"{self.date}: {self.estimate_to_complete} to complete"
