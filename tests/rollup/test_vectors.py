"""Worked vectors, read from what a roll-up stores."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from portfolios.models import Portfolio
from ppm.core.models import Component, Health, Known, PortfolioRule, Snapshot, State, User
from programs.models import LinkMode, Program
from programs.rollup import benefit_figures
from projects.baselining import take_baselines
from projects.models import EarningMethod, Project
from tests.factories import (
    make_benefit,
    make_cost,
    make_link,
    make_policy,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_report,
    make_risk,
    make_task,
)
from tests.rollup.states import sweep

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 31)
BEFORE, AFTER = date(2026, 3, 2), date(2026, 12, 31)
COLOURS = {"G": Health.GREEN, "A": Health.AMBER, "R": Health.RED, "U": Health.UNKNOWN}

Vectors = dict[str, dict[str, Any]]


def root() -> Portfolio:
    """Make the root of a tree that stands on `AS_OF`."""
    return make_portfolio(status_date=AS_OF)


def snapshot(component: Component) -> Snapshot:
    """Return what is stored of a component."""
    return Snapshot.objects.newest_on(AS_OF).get(component=component)


def performing(
    parent: Component, *, bac: int, ev: int, pv: int, ac: int, state: State = State.EXECUTING
) -> Project:
    """Make a project with these figures: one package done, one due, one neither."""
    project = make_project(parent, state=state, start_date=BEFORE, finish_date=AFTER)
    both = min(ev, pv)
    packages = [(both, BEFORE, 100), (ev - both, AFTER, 100), (pv - both, BEFORE, 0)]
    packages.append((bac - max(ev, pv), AFTER, 0))
    for budget, finish, percent in packages:
        task = make_task(
            project,
            start_date=BEFORE,
            finish_date=finish,
            budget=budget,
            earning_method=EarningMethod.ZERO_HUNDRED,
        )
        make_progress(task, percent, AS_OF)
    take_baselines([project.pk])
    make_cost(project, ac, AS_OF)
    return project


def coloured(parent: Component, approver: User, colour: str, weight: int) -> Project:
    """Make a project without any news, and put a colour over that; `U` leaves it unknown."""
    start = AS_OF - timedelta(400)
    project = make_project(parent, start_date=start, finish_date=AFTER, budget=weight)
    take_baselines([project.pk])
    if colour != "U":
        paint(project, approver, COLOURS[colour])
    return project


def paint(component: Component, approver: User, health: Health) -> None:
    """Override the health of a component, approved."""
    make_report(
        component,
        health,
        AS_OF,
        override_reason="As agreed in the review of the steering committee.",
        valid_until=AS_OF,
        approved_by=approver,
    )


def delivering(home: Component, *, cost: Decimal | int, benefit: Decimal | int) -> None:
    """Book a cost and promise a benefit that a closed project has delivered."""
    project = make_project(home, state=State.CLOSED)
    make_cost(project, cost, AS_OF)
    make_link(make_benefit(home, benefit), project)


def entry(found: Snapshot, measure: str) -> dict[str, Any]:
    """Find a line of the explanation."""
    return next(line for line in found.reasons["health"] if line["measure"] == measure)


@pytest.fixture
def approver() -> User:
    """Return somebody who approves overrides."""
    return User.objects.create(username="approver")


def near(value: Decimal | float | None, expected: float, tolerance: float = 1e-5) -> bool:
    """Tell whether a stored figure is the vector's, which has six digits."""
    return value is not None and abs(float(value) - expected) <= tolerance


def test_an_index_of_a_sum_is_a_ratio_of_sums(vectors: Vectors) -> None:
    expected, top = vectors["EVM-09"]["expected"], root()
    performing(top, bac=200, ev=100, ac=50, pv=80)
    performing(top, bac=2000, ev=900, ac=1200, pv=1100)
    sweep()
    assert near(snapshot(top).cpi, expected["CPI_sum"])
    assert near(snapshot(top).spi, expected["SPI_sum"])


def test_a_change_below_reaches_every_level(vectors: Vectors) -> None:
    expected, top = vectors["ROLL-01"]["expected"], root()
    program = make_program(top)
    performing(program, bac=200, ev=90, ac=100, pv=100)
    changed = performing(program, bac=100, ev=60, ac=50, pv=80)
    performing(top, bac=500, ev=300, ac=450, pv=350)
    sweep()
    make_progress(make_done(changed, 20), 100, AS_OF)
    make_cost(changed, 20, AS_OF)
    sweep()
    assert near(snapshot(top).ev, expected["EV"])
    assert near(snapshot(top).ac, expected["AC"])
    assert near(snapshot(top).cpi, expected["CPI"])
    assert near(snapshot(program).cpi, expected["PG1_CPI"])


def make_done(project: Project, budget: int) -> Any:
    """Find the package of that budget."""
    return project.tasks.filter(budget=budget).order_by("pk").first()


def test_worst_of_follows_its_parts(vectors: Vectors, approver: User) -> None:
    top = root()
    make_policy(top, rule=PortfolioRule.WORST_OF)
    parts = [coloured(top, approver, colour, 100) for colour in "GGGA"]
    colours = []
    for painted in ("", "R", "A"):
        if painted:
            paint(parts[0], approver, COLOURS[painted])
        sweep()
        colours.append(Health(snapshot(top).health).name)
    assert colours == vectors["ROLL-03"]["expected"]["s"]


