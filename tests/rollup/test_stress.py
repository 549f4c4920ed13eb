"""Two workers and three writers at full speed; then, in the quiet, nothing is left or wrong."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from portfolios import rollup
from ppm.core.models import Component, DirtyMark, Kind
from ppm.core.nudge import nudge
from projects.models import Project
from tests import oracle
from tests.conftest import wait_until
from tests.factories import make_benefit, make_link, make_portfolio, make_program, make_project
from tests.rollup.organisations import TODAY
from tests.rollup.states import NOW, stored
from tests.rollup.writing import commits, write_while
from tests.tree.ways import wrong_paths

SECONDS = 10
WRITERS = 3


@pytest.fixture
def two_trees(transactional_db: None) -> None:
    """Write two trees of one currency, with benefits that depend on projects of both."""
    for _ in range(2):
        root = make_portfolio(status_date=TODAY)
        portfolios = [root, *(make_portfolio(root) for _ in range(2))]
        for portfolio in portfolios:
            for program in (make_program(portfolio) for _ in range(2)):
                for _ in range(4):
                    make_project(program, budget=500)
    projects = list(Project.objects.order_by("pk"))
    for number, home in enumerate(Component.objects.filter(kind=Kind.PROGRAM).order_by("pk")):
        benefit = make_benefit(home)
        for project in projects[number::12]:
            make_link(benefit, project)


@pytest.mark.slow
def test_after_a_storm_every_figure_is_right(two_trees: None, quiet_worker: Path) -> None:
    start, logged = monotonic(), len(quiet_worker.read_text())
    with ThreadPoolExecutor(WRITERS) as writers:
        goes_on = partial(is_before, start + SECONDS)
        ends = [writers.submit(write_while, goes_on, seed=seed) for seed in range(WRITERS)]
    results = [end.result() for end in ends]
    done: Counter[str] = sum((done for done, _ in results), Counter())
    quiet = monotonic()
    wait_until(is_drained, seconds=60, what="the marks")
    drained = monotonic() - quiet
    print(f"{dict(done)}, drained in {drained:.1f} s")
    assert [error for _, errors in results for error in errors] == []
    assert [
        line for line in quiet_worker.read_text()[logged:].splitlines() if "ERROR" in line
    ] == []
    assert commits(done) > 100
    assert wrong_paths() == []
    assert rollup.audit(now=NOW) == (Component.objects.count(), [])
    assert oracle.differences(oracle.expected(now=NOW), stored()) == []


def is_before(deadline: float) -> bool:
    """Tell whether there is time left."""
    return monotonic() < deadline


def is_drained() -> bool:
    """Tell whether no mark is left; otherwise nudge, as beat does every half minute."""
    if DirtyMark.objects.exists():
        nudge()
        return False
    return True
