"""Imports that pages start. A worker does them, one at a time.

The row of an import says what is to be done; a message to a worker is only a nudge, as for the
roll-up. What an import writes and how it ended are committed together: if a worker dies, neither
is there, and beat sends the next one. Progress is written on a connection of its own, else
nobody would see it before the end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

from portfolios.importing.mapping import parse_toml
from portfolios.importing.preview import on_disk
from portfolios.importing.report import (
    MappingError,
    RefusedError,
    Report,
    Say,
    UnreadableFileError,
)
from portfolios.importing.running import Run, import_file
from portfolios.models import ImportRun, ImportState
from ppm.core.nudge import nudge

logger = logging.getLogger(__name__)

TASK = "portfolios.tasks.import_next"
ATTEMPTS = 3
KEPT = timedelta(days=30)
"""How long a file waits to be imported."""
LINKED = 20
"""How many of the components that a file is about are remembered."""
GIVEN_UP = f"Nothing was written: {ATTEMPTS} attempts ended before they were done."
BROKEN = "Nothing was written: something went wrong on our side. It is in the log as import %d."

_LOCK = -3
"""Beside the structure of the tree and the chain of decisions: ids of trees are above zero."""
Clock = Callable[[], datetime]


def wake_worker() -> None:
    """Tell a worker that an import waits."""
    nudge(TASK, queue="jobs")


def do_next(*, clock: Clock) -> bool:
    """Do what has waited longest, unless another worker does; tell whether something was done."""
    with transaction.atomic():
        if not _is_free():
            return False
        ImportRun.objects.forgettable(before=clock() - KEPT).delete()
        run = ImportRun.objects.waiting().select_related("owner").first()
        if run is None:
            return False
        if run.attempts < ATTEMPTS:
            _attempt(run, clock)
        else:
            run.end(ImportState.FAILED, GIVEN_UP, now=clock())
    return True


def _is_free() -> bool:
    """Take the lock of all imports until the transaction ends; tell whether it was free."""
    with connection.cursor() as cursor:
        # An import has limits of its own: those of the task.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _attempt(run: ImportRun, clock: Clock) -> None:
    try:
        with _notes(run) as say, transaction.atomic():
            report = _work(run, say, clock())
            _end(run, report, clock())
    except (MappingError, UnreadableFileError, RefusedError) as error:
        sentence = f"Nothing was written: {str(error).rstrip('.')}."
        run.end(ImportState.REFUSED, sentence, now=clock())
    except OperationalError:  # the database was away, or stopped it: the next attempt may do
        raise
    except Exception:
        logger.exception("import %d failed", run.pk)
        run.end(ImportState.FAILED, BROKEN % run.pk, now=clock())


@contextmanager
def _notes(run: ImportRun) -> Iterator[Say]:
    """Count an attempt, and yield what notes progress: beside the transaction of the import."""
    table = ImportRun._meta.db_table
    second = connections.create_connection(DEFAULT_DB_ALIAS)

    def say(line: str, done: int, total: int) -> None:
        with second.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET message = %s, done = %s, total = %s WHERE id = %s",  # noqa: S608
                [line, done, total, run.pk],
            )

    try:
        with second.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET attempts = attempts + 1 WHERE id = %s",  # noqa: S608
                [run.pk],
            )
        yield say
    finally:
        second.close()


def _work(run: ImportRun, say: Say, now: datetime) -> Report:
    mapping = parse_toml(run.mapping)
    is_check = run.state == ImportState.CHECKING
    with on_disk(run.file_name, bytes(run.content)) as path:
        return import_file(
            path,
            mapping,
            Run(
                as_of=run.as_of or mapping.as_of or now.date(),
                request_id=run.request_id,
                sets_status_date=run.sets_status_date,
                # A check tells what would become of the sound rows, whatever is wrong with others.
                partial=is_check or run.is_partial,
                dry_run=is_check,
                by=run.owner,
                say=say,
            ),
        )


def _end(run: ImportRun, report: Report, now: datetime) -> None:
    state = ImportState.DONE if report.written else ImportState.REFUSED
    if report.dry_run:
        state = ImportState.CHECKED
    linked = report.component_ids[:LINKED] if report.written else []
    run.end(state, report.summary(), now=now, report=report.as_json(), component_ids=linked)
