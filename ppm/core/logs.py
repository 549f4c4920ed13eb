"""The form of log lines: JSON in production, words for people with DEBUG; one line an event.

Lines of Django, Celery, gunicorn and our own take the same way. A line written within a request
has its id and the id of its user; a line written within a task has the id of the request that
asked for the task. No other personal data and no values of variables are added.

Not django-structlog: it makes ids of its own beside those that facts carry, and writes query
strings and addresses of callers into the log.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty
from structlog.typing import EventDict, Processor

REQUEST_ID = "request_id"

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


@contextmanager
def within_request(request: HttpRequest) -> Iterator[None]:
    """Have all lines of the block name the request and its user."""
    token = _request.set(request)
    try:
        with structlog.contextvars.bound_contextvars(request_id=_id_of(request)):
            yield
    finally:
        _request.reset(token)


def within_task(name: str, task_id: str, request_id: str | None) -> None:
    """Have all lines from here on name the task and the request that asked for it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=name, task_id=task_id)
    if request_id:
        structlog.contextvars.bind_contextvars(request_id=request_id)


def after_task() -> None:
    """Forget the task."""
    structlog.contextvars.clear_contextvars()


def current_request_id() -> str | None:
    """Return the id of the request that is being answered, or that asked for this task."""
    request_id: str | None = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    return request_id


def current_user_id() -> int | None:
    """Return the id of the user of the request that is being answered, as far as it is known."""
    request = _request.get()
    return None if request is None else user_id_of(request)


def user_id_of(request: HttpRequest) -> int | None:
    """Return the id of the user, if something has asked for the user already.

    A log line is no reason to read the session.
    """
    user: Any = request.__dict__.get("user")
    if isinstance(user, LazyObject) and user._wrapped is empty:
        return None
    return getattr(user, "pk", None)


def asked_by(request: HttpRequest) -> dict[str, str | int]:
    """Return the id of the request and that of its user, as far as they are known."""
    ids = {REQUEST_ID: _id_of(request), "user_id": user_id_of(request)}
    return {name: value for name, value in ids.items() if value}


def name_request(_: Any, __: str, event: EventDict) -> EventDict:
    """Add who asked. Django writes its line about an answer when the request is over."""
    request = _request.get() or getattr(event.get("_record"), "request", None)
    return {**asked_by(request), **event} if isinstance(request, HttpRequest) else event


FEED = re.compile(r"(/feeds/)[^/\s]+")


def hide_addresses(_: Any, __: str, event: EventDict) -> EventDict:
    """Leave out what is a secret in the address of a feed: Django and gunicorn name addresses."""
    for name in ("event", "path"):
        if isinstance(event.get(name), str):
            event[name] = FEED.sub(r"\1…", event[name])
    return event


def _id_of(request: HttpRequest) -> str | None:
    found = getattr(request, "id", None)
    return str(found) if found else None


_COMMON: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    name_request,
    hide_addresses,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

# Tracebacks without the values of variables: these may be secrets.
_FOR_MACHINES: list[Processor] = [
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(),
]
_FOR_PEOPLE: list[Processor] = [
    structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
]


def configure(*, is_readable: bool) -> dict[str, Any]:
    """Configure structlog, and return the same for `logging`: the setting `LOGGING`."""
    structlog.configure(
        processors=[*_COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _COMMON,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_FOR_PEOPLE if is_readable else _FOR_MACHINES),
        ],
    }
    # These would have handlers of their own.
    ours = {"handlers": [], "level": logging.INFO, "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": logging.INFO},
        "loggers": dict.fromkeys(("django", "gunicorn.error", "gunicorn.access"), ours),
    }
