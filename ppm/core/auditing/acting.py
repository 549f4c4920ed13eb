"""Who acts, told to the database with each statement that writes.

Triggers read the settings `ppm.actor` and `ppm.request_id` of the transaction. They are set in
the same round trip as the statement itself, and anew each time: a savepoint that is rolled back
takes them along, and of two writes in one transaction each may be somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ppm.core import logs

_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|\()*(\w+)")
_WRITING = ("INSERT", "UPDATE", "DELETE", "MERGE")


@dataclass(frozen=True)
class Acting:
    """Who acts, where it is not the user of the request."""

    user_id: int | None
    request_id: UUID | None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(*, user_id: int | None, request_id: UUID | None) -> Iterator[None]:
    """Have all writes of the block be the user's: a job's that somebody else's process does."""
    token = _acting.set(Acting(user_id, request_id))
    try:
        yield
    finally:
        _acting.reset(token)


def tell_who_acts(connection: Any, **_: object) -> None:
    """Have a connection that has just been opened tell the database who acts."""
    if _with_actor not in connection.execute_wrappers:
        connection.execute_wrappers.append(_with_actor)


def _with_actor(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Put the settings before a statement that writes."""
    is_told = isinstance(sql, str) and _may_write(sql)
    return execute(_settings() + sql if is_told else sql, params, many, context)


def _may_write(sql: str) -> bool:
    """Tell whether a statement writes; one too many does no harm."""
    match = _FIRST_WORD.match(sql)
    word = match[1].upper() if match else ""
    if word != "WITH":
        return word in _WRITING
    text = sql.upper()
    return any(writing in text for writing in _WRITING)


def _settings() -> str:
    """Write the statement that sets them; a number and a UUID need no quoting."""
    who = _acting.get()
    if who is None:
        who = Acting(logs.current_user_id(), _uuid(logs.current_request_id()))
    user, request = who.user_id or "", who.request_id or ""
    return (
        f"SELECT set_config('ppm.actor', '{user}', true), "
        f"set_config('ppm.request_id', '{request}', true); "
    )


def _uuid(text: str | None) -> UUID | None:
    """Read an id that may have come with a message: only a UUID gets into a statement."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
