"""What workers do to show that they are there."""

from __future__ import annotations

from celery import shared_task

from ppm.core.models import Heartbeat


@shared_task
def come_back_alive(*, queue: str) -> None:
    """Note that beat sent a canary through a queue and that a worker took it."""
    Heartbeat.objects.beat(queue)
