"""The health scale, and the policy that says where its colours begin."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from ppm.core.constraints import fraction, known
from ppm.core.locks import STRUCTURE
from ppm.core.models.access import AnyUser, ScopedQuerySet, Subject
from ppm.core.triggers import marks, refusal


class Health(models.TextChoices):
    """How a component is going. The first three are ordered, the rest stand beside them."""

    GREEN = "green", "On track"
    AMBER = "amber", "At risk"
    RED = "red", "Off track"
    UNKNOWN = "unknown", "Not rated"
    NOT_STARTED = "not_started", "Not started"
    ON_HOLD = "on_hold", "On hold"
    DONE = "done", "Done"


class PortfolioRule(models.TextChoices):
    """How a portfolio's components make its colour."""

    MEAN_WITH_FLOOR = "mean_with_floor", "Budget-weighted mean, no hidden red"
    WORST_OF = "worst_of", "Worst component"
    COUNT_BASED = "count_based", "Share of green components"


def _ratio(default: str) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(default))


FRACTIONS = (
    "coverage_min",
    "count_green",
    "count_amber",
    "pull_red_share",
    "pull_amber_share",
    "confidence_green",
    "confidence_amber",
    "confidence_red",
    "confidence_unknown",
    "confidence_on_hold",
)


class HealthPolicyQuerySet(ScopedQuerySet["HealthPolicy"]):
    """Policies. The default is seen by everybody who signs in."""

    subject = Subject.POLICY

    def visible_to(self, user: AnyUser) -> Self:
        """Keep the policies of what the user sees, and the default."""
        default = Q(component=None) if user.is_active else Q(pk__in=[])
        own = Q(pk__in=super().visible_to(user).values("pk"))
        return self.read_by_somebody().filter(own | default)


class HealthPolicy(models.Model):
    """Thresholds and the roll-up rule for a component and everything below it.

    The policy of the nearest ancestor counts, there the highest version. The one row without a
    component is the default of the whole installation. Ratios are fractions: 0.95 is 95 %.
    A value on a boundary has the better colour.
    """

    component = models.ForeignKey(
        "core.Component", models.CASCADE, related_name="health_policies", null=True, blank=True
    )
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField(auto_now_add=True)

    schedule_index_green = _ratio("0.95")
    schedule_index_amber = _ratio("0.85")
    slip_green = _ratio("0.05")
    slip_amber = _ratio("0.10")
    milestone_slip_green_days = models.PositiveIntegerField(default=30)
    milestone_slip_amber_days = models.PositiveIntegerField(default=90)
    cost_green = _ratio("1.05")
    cost_amber = _ratio("1.10")
    scope_green = _ratio("0.10")
    scope_amber = _ratio("0.20")
    risk_green = _ratio("0.05")
    risk_amber = _ratio("0.10")
    contingency_green = _ratio("1.00")
    contingency_amber = _ratio("0.80")
    benefits_green = _ratio("0.95")
    benefits_amber = _ratio("0.80")

    half_life_days = models.PositiveIntegerField(default=30)

    rule = models.CharField(
        max_length=20, choices=PortfolioRule, default=PortfolioRule.MEAN_WITH_FLOOR
    )
    index_green = _ratio("0.50")
    index_amber = _ratio("1.20")
    coverage_min = _ratio("0.50")
    count_green = _ratio("0.90")
    count_amber = _ratio("0.80")
    pull_red_share = _ratio("0.20")
    pull_amber_share = _ratio("0.50")

    confidence_green = _ratio("0.95")
    confidence_amber = _ratio("0.80")
    confidence_red = _ratio("0.50")
    confidence_unknown = _ratio("0.50")
    confidence_on_hold = _ratio("0.25")

    objects = HealthPolicyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "health policies"
        triggers = [
            *marks(
                "SELECT c.id FROM {rows} AS r JOIN core_component AS c "
                "ON r.component_id IS NULL OR r.component_id = ANY(c.path)",
                lock=f"PERFORM pg_advisory_xact_lock({STRUCTURE});",
            ),
            pgtrigger.Trigger(
                name="default_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.component_id IS NULL AND OLD.version = 1"),
                func=refusal(
                    constraint="core_healthpolicy_default_stays",
                    message="The default policy stays: add a version, or a policy on a component.",
                ),
            ),
        ]
        constraints = [
            known("rule", PortfolioRule),
            *map(fraction, FRACTIONS),
            models.UniqueConstraint(
                fields=["component", "version"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_one_row_a_version",
                violation_error_message="This component has a policy of that version already.",
            ),
            models.CheckConstraint(
                condition=Q(half_life_days__gt=0),
                name="%(app_label)s_%(class)s_half_life_is_positive",
                violation_error_message="The half-life must be at least one day.",
            ),
            models.CheckConstraint(
                condition=Q(schedule_index_green__gte=F("schedule_index_amber"))
                & Q(slip_green__lte=F("slip_amber"))
                & Q(milestone_slip_green_days__lte=F("milestone_slip_amber_days"))
                & Q(cost_green__lte=F("cost_amber"))
                & Q(scope_green__lte=F("scope_amber"))
                & Q(risk_green__lte=F("risk_amber"))
                & Q(contingency_green__gte=F("contingency_amber"))
                & Q(benefits_green__gte=F("benefits_amber"))
                & Q(index_green__lte=F("index_amber"))
                & Q(count_green__gte=F("count_amber")),
                name="%(app_label)s_%(class)s_green_is_stricter_than_amber",
                violation_error_message="Green must be at least as strict as amber.",
            ),
        ]

    def __str__(self) -> str:
        """Name the component and the version."""
        return f"{self.component or 'Default'}, version {self.version}"
