"""What workers do: tasks that find out for themselves what is to be done."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from portfolios import rollup
from portfolios.importing import jobs
from ppm.core.models import Heart, Heartbeat
from ppm.core.nudge import come_back
from ppm.core.webhooks.delivering import wake_worker

BUSY = 0.05
"""Seconds until a tree that another worker is rolling up is looked at again."""


@shared_task
def sweep() -> None:
    """Roll up what is marked, have it told; come back for trees that were busy."""
    if rollup.sweep(now=timezone.now()):
        come_back(seconds=BUSY)
    wake_worker(now=timezone.now())


@shared_task(soft_time_limit=1800, time_limit=1860)
def audit() -> None:
    """Compare every stored figure with a computation from scratch."""
    if rollup.note_incidents(now=timezone.now()) is not None:
        Heartbeat.objects.beat(Heart.AUDIT)


@shared_task(soft_time_limit=600, time_limit=660)
def import_next() -> None:
    """Check or import what has waited longest; then come back for what is left."""
    if jobs.do_next(clock=timezone.now):
        jobs.wake_worker()
