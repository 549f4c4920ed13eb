"""R10: two beats, several workers, and every message ten times: as if once."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import sleep

from redis import Redis

from portfolios import rollup
from portfolios.models import ImportRun, ImportState
from ppm.core.jobs import TASK as IMPORT
from ppm.core.models import Component, RollupIncident, Snapshot
from ppm.core.nudge import SWEEP, nudge
from tests.chaos._imports import start_import
from tests.chaos._organisation import write_organisation
from tests.chaos._quiet import compute_all, converge
from tests.chaos._storm import Storm
from tests.conftest import wait_until
from tests.factories import make_user
from tests.proofs.result import Result
from tests.proofs.stack import Stack

SEED = 10
ROUNDS = 8
TIMES = 10
ROWS = 200
AUDIT = "portfolios.tasks.audit"
TASKS = {SWEEP: "rollup", IMPORT: "jobs", AUDIT: "jobs"}


def prove(stack: Stack) -> Result:
    """Send every task ten times at once, again and again, while others edit and import."""
    result, random = Result(), Random(SEED)  # noqa: S311
    write_organisation(random, projects=300)
    for _ in range(2):
        stack.start_worker(queues="rollup")
        stack.start_worker(queues="jobs")
        stack.start_beat()
    compute_all()
    owner = make_user(superuser=True)
    with Storm(result, writers=2, seed=SEED, pause=0.02):
        for number in range(ROUNDS):
            start_import(owner, f"ROUND-{number}", ROWS, parent="T0")
            for task in TASKS:
                deliver(task)
            sleep(3)
    wait_until(lambda: is_idle(stack), seconds=60, what="an empty broker")
    result.note("faults", ROUNDS * TIMES * len(TASKS))
    note_imports(result)
    result.note("incidents", RollupIncident.objects.count(), most=0)
    note_one_incident(result, stack)
    converge(result)
    return result


def deliver(task: str) -> None:
    """Send a task ten times at once."""
    with ThreadPoolExecutor(TIMES) as senders:
        for _ in range(TIMES):
            senders.submit(nudge, task, queue=TASKS[task])


def is_idle(stack: Stack) -> bool:
    """Tell whether no message waits and none is being worked at."""
    with Redis.from_url(stack.environment["REDIS_URL"]) as broker:
        waiting = [broker.llen(queue) for queue in ("rollup", "jobs")]
        return not any(waiting) and not broker.hlen("unacked")


def note_imports(result: Result) -> None:
    """See that each import was done once and wrote its rows once."""
    runs = ImportRun.objects.select_related("job")
    undone = [run for run in runs if run.state != ImportState.DONE]
    for run in undone[:3]:
        print(run.state, run.message)
    result.note("imports_undone", len(undone), most=0)
    result.note(
        "imports_begun_twice", sum(not run.job or run.job.attempts != 1 for run in runs), most=0
    )
    created = sum(run.report["levels"][0]["created"] for run in runs if run.report)
    result.note("rows_not_written_once", abs(created - ROUNDS * ROWS), most=0)


def note_one_incident(result: Result, stack: Stack) -> None:
    """Falsify a figure; however often the audit is asked for, it is one incident, not repaired."""
    converge(result)
    component = Component.objects.roots().order_by("pk")[0]
    newest = Snapshot.objects.filter(component=component).order_by("-as_of")[:1]
    Snapshot.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(spent=1)
    deliver(AUDIT)
    wait_until(RollupIncident.objects.exists, seconds=60, what="an incident")
    wait_until(lambda: is_idle(stack), seconds=60, what="an empty broker")
    result.note("incidents_of_one_false_figure", RollupIncident.objects.count(), most=1)
    rollup.mark([component.pk])
    nudge()
