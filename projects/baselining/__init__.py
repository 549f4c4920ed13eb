"""Taking baselines: the plan as it is approved, frozen for many projects at once.

Each step reads what the one before it stored, not what it returned: the planner knows how many
rows a table has, and would take a returned set for a single row.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.db import connection, transaction

from ppm.core.defaults import STANDARD_CALENDAR
from ppm.core.reach import unscoped
from ppm.core.sql import portions, relations, statement
from projects.models import Baseline

HERE = Path(__file__).parent
MANY = 5_000
"""So many projects at most are planned by one statement: a curve has a hundred points each."""

NOT_PLANNED = "A baseline needs tasks, or else the project's start, finish and budget."


@unscoped("the baselines of projects that the caller may change")
@transaction.atomic
def take_baselines(
    project_ids: Collection[int], *, name: str = "", approved_by_id: int | None = None
) -> int:
    """Freeze the present plan of the projects as their current baseline; return how many were.

    The first baseline of a project has number 0. Projects without tasks are one work package on
    their own dates and budget; those that have none of these are left out and keep what they had.
    """
    _hold_calendars()
    current = Baseline.objects.filter(project__in=project_ids, is_current=True)
    before = list(current.values_list("pk", flat=True))
    current.update(is_current=False)
    parameters = {
        "name": name,
        "approved_by": approved_by_id,
        "default_calendar": STANDARD_CALENDAR,
    }
    with connection.cursor() as cursor:
        for ids in portions(list(project_ids), MANY):
            for step in _steps():
                cursor.execute(step, {**parameters, "ids": ids})
    kept = Baseline.objects.filter(pk__in=before).exclude(project__in=current.values("project"))
    kept.update(is_current=True)
    return current.exclude(pk__in=before).count()


def _steps() -> list[str]:
    """Write the statements: the baselines, what is frozen in them, and their curves."""
    packages = relations([HERE / "package.sql"])
    first, second, *others = (
        statement(HERE / f"{name}.sql") for name in ("baseline", "task", "milestone", "curve")
    )
    return [f"{packages} {first}", f"{packages} {second}", *others]


def _hold_calendars() -> None:
    """Let nobody change a calendar until what is planned by it can be seen, and be marked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM core_workcalendar ORDER BY id FOR KEY SHARE")
