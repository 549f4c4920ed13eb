"""One import from the file to the commit: all rows or none, unless the rest is wanted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db import transaction

from portfolios.importing.access import Access
from portfolios.importing.completing import complete
from portfolios.importing.mapping import Mapping
from portfolios.importing.planning import Entries, plan, read_entries
from portfolios.importing.reading import Table, nth, read_table
from portfolios.importing.report import (
    Rejection,
    Report,
    Say,
    UnreadableFileError,
    say_nothing,
)
from portfolios.importing.source import Reading
from portfolios.importing.writing import Writer
from ppm.core.auditing.acting import acting
from ppm.core.models import User
from ppm.core.nudge import nudge

LACKING = "the mapping names this column, but the file does not have it"
DOUBLED = "this heading is there several times: name one of them, as in “{}”"


@dataclass(frozen=True)
class Run:
    """How an import is to run.

    `as_of` is the date the file is about; with `sets_status_date` it becomes that of the trees.
    `partial` writes the sound rows though others are rejected; `dry_run` writes nothing.
    `by` is the user who imports, and may then do no more than on pages; None: a command, which
    may do everything. `say` is told what is being done.
    """

    as_of: date
    request_id: UUID
    sets_status_date: bool = False
    partial: bool = False
    dry_run: bool = False
    by: User | None = None
    say: Say = say_nothing


def import_file(path: Path, mapping: Mapping, run: Run) -> Report:
    """Import a file; return what was done and what was rejected."""
    run.say(f"reading {path.name}", 0, 0)
    table = read_table(path, mapping.layout)
    complete(table, mapping)
    headings = [*table.heading_errors, *_lacking(table, mapping)]
    if headings:
        return Report(table.number_of_rows, rejections=headings, dry_run=run.dry_run)
    if not table.number_of_rows:
        raise UnreadableFileError(f"{path.name}: the file has no rows")
    left_out: Counter[str] = Counter()
    reading = Reading(run.as_of, mapping.date_formats)
    entries, unread = read_entries(table, mapping, reading, left_out)
    user_id = run.by.pk if run.by else None
    with acting(user_id=user_id, request_id=run.request_id), transaction.atomic():
        report = _settle(table, mapping, run, entries, [*table.rejections, *unread])
        report.left_out = left_out
        acceptable = report.is_acceptable(run.partial)
        report.written = acceptable and not run.dry_run
        if report.written:
            transaction.on_commit(nudge)
        else:
            transaction.set_rollback(True)
        if not acceptable:
            report.take_back()
    return report


def _settle(
    table: Table, mapping: Mapping, run: Run, entries: dict[int, Entries], unread: list[Rejection]
) -> Report:
    """Write what can be written; for a partial import again without the rows then refused."""
    rejections = list(unread)
    while True:
        report = Report(table.number_of_rows, dry_run=run.dry_run)
        with transaction.atomic():
            planned = plan(entries, table, mapping, {rejection.row for rejection in rejections})
            writer = Writer(
                mapping, table, run.as_of, run.request_id, Access(run.by), run.say, report
            )
            writer.write(planned)
            if run.sets_status_date:
                writer.set_status_date()
            refused = bool(report.rejections)
            if refused and run.partial:
                transaction.set_rollback(True)
        rejections += [*planned.rejections, *report.rejections]
        if not (refused and run.partial):
            break
    report.rejections = sorted(set(rejections))
    report.count_rejections()
    return report


def _lacking(table: Table, mapping: Mapping) -> list[Rejection]:
    missing = [column for column in mapping.columns() if column not in table.headings]
    return [
        Rejection(1, name, DOUBLED.format(first) if first in table.headings else LACKING)
        for name, first in ((column, nth(column, 1)) for column in missing)
    ]
