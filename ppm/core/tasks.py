"""What workers do for the kernel: show that they are there, and seal the audit trail."""

from __future__ import annotations

from celery import shared_task

from ppm.core.auditing.sealing import seal
from ppm.core.models import Heartbeat


@shared_task
def come_back_alive(*, queue: str) -> None:
    """Note that beat sent a canary through a queue and that a worker took it."""
    Heartbeat.objects.beat(queue)


@shared_task
def seal_audit() -> None:
    """Seal what has been committed to the audit trail."""
    seal()
