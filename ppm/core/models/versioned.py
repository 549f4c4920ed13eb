"""Rows that several people change: each change counts, so that a late one is noticed."""

from __future__ import annotations

from django.db import models


class Versioned(models.Model):
    """A row that knows how often it was changed; the trigger `counts_changes` sees to it.

    Whoever changes it names the version that was read (`ppm/core/api/versions.py`).
    """

    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        abstract = True
