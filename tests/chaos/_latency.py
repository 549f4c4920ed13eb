"""How long a change takes from the request to the figure of the whole tree."""

from decimal import Decimal
from random import Random
from statistics import median, quantiles
from time import monotonic, sleep

from ppm.core.models import Component, Snapshot
from tests.chaos._clients import Client, cost


def seconds_to_the_top(client: Client, random: Random, project_id: int) -> float:
    """Book a cost and wait until the root has spent it; return how long that took."""
    root = Component.objects.get(pk=project_id).path[0]
    amount = random.randint(1, 999)
    wanted = spent(root) + amount
    start = monotonic()
    answer = client.send(cost(random, project_id, amount))
    assert answer.is_acknowledged, answer
    while spent(root) != wanted:
        assert monotonic() < start + 60, "The figure does not come."
        sleep(0.001)
    return monotonic() - start


def latencies(client: Client, random: Random, projects: list[int], number: int) -> list[float]:
    """Measure so many changes of projects chosen at random, one after the other."""
    return [seconds_to_the_top(client, random, random.choice(projects)) for _ in range(number)]


def p50(seconds: list[float]) -> float:
    """Tell the time that half of them took at most."""
    return median(seconds)


def p95(seconds: list[float]) -> float:
    """Tell the time that 95 of 100 took at most."""
    return quantiles(seconds, n=20)[-1]


def spent(component_id: int) -> Decimal:
    """Read how much a component has spent by its newest snapshot."""
    newest = Snapshot.objects.filter(component=component_id).order_by("-as_of")
    return newest.values_list("spent", flat=True)[0] or Decimal()
