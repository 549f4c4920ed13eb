"""What workers do: tasks that find out for themselves what is to be done."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from portfolios import rollup
from portfolios.importing.jobs import do_import, forget_uploads
from portfolios.importing.reverting import revert
from portfolios.recomputing import recompute
from ppm.core import jobs
from ppm.core.exporting import export
from ppm.core.models import Heart, Heartbeat, JobKind
from ppm.core.nudge import come_back
from ppm.core.webhooks.delivering import wake_worker

BUSY = 0.05
"""Seconds until a tree that another worker is rolling up is looked at again."""

WORK: dict[str, jobs.Work] = {
    JobKind.IMPORT: do_import,
    JobKind.EXPORT: export,
    JobKind.RECOMPUTATION: recompute,
    JobKind.REVERSAL: revert,
}
"""What does the jobs of each kind."""


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


@shared_task(soft_time_limit=1800, time_limit=1860)
def do_next_job() -> None:
    """Do the job that has waited longest; then come back for what is left."""
    forget_uploads(now=timezone.now())
    if jobs.do_next(WORK, clock=timezone.now):
        jobs.wake_worker()
