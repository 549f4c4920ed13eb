"""A made-up organisation of any size, written into an empty database by set-based SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from time import perf_counter

from django.core.management.color import no_style
from django.db import connection, transaction

from ppm.core.models import Component
from ppm.core.sql import statement
from programs.models import Benefit
from projects.baselining import take_baselines
from projects.models import Project, Task
from tests.proofs.stack import Stack

AS_OF = date(2026, 6, 30)
"""The status date of its tree."""

NOW = datetime.combine(AS_OF, time(12), UTC)

SIZES = (1_000, 10_000, 100_000)
"""The numbers of projects that growth is measured at."""

A_PROJECT = "PROJECT-7"
"""One that is executed, in the first program of the first portfolio."""

DIVISION, PROGRAM = 50_000, 50
"""How many projects stand below one of these."""

_HERE = Path(__file__).parent / "organisation"


def fill(projects: int, *, are_triggers_on: bool = False) -> None:
    """Make an organisation of so many projects with everything marked, as after an import.

    The triggers may stay off meanwhile: what they would derive is written like the rest. The plan
    of every project is frozen by the product itself.
    """
    parameters: dict[str, int | date] = {
        "projects": projects,
        "divisions": max(2, -(-projects // DIVISION)),
        "programs": -(-projects // PROGRAM),
        "as_of": AS_OF,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        if not are_triggers_on:
            cursor.execute("SET LOCAL session_replication_role = replica")
        for name in ("tree", "work"):
            cursor.execute(statement(_HERE / f"{name}.sql"), parameters)
        cursor.execute("ANALYZE projects_task, projects_project, core_component")
        take_baselines(Project.objects.values_list("pk", flat=True))
        cursor.execute(statement(_HERE / "judgement.sql"), parameters)
        for sql in connection.ops.sequence_reset_sql(no_style(), [Component, Task, Benefit]):
            cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE")


@contextmanager
def organisation(stack: Stack, projects: int) -> Iterator[float]:
    """Use a database of its own with so many projects, as it is once autovacuum has passed.

    Yields how many seconds they took to make.
    """
    with stack.own_database(f"organisation_of_{projects}"):
        start = perf_counter()
        fill(projects)
        taken = perf_counter() - start
        settle_tables()
        yield taken


def settle_tables() -> None:
    """Do at once what autovacuum does within minutes after a bulk of writes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
