"""Several transactions at once, each on its own connection, stepped by the test."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, transaction

from tests.conftest import wait_until

Result = TypeVar("Result")
PATIENCE = 20.0
"""Seconds after which a step counts as stuck."""


class Session:
    """A thread with a connection of its own, in one open transaction."""

    def __init__(self) -> None:
        """Connect and begin."""
        self._thread = ThreadPoolExecutor(max_workers=1)
        self.process_id: int = self.do(_begin)

    def start(self, work: Callable[..., Result], *args: Any, **options: Any) -> Future[Result]:
        """Begin a step that may have to wait for another session."""
        return self._thread.submit(work, *args, **options)

    def do(self, work: Callable[..., Result], *args: Any, **options: Any) -> Result:
        """Do a step that must not have to wait."""
        return self.start(work, *args, **options).result(PATIENCE)

    def commit(self) -> None:
        """Commit; the next step begins another transaction."""
        self.do(transaction.commit)

    def wait_until_blocked(self, by: "Session") -> None:
        """Wait until the step under way waits for a lock that the other session holds."""
        wait_until(lambda: by.process_id in self._blockers(), seconds=PATIENCE, what="a lock")

    def _blockers(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_blocking_pids(%s)", [self.process_id])
            blockers: list[int] = cursor.fetchone()[0]
        return blockers

    def close(self) -> None:
        """Roll back what was not committed and disconnect."""
        self._thread.submit(_end)
        self._thread.shutdown()


def _begin() -> int:
    transaction.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process_id: int = cursor.fetchone()[0]
    return process_id


def _end() -> None:
    transaction.rollback()
    connection.close()


@contextmanager
def sessions(number: int) -> Iterator[list[Session]]:
    """Open that many sessions; the test needs `transactional_db`."""
    opened = [Session() for _ in range(number)]
    try:
        yield opened
    finally:
        for session in opened:
            session.close()
