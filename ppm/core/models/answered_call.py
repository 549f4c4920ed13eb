"""Answers to requests that may come again."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Now

from ppm.core.models.access import User


class AnsweredCallQuerySet(models.QuerySet["AnsweredCall"]):
    """The answers to all."""

    def forget(self, *, before: datetime) -> None:
        """Delete what was answered before a moment."""
        self.filter(answered_at__lt=before).delete()


class AnsweredCall(models.Model):
    """What a request of a user with an `Idempotency-Key` was answered; kept for a day."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    """Of method, address and body: another request with the same key is a mistake."""
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    answered_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AnsweredCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                name="%(app_label)s_%(class)s_one_a_key",
                violation_error_message="This key was answered already.",
            )
        ]
        indexes = [models.Index(fields=["answered_at"], name="core_answeredcall_age")]

    def __str__(self) -> str:
        """Show the status."""
        return f"{self.status}"
