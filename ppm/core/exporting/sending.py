"""Sending the file of an export, part by part."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from ppm.core.exporting.writing import FILES
from ppm.core.models import Job


def send_file(job: Job) -> StreamingHttpResponse:
    """Answer with the file of a job, to whoever may have it."""
    kind, report = FILES[job.asked["format"]], job.report or {}
    name = f"{job.title} {report['read_at'][:10]}.{kind.suffix}"
    headers: dict[str, Any] = {
        "Content-Disposition": content_disposition_header(True, name),
        "Content-Length": str(report["bytes"]),
    }
    parts = job.parts.all().contents()
    # A file to be kept, whatever is in it: no browser is to show it as a page.
    return StreamingHttpResponse(parts, content_type="application/octet-stream", headers=headers)
