"""What the audit trail costs: an import of facts, bulk writes of tasks, and small writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from statistics import median

from django.db import connection

from ppm.core.auditing.triggers import PREFIX
from ppm.core.models import AuditEvent, CostEntry
from projects.models import Task
from tests.bench._organisation import AS_OF, organisation
from tests.bench._timing import seconds
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, RUNS, SMALL_WRITES = 10_000, 5, 300
TASKS = PROJECTS * 10

FACTS = """
    INSERT INTO core_costentry
        (component_id, task_id, date, amount, kind, expense, category, description)
    SELECT project_id, id, %s, 100 + id %% 900, 'actual', 'opex', 'Labour', '' FROM projects_task
"""
UPDATE = "UPDATE projects_task SET start_date = start_date + 1, finish_date = finish_date + 1"
COPIES = """
    INSERT INTO projects_task (
        project_id, wbs, name, description, start_date, finish_date, is_key,
        schedule_constraint, budget, earning_method)
    SELECT project_id, 'copy ' || wbs, name, description, start_date, finish_date, FALSE,
        schedule_constraint, 1000, 'zero_hundred'
    FROM projects_task WHERE wbs NOT LIKE 'copy %'
"""
NO_COPIES = "DELETE FROM projects_task WHERE wbs LIKE 'copy %'"


def prove(stack: Stack) -> Result:
    """Write with and without the triggers of the audit, one after the other."""
    result = Result()
    with organisation(stack, PROJECTS):
        _compare(result, "import_of_100000_facts", CostEntry, lambda: _run(FACTS, AS_OF), most=1.1)
        _compare(result, "update_of_100000_tasks", Task, lambda: _run(UPDATE), most=2)
        _compare(result, "300_updates_of_one_task", Task, _small_writes)
        _compare(result, "insert_of_100000_tasks", Task, lambda: _run(COPIES), _remove_copies)
        before = _bytes()
        _run(UPDATE)
        result.note("bytes_an_event", (_bytes() - before) / TASKS)
        result.note("events", AuditEvent.objects.count())
    return result


def _compare(
    result: Result,
    name: str,
    model: type[CostEntry | Task],
    write: Callable[[], None],
    undo: Callable[[], None] = lambda: None,
    *,
    most: float | None = None,
) -> None:
    """Note the seconds of a write, audited or not, and how much longer it takes audited."""
    pairs = []
    for _ in range(RUNS):
        audited = _timed(model, write, undo)
        with _unaudited(model):
            pairs.append((audited, _timed(model, write, undo)))
    result.note(f"{name}_seconds", median(audited for audited, _ in pairs))
    result.note(f"{name}_unaudited_seconds", median(bare for _, bare in pairs))
    result.note(f"{name}_ratio", median(a / b for a, b in pairs), most=most)


def _timed(
    model: type[CostEntry | Task], write: Callable[[], None], undo: Callable[[], None]
) -> float:
    """Write into a table that autovacuum has just passed, with no marks left from before."""
    _run("DELETE FROM core_dirtymark")
    _run(f"VACUUM core_dirtymark, {model._meta.db_table}")
    _run("CHECKPOINT")
    taken = seconds(write)
    undo()
    return taken


@contextmanager
def _unaudited(model: type[CostEntry | Task]) -> Iterator[None]:
    """Switch the triggers of the audit off meanwhile."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE %s",
            [table, f"{PREFIX}%"],
        )
        names = [name for (name,) in cursor.fetchall()]
    for name in names:
        _run(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    yield
    for name in names:
        _run(f"ALTER TABLE {table} ENABLE TRIGGER {name}")


def _small_writes() -> None:
    """Change one task after the other, each in a transaction of its own."""
    for task in Task.objects.order_by("pk")[:SMALL_WRITES]:
        Task.objects.filter(pk=task.pk).update(name=f"{task.name[:200]}.")


def _remove_copies() -> None:
    with _unaudited(Task):
        _run(NO_COPIES)


def _bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('core_auditevent')")
        return int(cursor.fetchone()[0])


def _run(sql: str, *parameters: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
