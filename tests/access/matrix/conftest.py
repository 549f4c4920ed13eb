"""The organisation of the matrix, those who ask, and the figures that it ends with."""

import logging
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from tests.access.matrix.asking import Asker, Findings
from tests.access.matrix.callers import Caller
from tests.access.matrix.organisation import Organisation, organisation

Report = Callable[[Findings, set[str]], None]


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Organisation]:
    """Return two trees with something of everything; thousands of refusals are not logged."""
    with django_db_blocker.unblock(), transaction.atomic():
        logging.disable(logging.CRITICAL)
        yield organisation()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture
def asker(caller: Caller, places: Organisation, db: None) -> Asker:
    """Return the browser of a caller; nothing of what one does is left for the next."""
    return Asker(caller, places)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """Return what notes the figures of a caller, and fails where something was found."""

    def noted(findings: Findings, missing: set[str]) -> None:
        record_property("matrix requests", findings.requests)
        record_property("matrix leaks", len(findings.leaks))
        record_property("matrix missing", sorted(missing))
        found = [*findings.leaks, *findings.failures]
        assert not found, "\n".join(found)
        assert missing == set()

    return noted
