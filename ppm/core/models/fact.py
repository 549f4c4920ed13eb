"""What every dated fact carries: it is its own record of who said what, when."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from ppm.core.models.access import User


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