def test_a_state_decides_what_is_rolled_up(vectors: Vectors) -> None:
    expected, top = vectors["ROLL-04"]["expected"], root()
    performing(top, bac=100, ac=40, ev=50, pv=50)
    performing(top, bac=200, ac=80, ev=60, pv=90, state=State.TERMINATED)
    make_project(top, state=State.PROPOSAL, budget=500)
    performing(top, bac=50, ac=60, ev=50, pv=50, state=State.CLOSED)
    sweep()
    found = snapshot(top)
    assert (found.spent, found.sunk) == (expected["spent"], expected["sunk"])
    assert (found.cpi, found.pipeline) == (expected["perf_CPI"], expected["pipeline"])


def test_a_risk_counts_once_wherever_it_is_kept(vectors: Vectors) -> None:
    expected, program = vectors["ROLL-08"]["expected"], make_program(root())
    for place in (make_project(program), make_project(program), program):
        make_risk(place, probability=1, impact=1, date=AS_OF)
    sweep()
    assert snapshot(program).risk_exposure == expected["distinct"]


@pytest.mark.parametrize(
    ("vector", "parts", "column", "mean"),
    [
        ("FIN-09", [(100, 300), (900, 990)], "roi", "mean"),
        ("FIN-20", [(10, 60), (90, Decimal("94.5"))], "weighted", "mean"),
    ],
)
def test_a_portfolios_return_is_of_its_totals(
    vectors: Vectors, vector: str, parts: list[tuple[int, Decimal]], column: str, mean: str
) -> None:
    expected, top = vectors[vector]["expected"], root()
    unit = 100 if vector == "FIN-20" else 1
    programs = [make_program(top) for _ in parts]
    for program, (cost, benefit) in zip(programs, parts, strict=True):
        delivering(program, cost=cost, benefit=benefit)
    sweep()
    assert near(float(snapshot(top).roi or 0) * unit, expected[column])
    returns = [float(snapshot(program).roi or 0) * unit for program in programs]
    assert near(sum(returns) / len(returns), expected[mean])


def contributing(program: Program) -> tuple[Any, list[Project]]:
    """Make the benefit of BEN-01 with its three contributors."""
    benefit = make_benefit(program, 1000)
    projects = [make_project(program) for _ in range(3)]
    for project, weight, confidence in zip(
        projects, ("0.5", "0.3", "0.2"), ("0.9", "0.6", "1"), strict=True
    ):
        make_link(benefit, project, Decimal(weight), delivery_confidence=Decimal(confidence))
    return benefit, projects


def test_a_forecast_rests_on_the_contributors(vectors: Vectors, approver: User) -> None:
    expected, program = vectors["BEN-01"]["expected"], make_program(root())
    benefit, projects = contributing(program)
    paint(projects[1], approver, Health.RED)
    sweep()
    found = snapshot(program)
    assert near(found.benefit_forecast, expected["expected"])
    assert near(
        benefit_figures([program.pk], known=Known(AS_OF))[0]["at_risk"], expected["at_risk"]
    )
    (pull,) = found.reasons["pull"]
    assert pull["project"] == projects[1].pk
    assert near(float(pull["share"]) * 1000, expected["planned_dependence_P2"])
    assert benefit.target_value == 1000


def test_nothing_comes_without_what_is_essential(vectors: Vectors) -> None:
    expected, program = vectors["BEN-02"]["expected"], make_program(root())
    benefit, _ = contributing(program)
    enabler = make_project(program)
    make_link(benefit, enabler, mode=LinkMode.ESSENTIAL, delivery_confidence=Decimal("0.8"))
    sweep()
    assert near(snapshot(program).benefit_forecast, expected["expected"])
    Component.objects.filter(pk=enabler.pk).update(state=State.TERMINATED)
    sweep()
    assert near(snapshot(program).benefit_forecast, expected["benefit_if_E_removed"])


def test_shared_benefits_count_once(vectors: Vectors) -> None:
    top = root()
    home, other = make_program(top), make_program(top)
    projects = [make_project(parent, state=State.CLOSED) for parent in (home, other, other)]
    for target, shares in ((1000, {0: 60, 1: 40}), (400, {0: 25, 2: 75})):
        benefit = make_benefit(home, target)
        for position, share in shares.items():
            make_link(benefit, projects[position], share)
    sweep()
    assert snapshot(top).benefit_forecast == vectors["BEN-05"]["expected"]["total"]


@pytest.mark.parametrize(
    ("vector", "prefix", "parts"),
    [
        ("HLT-04", "", [("G", 500), ("A", 300), ("R", 200)]),
        ("HLT-07", "a", [("G", 800), ("R", 100), ("U", 100)]),
        ("HLT-07", "b", [("G", 300), ("U", 700)]),
    ],
)
def test_a_portfolio_is_the_mean_of_its_parts(
    vectors: Vectors, approver: User, vector: str, prefix: str, parts: list[tuple[str, int]]
) -> None:
    expected, top = vectors[vector]["expected"], root()
    for colour, weight in parts:
        coloured(top, approver, colour, weight)
    sweep()
    found = snapshot(top)
    assert Health(found.health).name == expected[prefix or "rag"]
    index = expected.get(f"{prefix}_idx" if prefix else "idx")
    if index is not None:
        assert near(float(entry(found, "mean_with_floor")["value"]), index)
    if f"{prefix}_cov" in expected:
        assert near(found.coverage, expected[f"{prefix}_cov"])
