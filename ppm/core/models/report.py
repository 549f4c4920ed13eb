"""What the manager says of a component, beside what is computed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Length

from ppm.core.constraints import within_calendar
from ppm.core.models.access import ScopedQuerySet, Subject
from ppm.core.models.component import Component
from ppm.core.models.fact import Fact
from ppm.core.models.health import Health
from ppm.core.triggers import marks

models.TextField.register_lookup(Length)

LONGEST_OVERRIDE = timedelta(days=35)


class StatusReportQuerySet(ScopedQuerySet["StatusReport"]):
    """Status reports."""

    subject = Subject.REPORT

    def waiting(self, *, on: date) -> Self:
        """Keep the overrides that nobody has ruled on and that still hold, `on` today.

        A tree with a status date of its own stands still on that date.
        """
        root = Component.objects.filter(pk=OuterRef("component__path__0"))
        today = Coalesce(Subquery(root.values("status_date")), Value(on))
        return self.exclude(override_reason="").filter(ruling=None, valid_until__gte=today)


class StatusReport(Fact):
    """A written status, with the health its author sees.

    With a reason it overrides the computed health until `valid_until`: at once where it is worse,
    otherwise when somebody else approved it (`OverrideRuling`). Without a reason it stands beside
    the computed one.
    """

    RATED = (Health.GREEN, Health.AMBER, Health.RED)

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="status_reports")
    health = models.CharField(
        max_length=11, choices=[(health.value, health.label) for health in RATED], blank=True
    )
    narrative = models.TextField(blank=True)
    override_reason = models.TextField(blank=True)
    valid_until = models.DateField(null=True, blank=True)

    objects = StatusReportQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            models.CheckConstraint(
                condition=Q(health__in=["", "green", "amber", "red"]),
                name="%(app_label)s_%(class)s_health_is_known",
                violation_error_message="Choose the health from: green, amber, red.",
            ),
            models.CheckConstraint(
                condition=Q(override_reason="", valid_until__isnull=True)
                | (~Q(health="") & Q(override_reason__length__gte=30, valid_until__isnull=False)),
                name="%(app_label)s_%(class)s_override_has_reason_and_end",
                violation_error_message="An override needs a health, a reason of at least 30 "
                "characters and a last day.",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__range=(F("date"), F("date") + LONGEST_OVERRIDE)),
                name="%(app_label)s_%(class)s_override_ends_within_35_days",
                violation_error_message="An override holds for 35 days at most.",
            ),
        ]
        indexes = [
            models.Index(fields=["component", "-date", "-id"], name="core_statusreport_newest")
        ]
        triggers = marks("SELECT component_id FROM {rows}", append_only=True)

    def __str__(self) -> str:
        """Show date and health."""
        return f"{self.date}: {self.get_health_display() or 'no rating'}"
