"""A bulk import of a million facts, and what it costs that they mark their components."""

from statistics import median

from django.db import connection

from ppm.core.models import CostEntry
from projects.models import Progress
from tests.bench._organisation import AS_OF, organisation
from tests.bench._timing import seconds
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, PORTIONS, PORTION, RUNS = 10_000, 100, 10_000, 3
MOST = 1.3

COSTS = """
    INSERT INTO core_costentry
        (component_id, task_id, date, amount, kind, expense, category, description)
    SELECT project_id, id, %s, 100 + id %% 900, 'actual', 'opex', 'Labour', ''
    FROM projects_task WHERE id > %s ORDER BY id LIMIT %s
"""
PROGRESS = """
    INSERT INTO projects_progress (task_id, date, percent, note)
    SELECT id, %s, id %% 101, '' FROM projects_task WHERE id > %s ORDER BY id LIMIT %s
"""


def prove(stack: Stack) -> Result:
    """Insert a million rows of each kind with and without the marks, one after the other."""
    result = Result()
    with organisation(stack, PROJECTS):
        for name, model, sql in (("costs", CostEntry, COSTS), ("progress", Progress, PROGRESS)):
            pairs = [(_load(sql), _without_marks(model._meta.db_table, sql)) for _ in range(RUNS)]
            result.note(f"million_{name}_seconds", median(marked for marked, _ in pairs))
            result.note(f"million_{name}_unmarked_seconds", median(bare for _, bare in pairs))
            ratio = median(marked / bare for marked, bare in pairs)
            result.note(f"marks_ratio_of_{name}", ratio, most=MOST)
    return result


def _load(sql: str) -> float:
    """Insert a million facts in portions, each a statement and a transaction; return seconds."""

    def load() -> None:
        for portion in range(PORTIONS):
            with connection.cursor() as cursor:
                first = portion * PORTION % (PROJECTS * 10)
                cursor.execute(sql, [AS_OF, first, PORTION])

    return seconds(load)


def _without_marks(table: str, sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, "pgtrigger_mark_%"],
        )
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        taken = _load(sql)
        for name in names:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
    return taken
