"""Imports as jobs: a file is checked or imported by a worker, for whoever uploaded it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from portfolios.importing.mapping import Mapping, parse_toml
from portfolios.importing.preview import on_disk
from portfolios.importing.report import (
    MappingError,
    RefusedError,
    Report,
    UnreadableFileError,
)
from portfolios.importing.running import Run, import_file
from portfolios.importing.source import parse_source
from portfolios.importing.values import target_of
from portfolios.models import ImportRun
from ppm.core.jobs import Clock, JobRefusedError, Outcome, Say
from ppm.core.models import Component, Job, JobRow, JobState

KEPT = timedelta(days=30)
"""How long a file waits to be imported."""
LINKED = 20
"""How many of the components that a file is about are remembered."""
PORTION = 2_000


def do_import(job: Job, say: Say, clock: Clock) -> Outcome:
    """Check the file of a job, or import it."""
    run = ImportRun.objects.select_related("owner").get(pk=job.asked["import"])
    try:
        report = _imported(run, job, say, clock())
    except (MappingError, UnreadableFileError, RefusedError) as error:
        raise JobRefusedError(f"Nothing was written: {str(error).rstrip('.')}.") from error
    if report.written:
        run.note_written(report.component_ids[:LINKED])
    return _outcome(job, report)


def forget_uploads(*, now: datetime) -> None:
    """Delete the files that nobody has imported in time."""
    ImportRun.objects.forgettable(before=now - KEPT).delete()


def _imported(run: ImportRun, job: Job, say: Say, now: datetime) -> Report:
    mapping, is_check = placed(parse_toml(run.mapping), run.parent_code), job.asked["dry_run"]
    with on_disk(run.file_name, bytes(run.content)) as path:
        return import_file(
            path,
            mapping,
            Run(
                as_of=run.as_of or mapping.as_of or now.date(),
                request_id=job.request_id,
                sets_status_date=run.sets_status_date,
                # A check tells what would become of the sound rows, whatever is wrong with others.
                partial=is_check or run.is_partial,
                dry_run=is_check,
                by=run.owner,
                say=say,
            ),
        )


def placed(mapping: Mapping, parent: str) -> Mapping:
    """Let what the first level makes stand below a component; as the mapping says without one."""
    if not parent:
        return mapping
    first, *others = mapping.levels
    target = target_of(Component._meta.get_field("code"))
    below = replace(first, parent=parse_source(parent, target, "parent"))
    return replace(mapping, levels=(below, *others))


def _outcome(job: Job, report: Report) -> Outcome:
    """Tell what came of it; the reasons for what was rejected are rows of their own."""
    _store_rejections(job, report)
    failed = len(report.rejected_rows)
    aside = report.left_out.total()
    sound = report.rows_read - failed - aside
    is_taken = report.written or report.dry_run
    told: dict[str, Any] = {**report.as_json()}
    del told["rejections"]
    return Outcome(
        report.summary(),
        JobState.DONE if is_taken else JobState.FAILED,
        report=told,
        rows_ok=sound if is_taken else 0,
        rows_skipped=aside if is_taken else aside + sound,
        rows_failed=failed,
    )


def _store_rejections(job: Job, report: Report) -> None:
    rows = (
        JobRow(job=job, row=one.row, column=one.column, reason=one.reason)
        for one in report.rejections
    )
    JobRow.objects.bulk_create(rows, batch_size=PORTION)
