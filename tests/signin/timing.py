"""Whether two answers take the same time, whatever else the machine does."""

from collections.abc import Callable, Iterable
from math import inf
from time import thread_time

from django.test import Client

from ppm.core.models import Attempts

AT_MOST = 400
"""So many times it is asked before different times are believed."""


def best_times(
    ask: Callable[[Client, str], object], names: Iterable[str], *, at_least: int
) -> dict[str, float]:
    """Ask for each name until the best processor times differ by less than a twentieth.

    At their best all take the same, if nothing tells them apart. What else goes on decides only
    how soon that is seen.
    """
    best = dict.fromkeys(names, inf)
    for turn in range(1, AT_MOST + 1):
        for name, seconds in best.items():
            Attempts.objects.all().delete()
            client, start = Client(), thread_time()
            ask(client, name)
            best[name] = min(seconds, thread_time() - start)
        if turn >= at_least and are_alike(best):
            break
    print("; ".join(f"{name} {seconds * 1000:.2f} ms" for name, seconds in best.items()))
    return best


def are_alike(seconds: dict[str, float]) -> bool:
    """Tell whether times differ by less than a twentieth."""
    return max(seconds.values()) < 1.05 * min(seconds.values())
