"""An export from the list to the stored file."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework.exceptions import ValidationError

from ppm.core.exporting.asking import Asked, List
from ppm.core.exporting.formats import CsvFile, File, JsonLinesFile, XlsxFile
from ppm.core.exporting.parts import Parts
from ppm.core.jobs import Clock, JobRefusedError, Outcome, Say
from ppm.core.models import Job
from ppm.core.reach import answering


class FileFormat(models.TextChoices):
    """How a file is written."""

    XLSX = "xlsx", "Excel workbook (.xlsx)"
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON Lines"


FILES: dict[str, Any] = {
    FileFormat.XLSX: XlsxFile,
    FileFormat.CSV: CsvFile,
    FileFormat.JSONL: JsonLinesFile,
}


def export(job: Job, say: Say, clock: Clock) -> Outcome:
    """Write what the owner sees of a list now into the job's file.

    Rows are read in the name of the owner, as in a request: what he may not see, and amounts that
    he may not, are not in the file.
    """
    read_at = clock()
    with answering():
        try:
            found = List(asked_in(job), job.owner)
        except ValidationError as error:  # of a release that knew other parameters
            raise JobRefusedError("The list does not take these parameters any more.") from error
        parts = Parts(job)
        about = told_about(job, read_at=read_at.isoformat(timespec="seconds"))
        count = fill(FILES[job.asked["format"]](parts, found.columns, about), found, say)
    parts.close()
    report = {
        "bytes": parts.size,
        "sha256": parts.digest.hexdigest(),
        "read_at": read_at.isoformat().replace("+00:00", "Z"),
        "as_of": asked_in(job).parameters.get("as_of"),
    }
    said = f"{count:,} row{'' if count == 1 else 's'} written."
    return Outcome(said, report=report, rows_ok=count)


def asked_in(job: Job) -> Asked:
    """Read what a job is to export."""
    asked = job.asked
    return Asked(asked["collection"], asked["query"], tuple(asked["fields"]))


def told_about(job: Job, *, read_at: str) -> dict[str, str]:
    """Say what the file holds."""
    asked = asked_in(job)
    return {
        "List": asked.collection,
        "Filter": asked.query or "none: all that you may see",
        "As of": asked.parameters.get("as_of", "now: no past day was asked for"),
        "Read at": read_at,
        "For": str(job.owner),
    }


def fill(file: File, found: List, say: Say) -> int:
    """Write all rows, and say how far it has come; return how many there are."""
    count, total = 0, found.count()
    say("writing rows", 0, total)
    for portion in found.portions():
        file.add(portion)
        count += len(portion)
        say("writing rows", count, max(count, total))
    say("packing the file", count, count)
    file.close()
    return count
