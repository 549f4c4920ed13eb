"""R4: workers die by `kill -9` in the middle of roll-ups, while others edit."""

import os
import signal
from random import Random
from time import monotonic, sleep

from django.db import connection

from ops.processes import Service
from portfolios import rollup
from ppm.core.models import Component, DirtyMark
from ppm.core.nudge import nudge
from tests.chaos._organisation import write_organisation
from tests.chaos._quiet import compute_all, converge, seconds_until_quiet
from tests.chaos._storm import Storm
from tests.conftest import wait_until
from tests.proofs.result import Result
from tests.proofs.stack import Stack, children, kill

SEED = 4
PROJECTS = 2500
"""In each of two trees, so that two processes roll up at once."""
KILLS = 20


def prove(stack: Stack) -> Result:
    """Kill the worker, or one of its processes, at random moments of full roll-ups."""
    result, random = Result(), Random(SEED)  # noqa: S311
    write_organisation(random, projects=PROJECTS)
    worker = stack.start_worker(queues="rollup")
    stack.start_beat()
    compute_all()
    length = full_rollup()
    result.note("seconds_of_full_rollup", length)
    interrupted = 0
    with Storm(result, seed=SEED, pause=0.005):
        for _ in range(KILLS):
            begin_full_rollup()
            sleep(random.uniform(0, length))
            interrupted += is_amid_a_full_rollup()
            kill_some_of(worker, random)
    result.note("faults", KILLS)
    result.note("kills_amid_a_rollup", interrupted)
    if interrupted < KILLS / 2:
        result.fail("too few kills came in the middle of a roll-up")
    converge(result)
    return result


def kill_some_of(worker: Service, random: Random) -> None:
    """Kill the worker and start it again, or kill one of its processes, which it replaces.

    The database notices at the end of the statement under way, and the next roll-up begins then.
    """
    dying = rolling_up()
    if random.choice([True, False]):
        kill(worker)
        worker.start()
    else:
        os.kill(random.choice(children(worker)), signal.SIGKILL)
        sleep(0.1)
    wait_until(lambda: dying.isdisjoint(rolling_up()), seconds=30, what="the killed roll-up")


def full_rollup() -> float:
    """Have everything rolled up in peace; return the seconds that it took."""
    begin_full_rollup()
    return seconds_until_quiet()


def begin_full_rollup() -> None:
    """Mark everything and wait until a worker is at it: one that was killed starts first."""
    rollup.mark(Component.objects.values_list("pk", flat=True))
    start = monotonic()
    while not rolling_up():
        assert monotonic() < start + 60, "The worker does not roll up."
        nudge()
        sleep(0.01)


def is_amid_a_full_rollup() -> bool:
    """Tell whether a worker is at it, and at least one of the trees is not done."""
    return bool(rolling_up()) and DirtyMark.objects.count() >= PROJECTS


def rolling_up() -> set[int]:
    """List the database processes that hold the roll-up lock of a tree for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name = 'worker'"
        )
        return {row[0] for row in cursor.fetchall()}
