"""What a web process counts: answers, their seconds, nudges that were lost.

gunicorn's processes count together, through files that `gunicorn.conf.py` makes room for. What
workers count is in `ppm.core.tally`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

logger = structlog.stdlib.get_logger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

_own = CollectorRegistry()

REQUESTS = Counter("ppm_http_requests", "Answers.", ["view", "method", "status"], registry=_own)
SECONDS = Histogram(
    "ppm_http_request_seconds", "Seconds until an answer.", ["view", "method"], registry=_own
)
NUDGES_LOST = Counter(
    "ppm_nudges_lost",
    "Requests after which the broker could not be told; the next sweep did.",
    registry=_own,
)


def count_answer(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Count an answer by the name of its view: addresses would be without number."""
    view = view_of(request)
    method = request.method if request.method in METHODS else "other"
    with _never_failing():
        REQUESTS.labels(view, method, response.status_code).inc()
        SECONDS.labels(view, method).observe(seconds)


def count_lost_nudge() -> None:
    """Count a nudge that did not reach the broker."""
    with _never_failing():
        NUDGES_LOST.inc()


@contextmanager
def _never_failing() -> Iterator[None]:
    """Do without a count where its file cannot be written: that is no reason to refuse anybody."""
    try:
        yield
    except OSError as error:
        logger.warning("not counted", error=str(error))


def view_of(request: HttpRequest) -> str:
    """Return the name of the view; empty where no address fits."""
    return request.resolver_match.view_name if request.resolver_match else ""


def registry() -> CollectorRegistry:
    """Return a registry of what this process counted, and those beside it."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _own
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return together
