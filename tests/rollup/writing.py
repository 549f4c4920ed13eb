"""Writers that change trees at random, in all the ways that meet and collide."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from time import sleep

from django.db import DatabaseError, IntegrityError, connection, transaction

from ppm.core.models import Component, CostEntry, Kind, State
from ppm.core.nudge import nudge
from projects.baselining import take_baselines
from projects.models import Progress, Project, Task
from tests.factories import make_project, make_task
from tests.rollup.organisations import TODAY

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


def write_while(
    goes_on: Callable[[], bool], *, seed: int, pause: float = 0
) -> tuple[Counter[str], list[str]]:
    """Write at random; count the commits and collect errors that must not happen."""
    random = Random(seed)  # noqa: S311
    done: Counter[str] = Counter()
    errors = []
    try:
        while goes_on():
            write = random.choice(WRITES)
            try:
                write(random)
                nudge()
                done[write.__name__] += 1
            except (*REFUSED, RolledBackError) as refused:
                done[f"({type(refused).__name__})"] += 1
            except DatabaseError as error:
                errors.append(f"{write.__name__}: {error}")
            sleep(pause)
    finally:
        connection.close()
    return done, errors


def commits(done: Counter[str]) -> int:
    """Count what was committed, without what was refused or rolled back."""
    return sum(number for name, number in done.items() if name.isidentifier())
