"""What the tests of the roll-up share."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest
from django.db import connection

from ppm.celery import app
from tests.arithmetic.conftest import vectors
from tests.conftest import wait_until

__all__ = ["quiet_worker", "vectors"]


@pytest.fixture
def quiet_worker(transactional_db: None, worker: Path) -> Iterator[Path]:
    """Return the log of a worker that has nothing else to do, and leave it so."""
    _silence()
    yield worker
    _silence()


def _silence() -> None:
    app.control.purge()
    wait_until(_is_silent, seconds=30, what="an idle worker")


def _is_silent() -> bool:
    """Tell whether nobody else uses the database for half a second."""
    for _ in range(25):
        if _is_used():
            return False
        sleep(0.02)
    return True


def _is_used() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND state <> 'idle')"
        )
        return bool(cursor.fetchone()[0])
