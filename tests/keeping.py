"""What the tests of a module start from, stored once for all of them.

It is stored in a transaction around theirs, which are savepoints then: each finds it as it was,
and gets a copy of its rows. A test that commits has no use for that, and stores its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from typing import Generic, TypeVar

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

T = TypeVar("T")

COMMITTING = {"transactional_db", "live_server"}
"""Fixtures of tests that commit."""


class Kept(Generic[T]):
    """Something that is stored for as long as no test commits."""

    of_now: list[Kept[object]] = []
    may_store = True

    def __init__(self, make: Callable[[], T]) -> None:
        """Store it, unless the test that asks for it commits."""
        self._make = make
        self._made: T | None = None
        self._stored = ExitStack()
        if Kept.may_store:
            self._stored.enter_context(_undone())
            self._made = make()
            Kept.of_now.append(self)  # type: ignore[arg-type]

    def copy(self) -> T:
        """Return it as it was stored, or one that is made for this test."""
        return self._make() if self._made is None else deepcopy(self._made)

    def undo(self) -> None:
        """Have it stored no more."""
        self._made = None
        self._stored.close()


@contextmanager
def _undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def keep(make: Callable[[], T]) -> Callable[..., Iterator[Kept[T]]]:
    """Make a fixture of what the tests of a module start from."""

    @pytest.fixture(scope="module")
    def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Kept[T]]:
        with django_db_blocker.unblock():
            what = Kept(make)
            yield what
            what.undo()

    return kept


def prepare(item: pytest.Item) -> None:
    """Undo what is kept before a test that commits."""
    marker = item.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction"))
    commits |= not COMMITTING.isdisjoint(getattr(item, "fixturenames", ()))
    Kept.may_store = not commits
    while commits and Kept.of_now:
        Kept.of_now.pop().undo()
