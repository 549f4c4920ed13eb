"""R7: web processes die after the commit and before the nudge.

The broker is suspended meanwhile: a process that nudges waits for it up to half a second, with its
write committed and its answer not sent, and there it is killed.
"""

import os
import signal
from random import Random
from time import sleep

from redis import Redis

from ops.processes import Service
from ppm.core.models import CostEntry, DirtyMark
from tests.chaos._clients import Answer, Client, Crowd, Post, cost
from tests.chaos._organisation import write_organisation
from tests.chaos._quiet import converge
from tests.conftest import wait_until
from tests.proofs.result import Result
from tests.proofs.stack import Stack, children

SEED = 7
KILLS = 200
WRITERS = 8
A_NUDGE = 0.4
"""Seconds that a process waits for the broker."""


def prove(stack: Stack) -> Result:
    """Kill all that serve, again and again, with nobody there who could roll up."""
    result, random = Result(), Random(SEED)  # noqa: S311
    organisation = write_organisation(random, projects=150)

    def compose(random: Random, _: int) -> Post:
        return cost(random, random.choice(organisation.projects))

    web, address = stack.start_web()
    client = Client(address)
    suspend(stack.valkey)
    killed = 0
    with Crowd(client, compose, writers=WRITERS, seed=SEED, pause=0.01) as crowd:
        while killed < KILLS:
            wait_for_a_commit()
            sleep(random.uniform(0, A_NUDGE))
            killed += kill_all_that_serve(web)
    lose_all_messages(stack)
    result.note("faults", killed)
    compare(result, crowd.answers)
    result.note("marks_before_beat", DirtyMark.objects.count())
    stack.start_worker(queues="rollup")
    stack.start_beat()
    converge(result)
    return result


def suspend(valkey: Service) -> None:
    """Stop the broker where it stands; connections to it stay open."""
    assert valkey.process is not None
    os.kill(valkey.process.pid, signal.SIGSTOP)


def wait_for_a_commit() -> None:
    """Wait until another write is committed; whoever wrote it then nudges."""
    before = CostEntry.objects.count()
    wait_until(lambda: CostEntry.objects.count() > before, seconds=20, what="a write")


def kill_all_that_serve(web: Service) -> int:
    """Kill the processes that answer requests; their master starts others. Return how many."""
    serving = children(web)
    for child in serving:
        os.kill(child, signal.SIGKILL)
    return len(serving)


def compare(result: Result, answers: list[Answer]) -> None:
    """Hold what is stored against what was said; what was stored and not said died in between."""
    told = {answer.post.mark for answer in answers if answer.is_acknowledged}
    untold = {answer.post.mark for answer in answers if answer.status is None}
    stored = {answer.post.mark for answer in answers}.intersection(
        CostEntry.objects.values_list("description", flat=True)
    )
    result.note("writes", len(stored))
    result.note("acknowledged_and_lost", len(told - stored), most=0)
    result.note("killed_between_commit_and_nudge", len(untold & stored))
    if len(untold & stored) < KILLS:
        result.fail("too few writes were cut off between commit and nudge")
    result.note("other_answers", len(answers) - len(told) - len(untold), most=0)


def lose_all_messages(stack: Stack) -> None:
    """Wake the broker, and take from it what killed processes had still written to its sockets."""
    assert stack.valkey.process is not None
    os.kill(stack.valkey.process.pid, signal.SIGCONT)
    sleep(1)
    with Redis.from_url(stack.environment["REDIS_URL"]) as broker:
        broker.flushall()
