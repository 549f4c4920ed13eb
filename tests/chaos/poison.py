"""R11: a component whose data cannot be computed: alone, seen, and nobody else's trouble."""

from decimal import Decimal
from random import Random
from time import monotonic, sleep

from django.test import Client as Browser
from django.utils import timezone

from ops.processes import Service
from portfolios import rollup
from ppm.core.models import Component, CostEntry, RollupFailure
from ppm.core.nudge import nudge
from tests.chaos._clients import Client
from tests.chaos._latency import latencies, p50
from tests.chaos._organisation import write_organisation
from tests.chaos._quiet import compute_all, converge
from tests.factories import make_user
from tests.proofs.result import Result
from tests.proofs.stack import Stack
from tests.rollup.organisations import TODAY

SEED = 11
CHANGES = 150
SLOWER = 1.2
"""How many times the normal median a change of another component may take."""
HUGE = Decimal(600_000_000_000_000)
"""Two of them are more than an amount can hold."""


def prove(stack: Stack) -> Result:
    """Poison one project; time changes of others, in its own tree and elsewhere."""
    result, random = Result(), Random(SEED)  # noqa: S311
    organisation = write_organisation(random, projects=300)
    worker = stack.start_worker(queues="rollup")
    stack.start_beat()
    client = Client(stack.start_web()[1])
    compute_all()
    poisoned, *others = organisation.projects
    latencies(client, random, others, 20)
    normal = latencies(client, random, others, CHANGES)
    book_twice(poisoned, HUGE)
    tried = latencies_until_quarantined(result, client, random, others)
    quarantined = latencies(client, random, others, CHANGES)
    note_the_poison(result, client, worker, poisoned)
    book_twice(poisoned, -HUGE)
    converge(result)
    result.note("failures_after_the_correction", RollupFailure.objects.count(), most=0)
    normal += latencies(client, random, others, CHANGES)
    result.note("writes", len(normal) + len(tried) + len(quarantined))
    result.note("faults", 1)
    note_latencies(result, p50(normal), p50(tried), p50(quarantined))
    return result


def book_twice(project_id: int, amount: Decimal) -> None:
    """Book an amount on a project two times."""
    for _ in range(2):
        CostEntry.objects.create(component_id=project_id, amount=amount, date=TODAY)
    nudge()


def latencies_until_quarantined(
    result: Result, client: Client, random: Random, projects: list[int]
) -> list[float]:
    """Time changes as long as the poison is tried again."""
    start, seconds = monotonic(), list[float]()
    while not is_quarantined() and monotonic() < start + 240:
        seconds += latencies(client, random, projects, 10)
    result.note("seconds_to_quarantine", monotonic() - start, most=180)
    return seconds


def is_quarantined() -> bool:
    """Tell whether the poison was tried for the last time."""
    return RollupFailure.objects.filter(tries__gte=RollupFailure.MAX_TRIES).exists()


def note_latencies(result: Result, normal: float, tried: float, quarantined: float) -> None:
    """Compare the medians; normal is what was before and afterwards."""
    result.note("median_seconds_normally", normal)
    result.note("median_seconds_while_tried", tried, most=SLOWER * normal)
    result.note("median_seconds_in_quarantine", quarantined, most=SLOWER * normal)


def note_the_poison(result: Result, client: Client, worker: Service, poisoned: int) -> None:
    """See that it is left alone, shown and logged, and that all other figures are right."""
    sleep(35)  # beat sweeps at least once more
    result.note("tries", RollupFailure.objects.get().tries, most=RollupFailure.MAX_TRIES)
    _, differing = rollup.audit(now=timezone.now())
    result.note("differences_elsewhere", len(set(differing) - {poisoned}), most=0)
    component = Component.objects.get(pk=poisoned)
    shown = [client.read(f"components/{pk}/")["degraded"] for pk in component.path]
    if shown != [True] * len(component.path):
        result.fail("the API does not show it and all above it as degraded")
    browser = Browser(headers={"host": "127.0.0.1"})
    browser.force_login(make_user(superuser=True))
    if component.code not in browser.get("/admin/core/rollupfailure/").content.decode():
        result.fail("the governance site does not list it")
    if "rollup_quarantined" not in browser.get("/readyz").json()["problems"]:
        result.fail("nobody is alarmed: it is no problem to /readyz")
    words = f"component {poisoned} could not be computed"
    if not any("error" in line and words in line for line in worker.log.open()):
        result.fail("no error is logged")
