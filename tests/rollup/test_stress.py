"""Two workers and three writers at full speed; then, in the quiet, nothing is left or wrong."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portfolios import rollup
from ppm.core.models import Component, CostEntry, DirtyMark, Kind, State
from ppm.core.nudge import nudge
from projects.baselining import take_baselines
from projects.models import Progress, Project, Task
from tests import oracle
from tests.conftest import wait_until
from tests.factories import (
    make_benefit,
    make_link,
    make_portfolio,
    make_program,
    make_project,
    make_task,
)
from tests.rollup.organisations import TODAY
from tests.rollup.states import NOW, stored
from tests.tree.ways import wrong_paths

SECONDS = 10
WRITERS = 3

# What a writer must expect when others delete and move what it has just read.
REFUSED = (IntegrityError, Component.DoesNotExist)
STATES = [State.EXECUTING, State.AUTHORIZED, State.ON_HOLD, State.CLOSED]

Write = Callable[[Random], None]


class RolledBackError(Exception):
    """Ends a transaction that is not to be committed."""


def some(random: Random, *kinds: Kind, number: int = 1) -> list[Component]:
    """Choose components of the kinds that exist now; at least one."""
    ids = list(Component.objects.filter(kind__in=kinds).values_list("pk", flat=True))
    chosen = list(Component.objects.filter(pk__in=random.sample(ids, min(number, len(ids)))))
    if not chosen:
        raise Component.DoesNotExist
    return chosen


def move(random: Random) -> None:
    """Move a project or program anywhere, also into the other tree."""
    (component,) = some(random, Kind.PROJECT, Kind.PROGRAM)
    (place,) = some(random, Kind.PORTFOLIO, Kind.PROGRAM)
    component.move_to(place)


def insert_facts(random: Random) -> None:
    """Book costs on several projects in one statement."""
    CostEntry.objects.bulk_create(
        CostEntry(component=project, amount=random.randint(1, 99), date=TODAY - timedelta(day))
        for project in some(random, Kind.PROJECT, number=5)
        for day in range(3)
    )


def insert_tasks(random: Random) -> None:
    """Plan tasks, approve the plan and report progress, in one transaction."""
    (project,) = some(random, Kind.PROJECT)
    with transaction.atomic():
        tasks = [
            make_task(Project(pk=project.pk), finish_date=TODAY, budget=random.randint(1, 999))
            for _ in range(2)
        ]
        take_baselines([project.pk])
        Progress.objects.bulk_create(
            Progress(task=task, date=TODAY, percent=random.randint(0, 100)) for task in tasks
        )


def create(random: Random) -> None:
    """Create a project."""
    (place,) = some(random, Kind.PORTFOLIO, Kind.PROGRAM)
    make_project(place, budget=random.randint(1, 999))


def delete(random: Random) -> None:
    """Delete a project that has no facts."""
    bare = Project.objects.filter(cost_entries=None, tasks=None, benefit_links=None)
    ids = list(bare.values_list("pk", flat=True))
    if ids:
        Project.objects.get(pk=random.choice(ids)).delete()


def change_state(random: Random) -> None:
    """Put several projects into another state in one statement."""
    projects = [project.pk for project in some(random, Kind.PROJECT, number=3)]
    Component.objects.filter(pk__in=projects).update(state=random.choice(STATES))


def change_dates(random: Random) -> None:
    """Change the tasks of a project."""
    (project,) = some(random, Kind.PROJECT)
    finish = TODAY + timedelta(random.randint(-20, 200))
    Task.objects.filter(project=project.pk).update(finish_date=finish)


def roll_back(random: Random) -> None:
    """Write and think better of it."""
    with transaction.atomic():
        random.choice([insert_facts, insert_tasks, change_state, create])(random)
        raise RolledBackError


WRITES: list[Write] = [
    move,
    move,
    insert_facts,
    insert_facts,
    insert_tasks,
    create,
    delete,
    change_state,
    change_dates,
    roll_back,
]


def write_until(deadline: float, seed: int) -> tuple[Counter[str], list[str]]:
    """Write at random until then; count the commits and collect errors that must not happen."""
    random = Random(seed)  # noqa: S311
    done: Counter[str] = Counter()
    errors = []
    try:
        while monotonic() < deadline:
            write = random.choice(WRITES)
            try:
                write(random)
                nudge()
                done[write.__name__] += 1
            except (*REFUSED, RolledBackError) as refused:
                done[f"({type(refused).__name__})"] += 1
            except DatabaseError as error:
                errors.append(f"{write.__name__}: {error}")
    finally:
        connection.close()
    return done, errors


@pytest.fixture
def two_trees(transactional_db: None) -> None:
    """Write two trees of one currency, with benefits that depend on projects of both."""
    for _ in range(2):
        root = make_portfolio(status_date=TODAY)
        portfolios = [root, *(make_portfolio(root) for _ in range(2))]
        for portfolio in portfolios:
            for program in (make_program(portfolio) for _ in range(2)):
                for _ in range(4):
                    make_project(program, budget=500)
    projects = list(Project.objects.order_by("pk"))
    for number, home in enumerate(Component.objects.filter(kind=Kind.PROGRAM).order_by("pk")):
        benefit = make_benefit(home)
        for project in projects[number::12]:
            make_link(benefit, project)


@pytest.mark.slow
def test_after_a_storm_every_figure_is_right(two_trees: None, quiet_worker: Path) -> None:
    start, logged = monotonic(), len(quiet_worker.read_text())
    with ThreadPoolExecutor(WRITERS) as writers:
        ends = [writers.submit(write_until, start + SECONDS, seed) for seed in range(WRITERS)]
    results = [end.result() for end in ends]
    commits: Counter[str] = sum((done for done, _ in results), Counter())
    quiet = monotonic()
    wait_until(is_drained, seconds=60, what="the marks")
    drained = monotonic() - quiet
    print(f"{dict(commits)}, drained in {drained:.1f} s")
    assert [error for _, errors in results for error in errors] == []
    assert [
        line for line in quiet_worker.read_text()[logged:].splitlines() if "ERROR" in line
    ] == []
    assert sum(number for name, number in commits.items() if name.isidentifier()) > 100
    assert wrong_paths() == []
    assert rollup.audit(now=NOW) == (Component.objects.count(), [])
    assert oracle.differences(oracle.expected(now=NOW), stored()) == []


def is_drained() -> bool:
    """Tell whether no mark is left; otherwise nudge, as beat does every half minute."""
    if DirtyMark.objects.exists():
        nudge()
        return False
    return True
