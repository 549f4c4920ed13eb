"""A thousand requests that Schemathesis makes up, the same each time: what is asked is described.

`python3 run.py chaos fuzz` makes up twenty thousand, new ones each time.
"""

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz.callers import callers
from tests.fuzz.running import Run, Tally
from tests.fuzz.serving import serving

LEAST = 1_000
ASKING = {
    "contributor": ["examples", "fuzzing"],
    "manager": ["examples", "fuzzing", "stateful"],
    "administrator": ["examples", "fuzzing"],
}
"""The phases of each caller."""


@pytest.fixture
def silence() -> Iterator[None]:
    """Do not log a thousand refusals."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
def test_the_api_is_what_its_description_says(db: None, silence: None) -> None:
    tally = Tally()
    tokens = callers()
    with serving() as address:
        for caller, phases in ASKING.items():
            Run(caller, tokens[caller], phases, examples=1, seed=1).into(tally, address)
    assert tally.findings == [], "\n\n".join(tally.findings)
    assert tally.cases >= LEAST
