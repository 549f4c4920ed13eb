"""R6: PostgreSQL stops at once, without a word to anybody, amid writes through the API."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from random import Random
from time import monotonic, sleep
from typing import Any

from django.db import OperationalError, connection
from django.db.models import Count

from ops.processes import Service
from ppm.core.models import CostEntry
from projects.models import Baseline, BaselineCurve, BaselineTask, Progress
from tests.chaos._clients import Answer, Client, Crowd, Post, baseline, cost, progress
from tests.chaos._organisation import TASKS_A_PROJECT, Organisation, write_organisation
from tests.chaos._quiet import compute_all, converge
from tests.proofs.result import Result
from tests.proofs.stack import Stack

SEED = 6
RESTARTS = 10
WRITERS = 6
RECOVERY = 10
"""Seconds from the new start to the first write that is acknowledged."""


def prove(stack: Stack) -> Result:
    """Stop and start the database while clients write, then hold it to what it acknowledged."""
    result, random = Result(), Random(SEED)  # noqa: S311
    organisation = write_organisation(random, projects=150)
    stack.start_worker(queues="rollup")
    stack.start_beat()
    client = Client(stack.start_web()[1])
    compute_all()
    with Crowd(client, composer(organisation), writers=WRITERS, seed=SEED, pause=0.01) as crowd:
        recoveries = [restart_amid_writes(stack.postgres, crowd, random) for _ in range(RESTARTS)]
        sleep(2)
    result.note("writes", sum(answer.is_acknowledged for answer in crowd.answers))
    result.note("faults", RESTARTS)
    result.note("seconds_of_longest_recovery", max(recoveries), most=RECOVERY)
    compare(result, crowd.answers)
    converge(result)
    return result


def composer(organisation: Organisation) -> Callable[[Random, int], Post]:
    """Compose costs, reports and baselines; each writer has projects of its own."""

    def compose(random: Random, writer: int) -> Post:
        if random.randrange(3) == 0:
            return progress(random, random.choice(organisation.tasks[writer::WRITERS]))
        project = random.choice(organisation.projects[writer::WRITERS])
        return random.choice([cost, baseline])(random, project)

    return compose


def restart_amid_writes(postgres: Service, crowd: Crowd, random: Random) -> float:
    """Stop it in immediate mode, start it again; return the seconds until a write succeeds."""
    assert postgres.process is not None
    sleep(random.uniform(0.5, 2.5))
    os.kill(postgres.process.pid, signal.SIGQUIT)
    postgres.process.wait()
    sleep(random.uniform(0, 2))
    start = monotonic()
    postgres.start()
    while not any(answer.is_acknowledged for answer in crowd.during(start, monotonic())):
        assert monotonic() < start + 60, "No write succeeds after a restart."
        sleep(0.01)
    return monotonic() - start


def compare(result: Result, answers: list[Answer]) -> None:
    """Hold what is stored against what was said."""
    reconnect()
    found = stored()
    acknowledged = [answer for answer in answers if answer.is_acknowledged]
    others = [answer for answer in answers if not answer.is_acknowledged]
    result.note("acknowledged_and_lost", sum(not found[a.post.mark] for a in acknowledged), most=0)
    result.note("stored_twice", sum(found[a.post.mark] > 1 for a in answers), most=0)
    result.note("stored_in_part", partial_baselines(), most=0)
    result.note("refused", len(others))
    result.note("refused_and_stored_in_whole", sum(found[a.post.mark] for a in others))
    odd = [answer for answer in others if not answer.is_outage]
    result.note("refused_in_another_way", len(odd), most=0)
    for answer in odd[:5]:
        print(answer)


def reconnect() -> None:
    """Take a new connection to the database, once it answers."""
    connection.close()
    for _ in range(100):
        try:
            connection.ensure_connection()
        except OperationalError:
            sleep(0.1)
        else:
            return


def stored() -> Counter[str]:
    """Count the rows by their marks."""
    rows: list[Any] = [
        CostEntry.objects.values_list("description"),
        Progress.objects.values_list("note"),
        Baseline.objects.values_list("name"),
    ]
    return Counter(mark for marks in rows for (mark,) in marks)


def partial_baselines() -> int:
    """Count baselines without all their tasks or without their curve, and projects without one."""
    tasks = Counter(BaselineTask.objects.values_list("baseline", flat=True))
    curves = Counter(BaselineCurve.objects.values_list("baseline", flat=True))
    ids = Baseline.objects.values_list("pk", flat=True)
    incomplete = sum(tasks[pk] != TASKS_A_PROJECT or not curves[pk] for pk in ids)
    current = Baseline.objects.filter(is_current=True).values("project")
    doubly = current.annotate(number=Count("pk")).filter(number__gt=1).count()
    projects = Baseline.objects.values("project").distinct().count()
    return incomplete + doubly + projects - current.distinct().count()
