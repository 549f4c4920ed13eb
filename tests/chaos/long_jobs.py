"""A long import and an audit run, and figures arrive as if they did not."""

from random import Random
from time import monotonic

from portfolios.models import ImportRun
from ppm.core.jobs import wake_worker
from ppm.core.models import Component
from ppm.core.nudge import nudge
from tests.chaos._clients import Client
from tests.chaos._imports import start_import
from tests.chaos._latency import latencies, p50, p95, seconds_to_the_top
from tests.chaos._organisation import write_organisation
from tests.chaos._quiet import compute_all, converge
from tests.conftest import wait_until
from tests.factories import make_user
from tests.proofs.result import Result
from tests.proofs.stack import Stack, kill

SEED = 12
ROWS = 15_000
CHANGES = 150
LIMIT = 0.25
"""Seconds, the product's promise for 95 of 100 changes."""


def prove(stack: Stack) -> Result:
    """Time changes of one tree while a job writes thousands of projects into another."""
    result, random = Result(), Random(SEED)  # noqa: S311
    organisation = write_organisation(random, projects=150)
    mine = Component.objects.filter(pk__in=organisation.projects, path__0=organisation.roots[0])
    projects = list(mine.values_list("pk", flat=True))
    workers = [stack.start_worker(queues=queue) for queue in ("rollup", "jobs")]
    client, owner = Client(stack.start_web()[1]), make_user(superuser=True)
    compute_all()
    latencies(client, random, projects, 20)
    normal = latencies(client, random, projects, CHANGES)
    start_jobs(run := start_import(owner, "LONG", ROWS, parent="T1"))
    start, meanwhile = monotonic(), list[float]()
    while is_running(run):
        meanwhile += latencies(client, random, projects, 5)
    result.note("seconds_of_the_job", monotonic() - start)
    note_latencies(result, normal, meanwhile)
    compute_all()
    for worker in workers:
        kill(worker)
    share_a_worker(stack, start_import(owner, "SHARED", ROWS, parent="T1"))
    shared = seconds_to_the_top(client, random, projects[0])
    result.note("seconds_where_they_share_a_worker", shared)
    converge(result)
    return result


def note_latencies(result: Result, normal: list[float], meanwhile: list[float]) -> None:
    """Compare the times; the machine has other work meanwhile, but nobody waits for a job."""
    result.note("writes", len(normal) + len(meanwhile))
    result.note("faults", 2)
    result.note("median_seconds_normally", p50(normal))
    result.note("median_seconds_meanwhile", p50(meanwhile))
    result.note("p95_seconds_normally", p95(normal))
    result.note("p95_seconds_meanwhile", p95(meanwhile), most=LIMIT)


def share_a_worker(stack: Stack, run: ImportRun) -> None:
    """Have a job begun by a worker of one process that also rolls up: what would be otherwise."""
    stack.start_worker(queues="rollup,jobs", concurrency=1)
    start_jobs(run)
    wait_until(lambda: is_begun(run), seconds=60, what="the import's beginning")


def start_jobs(run: ImportRun) -> None:
    """Ask for the import that waits, and for an audit."""
    wake_worker()
    nudge("portfolios.tasks.audit", queue="jobs")


def is_begun(run: ImportRun) -> bool:
    """Tell whether a worker is at an import."""
    run.refresh_from_db()
    return run.job is not None and run.job.attempts > 0


def is_running(run: ImportRun) -> bool:
    """Tell whether an import is not done yet."""
    run.refresh_from_db()
    return run.is_running
