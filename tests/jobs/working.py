"""Asking for jobs, letting a worker do them, and reading the files that they make."""

import csv
import json
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

from django.utils import timezone
from python_calamine import CalamineWorkbook
from rest_framework.test import APIClient

from portfolios.tasks import WORK
from ppm.core.jobs import do_next
from ppm.core.models import Job, User
from tests.factories import make_job


def worked(job: Job) -> Job:
    """Let a worker do what waits, and look again."""
    assert do_next(WORK, clock=timezone.now)
    return Job.objects.get(pk=job.pk)


def asked(collection: str, query: str = "", form: str = "csv", *fields: str) -> dict[str, Any]:
    """Write what an export asks for."""
    return {"collection": collection, "query": query, "format": form, "fields": list(fields)}


def exported(owner: User, *args: str) -> bytes:
    """Export a list for somebody; return the file."""
    job = worked(make_job(owner, asked=asked(*args)))
    assert job.state == "done", job.message
    return b"".join(job.parts.all().contents())


def sent(client: APIClient, body: dict[str, Any], name: str = "exports", **options: Any) -> Any:
    """Ask the API for a job; return its body."""
    answer = client.post(f"/api/v1/{name}/", body, **options)
    assert answer.status_code == 202, answer.json()
    job = answer.json()
    assert answer["Location"] == f"http://testserver/api/v1/jobs/{job['id']}/"
    return job


def lines_of(content: bytes) -> list[dict[str, str]]:
    """Read a CSV file."""
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def objects_of(content: bytes) -> list[Any]:
    """Read JSON Lines."""
    return [json.loads(line) for line in content.decode().splitlines()]


def cells_of(content: bytes, sheet: str = "Rows") -> list[list[Any]]:
    """Read a sheet of a workbook by another library than it was written by."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    rows: list[list[Any]] = book.get_sheet_by_name(sheet).to_python()
    return rows


def formulas_in(content: bytes) -> int:
    """Count the cells of a workbook that are computed, and the links."""
    with ZipFile(BytesIO(content)) as archive:
        sheets = [archive.read(n).decode() for n in archive.namelist() if "/sheet" in n]
    return sum(
        sheet.count("<f>") + sheet.count("<f ") + sheet.count("<hyperlink") for sheet in sheets
    )
