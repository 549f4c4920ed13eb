"""How much memory a worker and a web process take at most, however large the organisation."""

from time import monotonic, sleep

from ppm.core.models import DirtyMark, Snapshot
from ppm.core.nudge import nudge
from tests.bench._memory import peak_mb
from tests.bench._organisation import SIZES, organisation
from tests.bench.pages import PAGES, Visit, logged_in_as_manager
from tests.proofs.result import Result
from tests.proofs.stack import Stack

MOST_MB = 300
PATIENCE = 300
"""Seconds that a worker may take for everything."""


def prove(stack: Stack) -> Result:
    """Let a worker roll everything up, and look at every page."""
    result = Result()
    for projects in SIZES:
        with organisation(stack, projects):
            _measure(stack, result, projects)
    return result


def _measure(stack: Stack, result: Result, projects: int) -> None:
    browser = logged_in_as_manager()
    worker = stack.start_worker(queues="rollup,jobs")
    start = monotonic()
    nudge()
    while not (Snapshot.objects.exists() and not DirtyMark.objects.exists()):
        if monotonic() > start + PATIENCE:
            result.fail(f"a worker does not finish {projects} projects in {PATIENCE} s")
            break
        sleep(0.1)
    result.note(f"rolled_up_by_worker_seconds_at_{projects}", monotonic() - start)
    web, address = stack.start_web()
    for path in PAGES.values():
        for _ in range(5):
            Visit(address, browser, path)()
    result.note(f"worker_mb_at_{projects}", peak_mb(worker), most=MOST_MB)
    result.note(f"web_mb_at_{projects}", peak_mb(web), most=MOST_MB)
    stack.stop(web, worker)
