"""The nudge: a hint to Celery that marks are waiting. They are the truth, so it may be lost."""

from __future__ import annotations

import logging

from celery import current_app

logger = logging.getLogger(__name__)

SWEEP = "portfolios.tasks.sweep"


def nudge(*, countdown: float = 0) -> None:
    """Ask a worker to sweep; a broker that is down is only logged, the next sweep is near."""
    try:
        current_app.send_task(SWEEP, queue="rollup", countdown=countdown, ignore_result=True)
    except Exception as error:  # whatever a broker raises must not fail a committed write
        logger.warning("nudge lost, the next sweep will do: %s", error)
