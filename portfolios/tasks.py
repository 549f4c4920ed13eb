"""What workers do: one task, which finds out for itself what is to be done."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from portfolios import rollup
from ppm.core.nudge import come_back

BUSY = 0.05
"""Seconds until a tree that another worker is rolling up is looked at again."""


@shared_task
def sweep() -> None:
    """Roll up what is marked; come back for trees that were busy."""
    if rollup.sweep(now=timezone.now()):
        come_back(seconds=BUSY)
