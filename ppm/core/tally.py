"""What workers have done, told in the log and counted in the broker.

Workers are many, on several machines, and come and go; the web server shows their sum. The
counts are for watching only: with a new broker they begin anew, which Prometheus understands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from time import monotonic

import structlog
from redis import RedisError

from ppm.core.broker import broker

logger = structlog.stdlib.get_logger(__name__)

KEY = "ppm:tally"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, inf)
"""Upper ends, in seconds, of the classes that roll-ups of trees are counted in."""


@dataclass(frozen=True)
class Tally:
    """Sums over all workers; `within` has, for each of `BOUNDS`, the trees that took no longer."""

    within: Sequence[int]
    seconds: float
    components: int
    snapshots: int


def rolled_up(root_id: int, numbers: dict[str, int], *, since: float) -> None:
    """Tell of a tree that was rolled up: `components` marked in it, `snapshots` that changed."""
    if not any(numbers.values()):  # another worker was faster
        return
    seconds = monotonic() - since
    logger.info("rolled up", tree=root_id, **numbers, seconds=round(seconds, 4))
    bound = next(bound for bound in BOUNDS if seconds <= bound)
    try:
        with broker().pipeline(transaction=False) as counting:
            counting.hincrby(KEY, f"within {bound}", 1)
            counting.hincrbyfloat(KEY, "seconds", seconds)
            for name, number in numbers.items():
                counting.hincrby(KEY, name, number)
            counting.execute()
    except RedisError as error:
        logger.warning("a roll-up was not counted", error=str(error))


def tally() -> Tally | None:
    """Read the sums; None where the broker does not answer."""
    try:
        counts = broker().hgetall(KEY)
    except RedisError:
        return None
    each = (int(counts.get(f"within {bound}", 0)) for bound in BOUNDS)
    return Tally(
        within=list(accumulate(each)),
        seconds=float(counts.get("seconds", 0)),
        components=int(counts.get("components", 0)),
        snapshots=int(counts.get("snapshots", 0)),
    )
