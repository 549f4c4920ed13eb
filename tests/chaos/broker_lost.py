"""R5: the broker is emptied under load, then gone for a minute, then back at its old address."""

import os
import signal
from collections.abc import Callable
from random import Random
from time import monotonic, sleep

from redis import Redis

from ops.processes import Service
from ppm.core.models import CostEntry, DirtyMark
from tests.chaos._clients import Answer, Client, Crowd, Post, cost, p95, progress
from tests.chaos._organisation import Organisation, write_organisation
from tests.chaos._quiet import compute_all, converge, seconds_until_quiet
from tests.proofs.result import Result
from tests.proofs.stack import Stack, kill
from tests.rollup.organisations import TODAY

SEED = 5
NORMAL = 30
FLUSHES = 10
OUTAGE = 60
SLOWER = 1.5
"""How many times the normal p95 a write may take while the broker is away."""


def prove(stack: Stack) -> Result:
    """Measure writes while all is well, while messages vanish, and while nobody takes them."""
    result, random = Result(), Random(SEED)  # noqa: S311
    organisation = write_organisation(random, projects=150)
    worker, beat = stack.start_worker(queues="rollup"), stack.start_beat()
    client = Client(stack.start_web()[1])
    compute_all()
    with Crowd(client, composer(organisation), seed=SEED) as crowd:
        sleep(5)  # connections are opened, statements are planned
        normal = during(crowd, lambda: sleep(NORMAL))
        flushed = during(crowd, lambda: flush_again_and_again(stack, random))
        kill(stack.valkey)
        away = during(crowd, lambda: sleep(OUTAGE))
    note_writes(result, crowd.answers, normal, flushed, away)
    come_back_without_beat(result, stack, client, beat, cost(random, organisation.projects[0]))
    come_back_by_beat(result, organisation)
    if worker.has_ended() or beat.has_ended():
        result.fail("worker or beat ended with the broker")
    converge(result)
    return result


def composer(organisation: Organisation) -> Callable[[Random, int], Post]:
    """Compose costs and reports of progress of the whole organisation."""

    def compose(random: Random, _: int) -> Post:
        if random.choice([True, False]):
            return cost(random, random.choice(organisation.projects))
        return progress(random, random.choice(organisation.tasks))

    return compose


def during(crowd: Crowd, event: Callable[[], None]) -> list[Answer]:
    """List the answers to what was sent while something happened."""
    start = monotonic()
    event()
    return crowd.during(start, monotonic())


def flush_again_and_again(stack: Stack, random: Random) -> None:
    """Empty the broker at random moments: messages and bindings vanish."""
    for _ in range(FLUSHES):
        sleep(random.uniform(0.2, 1.8))
        with Redis.from_url(stack.environment["REDIS_URL"]) as broker:
            broker.flushall()


def note_writes(
    result: Result,
    answers: list[Answer],
    normal: list[Answer],
    flushed: list[Answer],
    away: list[Answer],
) -> None:
    """Compare how writes fared: nobody may notice that the broker is away."""
    result.note("writes", len(answers))
    result.note("faults", FLUSHES + 1)
    failed = [answer for answer in answers if not answer.is_acknowledged]
    result.note("errors", len(failed), most=0)
    for answer in failed[:3]:
        print(answer)
    result.note("p95_seconds_normally", p95(normal))
    result.note("p95_seconds_flushed", p95(flushed), most=SLOWER * p95(normal))
    result.note("p95_seconds_without_broker", p95(away), most=SLOWER * p95(normal))


def come_back_without_beat(
    result: Result, stack: Stack, client: Client, beat: Service, post: Post
) -> None:
    """Start the broker; then the nudge of a write must reach the worker, which never restarted."""
    assert beat.process is not None
    os.kill(beat.process.pid, signal.SIGSTOP)
    result.note("marks_before_the_broker_is_back", DirtyMark.objects.count())
    stack.valkey.start()
    start = monotonic()
    while DirtyMark.objects.exists() and monotonic() < start + 90:
        assert client.send(post).is_acknowledged
        sleep(1)
    result.note("seconds_until_the_worker_is_back", monotonic() - start, most=90)
    os.kill(beat.process.pid, signal.SIGCONT)


def come_back_by_beat(result: Result, organisation: Organisation) -> None:
    """Write without a nudge, when all messages are consumed: only beat can bring this figure."""
    sleep(5)
    CostEntry.objects.create(component_id=organisation.projects[0], amount=1, date=TODAY)
    result.note("seconds_until_beat_is_back", seconds_until_quiet(patience=120), most=90)
