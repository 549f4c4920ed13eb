"""Default deny: while a request is answered, protected rows are reached in the name of a user.

A queryset of such rows refuses to be read where nothing has asked for whom (`visible_to`,
`changeable_by`, `granting`, `held_by`): a view that forgets it fails, and shows nothing. What
computes figures, judges constraints or looks for what stands in the way needs all rows; it says
so, and why, by `unscoped`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_answering: ContextVar[bool] = ContextVar("is_answering", default=False)


class NamelessReadError(RuntimeError):
    """Protected rows were read in a request, and nothing said for whom."""


@contextmanager
def answering() -> Iterator[None]:
    """Have protected rows read in the name of a user only, while a request is answered."""
    token = _is_answering.set(True)
    try:
        yield
    finally:
        _is_answering.reset(token)


@contextmanager
def unscoped(because: str) -> Iterator[None]:
    """Let all rows be read, in a block or in a function that this decorates.

    Only what is computed from them may leave it, or rows that the caller was given anyway.
    """
    token = _is_answering.set(False)
    try:
        yield
    finally:
        _is_answering.reset(token)


def is_answering() -> bool:
    """Tell whether a request is being answered, and protected rows need a name."""
    return _is_answering.get()
