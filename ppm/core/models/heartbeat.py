"""Signs of life of what nobody looks at while it works."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from ppm.core.constraints import known


class Heart(models.TextChoices):
    """What is to beat: beat's canary through the queue of each name, and the nightly audit."""

    ROLLUP = "rollup", "worker of the roll-up"
    JOBS = "jobs", "worker of long jobs"
    AUDIT = "audit", "nightly audit"


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """The signs of life."""

    def beat(self, heart: str) -> None:
        """Note that it beats, by the database's clock."""
        self.update_or_create(heart=heart, defaults={"beaten_at": Now()})


class Heartbeat(models.Model):
    """When something was last known to work. Counts from the installation on."""

    heart = models.CharField(max_length=6, choices=Heart, primary_key=True)
    beaten_at = models.DateTimeField(db_default=Now())

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        constraints = [known("heart", Heart)]

    def __str__(self) -> str:
        """Show what and when."""
        return f"{self.get_heart_display()}: {self.beaten_at}"
