"""What every dated fact carries: it is its own record of who said what, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ppm.core.models.access import User


@dataclass(frozen=True)
class Known:
    """Which facts count: those about a day or an earlier one.

    With `until` only those that were recorded before that moment: what was known then, whatever
    has been recorded since.
    """

    day: date
    until: datetime | None = None

    @property
    def facts(self) -> Q:
        """Keep the facts that count."""
        return Q(date__lte=self.day) & self.recorded

    @property
    def recorded(self) -> Q:
        """Keep the facts that were recorded in time, whatever day they are about."""
        return Q() if self.until is None else Q(recorded_at__lt=self.until)

    def includes(self, fact: Fact) -> bool:
        """Tell whether a fact counts."""
        in_time = self.until is None or fact.recorded_at < self.until
        return in_time and fact.date <= self.day


class Fact(models.Model):
    """A dated statement about something. Never changed and never deleted, only added to.

    `date` is what it is about, `recorded_at` when it was said. Where facts supersede each other
    the newest by date, then id, counts.
    """

    date = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    request_id = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True
