"""A made-up organisation of any size, written into an empty database by set-based SQL."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.core.management.color import no_style
from django.db import connection, transaction

from ppm.core.models import Component
from ppm.core.sql import statement
from programs.models import Benefit
from projects.baselining import take_baselines
from projects.models import Project, Task

AS_OF = date(2026, 6, 30)
"""The status date of its tree."""

A_PROJECT = "PROJECT-7"
DIVISION, PORTFOLIO, PROGRAM = 50_000, 1_000, 50
"""How many projects stand below one of these."""

_HERE = Path(__file__).parent / "organisation"


def fill(projects: int, *, are_triggers_on: bool = False) -> None:
    """Make an organisation of so many projects with everything marked, as after an import.

    The triggers may stay off meanwhile: what they would derive is written like the rest. The plan
    of every project is frozen by the product itself.
    """
    parameters = {
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
