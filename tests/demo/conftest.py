"""The demo, made once for all tests of a module that only read it."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from portfolios.demo import seed

TODAY = date(2026, 5, 11)
NOW = datetime(2026, 5, 11, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[float]:
    """Make the demo, tell how many seconds that took, and undo it at last."""
    with django_db_blocker.unblock(), transaction.atomic():
        started = time.monotonic()
        seed(now=NOW, as_of=TODAY)
        yield time.monotonic() - started
        transaction.set_rollback(True)
