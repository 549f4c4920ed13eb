"""The whole machine, and many runs of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from ppm.core.models import Snapshot
from tests import oracle
from tests.rollup.machine.benefits import BenefitSteps
from tests.rollup.machine.files import FileSteps
from tests.rollup.machine.model import Figures, everything
from tests.rollup.machine.tree import TreeSteps
from tests.rollup.machine.ways import ByApi
from tests.rollup.machine.work import WorkSteps
from tests.rollup.states import stored, sweep

STEPS = 50
BATCH = 9
"""How many runs one seed makes. After ten Hypothesis begins to repeat parts of a run in the next,
so that few of many would be new."""


@dataclass
class Tally:
    """How much all machines of this process did."""

    runs: int = 0
    steps: int = 0
    figures: int = 0

    def counted(self) -> tuple[int, int, int]:
        """Return the counts; each run was also looked at before its first step."""
        return self.runs, self.steps - self.runs, self.figures


TALLY = Tally()


class Company(TreeSteps, WorkSteps, BenefitSteps, FileSteps):
    """Two trees of one currency, the root of another, and all that happens to them."""

    def __init__(self) -> None:
        """Count the run."""
        super().__init__()
        TALLY.runs += 1

    def check_invariants(self, *args: Any, **options: Any) -> None:
        """Count the step."""
        TALLY.steps += 1
        super().check_invariants(*args, **options)

    def teardown(self) -> None:
        """Compare a last time, also with the oracle that reads the database; take all back."""
        try:
            self.compare()
            wrong = oracle.differences(oracle.expected(now=self.now), stored(now=self.now))
            assert not wrong, wrong
        finally:
            self.scope.close()

    @initialize(is_online=st.sampled_from([False] * 9 + [True]))
    def found(self, is_online: bool) -> None:
        """Found the company: in each of two trees a program with a project at work.

        The benefit of each program rests on the project of the other.
        """
        if is_online:
            self.way = ByApi(self.user)
        programs, projects = [], []
        for currency in ("EUR", "EUR", "USD"):
            tree = {"currency": currency, "time_zone": "Europe/Vienna"}
            root = self.add("portfolio", None, "active", **tree)
            if currency == "EUR":
                programs.append(self.add("program", root, "executing"))
                projects.append(self.add("project", programs[-1], "executing"))
                start = self.today - timedelta(20)
                self.add_task(projects[-1], "1", start, start + timedelta(60), "1000")
                self.freeze(projects[-1])
        for program, project in zip(programs, reversed(projects), strict=True):
            benefit = self.add_benefit(program, "5000", "1")
            self.add_link(benefit, project, "1", None)

    @rule(days=st.sampled_from([1, 1, 1, 3, 7, 30, 36]))
    def days_pass(self, days: int) -> None:
        """Let days pass."""
        self.now += timedelta(days)

    @rule()
    def compare(self) -> None:
        """Sweep, and find stored what the memory says."""
        sweep(now=self.now)
        wanted = everything(self.nodes.values(), self.today)
        TALLY.figures += sum(map(len, wanted.values()))
        wrong = differences(wanted, figures_on(self.today))
        assert not wrong, wrong


def run_batch(number: int) -> None:
    """Let machines run, always the same ones for a number; the first does what is simplest."""
    few = settings(
        max_examples=BATCH,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    # Left to itself Hypothesis also tries what happens where a run stops after a step or two.
    run_state_machine_as_test(seed(number)(Company), settings=few, _min_steps=STEPS)


def figures_on(day: date) -> dict[str, Figures]:
    """Read all columns and ratios that the model has, by the code of the component."""
    found = Snapshot.objects.newest_on(day).select_related("component")
    return {snapshot.component.code: vars(snapshot) | ratios(snapshot) for snapshot in found}


def ratios(snapshot: Snapshot) -> Figures:
    """Read the ratios, which are not stored."""
    return {name: getattr(snapshot, name) for name in ("cpi", "spi", "roi")}


def differences(wanted: dict[str, Figures], found: dict[str, Figures]) -> list[str]:
    """Tell component, column, and what the model and the database say."""
    assert wanted.keys() == found.keys()
    return [
        f"{code} {column}: {value} in memory, {found[code][column]} stored"
        for code, figures in wanted.items()
        for column, value in figures.items()
        if value != found[code][column]
    ]
