"""Taking times: of one piece of work, and of many that are alike."""

from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter

from tests.proofs.result import Result


def seconds(work: Callable[[], object]) -> float:
    """Measure how long the work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def milliseconds(work: Callable[[], object], *, times: int, warm_up: int = 5) -> list[float]:
    """Measure the work many times, after it has been done a few times without measuring."""
    return [seconds(work) * 1000 for _ in range(warm_up + times)][warm_up:]


def percentile(measured: list[float], rank: int) -> float:
    """Return the value that so many of a hundred do not exceed."""
    return quantiles(measured, n=100, method="inclusive")[rank - 1]


def note_spread(
    result: Result,
    name: str,
    measured: list[float],
    *,
    middle_most: float | None = None,
    most: float | None = None,
) -> float:
    """Keep the middle of measured milliseconds and their 95th percentile; return the middle."""
    middle = median(measured)
    result.note(f"{name}_p50_ms", middle, most=middle_most)
    result.note(f"{name}_p95_ms", percentile(measured, 95), most=most)
    return middle
