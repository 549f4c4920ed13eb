"""The organisation of the matrix, and the figures that it ends with."""

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.access.matrix.asking import Findings
from tests.access.matrix.organisation import Organisation, organisation

Report = Callable[[Findings, set[str]], None]


@pytest.fixture
def places(db: None) -> Iterator[Organisation]:
    """Return two trees with something of everything; thousands of refusals are not logged."""
    logging.disable(logging.CRITICAL)
    yield organisation()
    logging.disable(logging.NOTSET)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """Return what notes the figures of a caller, and fails where something was found."""

    def noted(findings: Findings, missing: set[str]) -> None:
        record_property("matrix requests", findings.requests)
        record_property("matrix leaks", len(findings.leaks))
        record_property("matrix missing", sorted(missing))
        assert findings.failures == []
        assert findings.leaks == []
        assert missing == set()

    return noted
