"""The nudge: a hint to Celery that marks are waiting. They are the truth, so it may be lost."""

from __future__ import annotations

import logging

from celery import current_app

from ppm.core.broker import broker
from ppm.core.counters import count_lost_nudge

logger = logging.getLogger(__name__)

SWEEP = "portfolios.tasks.sweep"


def nudge(task: str = SWEEP, *, queue: str = "rollup") -> None:
    """Ask a worker to sweep, or for another task that beat sends too.

    A broker that is down is only logged, the next sweep is near.
    """
    try:
        _send(task, queue)
    except Exception as error:  # whatever a broker raises must not fail a committed write
        count_lost_nudge()
        logger.warning("nudge lost, the next sweep will do: %s", error)


def come_back(task: str = SWEEP, *, seconds: float, queue: str = "rollup") -> None:
    """Ask for one more sweep after a while, or for another task, unless one has been asked for.

    However many sweeps find a tree busy, one of them comes back: else each nudge that arrives
    while a long roll-up runs would go on in circles of its own.
    """
    try:
        # The note is gone a little before the task comes, so that it may ask again.
        note_lasts = int(seconds * 900)
        if broker().set(f"ppm:comes-back:{task}", 1, nx=True, px=note_lasts):
            _send(task, queue, countdown=seconds)
    except Exception as error:  # beat sends it again anyway
        logger.warning("%s does not come back by itself: %s", task, error)


def _send(task: str, queue: str, *, countdown: float = 0) -> None:
    current_app.send_task(task, queue=queue, countdown=countdown, ignore_result=True)
