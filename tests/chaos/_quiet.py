"""What every scenario ends with: quiet, and the comparison of all figures."""

from time import monotonic, sleep

from django.db import connection
from django.utils import timezone

from portfolios import rollup
from ppm.core.models import Component, DirtyMark
from ppm.core.nudge import nudge
from tests.proofs.result import Result

PROMISED = 60
"""Seconds of quiet after which every figure is right."""


def converge(result: Result) -> None:
    """Wait until no mark is left, then compare every stored figure with one from scratch."""
    connection.close()  # the database may have been restarted
    seconds = seconds_until_quiet(patience=2 * PROMISED)
    result.note("marks_left", DirtyMark.objects.count(), most=0)
    result.note("seconds_to_converge", seconds, most=PROMISED)
    components, differing = rollup.audit(now=timezone.now())
    assert components == Component.objects.count()
    result.note("components", components)
    result.note("differences", len(differing), most=0)


def seconds_until_quiet(*, patience: float = PROMISED) -> float:
    """Wait, `patience` seconds at most, until nothing is marked; return how long that took."""
    start = monotonic()
    while DirtyMark.objects.exists() and monotonic() < start + patience:
        sleep(0.02)
    return monotonic() - start


def compute_all() -> None:
    """Have a worker that has just been started compute what was written; it may take its time."""
    nudge()
    seconds_until_quiet()
