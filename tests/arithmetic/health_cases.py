"""Vectors of health, through our functions."""

from datetime import date
from decimal import Decimal

from portfolios.health import portfolio_health
from ppm.core.health_scale import Part, worst
from ppm.core.models.health import Health, HealthPolicy, PortfolioRule
from programs.health import benefits_health
from projects.health import (
    Override,
    confidence,
    cost_health,
    effective,
    issues_health,
    overall,
    risk_health,
    schedule_health,
    scope_health,
)
from tests.arithmetic.reading import Case, Results

COLOURS = {
    "G": Health.GREEN,
    "A": Health.AMBER,
    "R": Health.RED,
    "U": Health.UNKNOWN,
}


def parts(text: str) -> list[Part]:
    """Read parts written as `G800 R100 U100`."""
    return [Part(COLOURS[word[0]], Decimal(word[1:])) for word in text.split()]


def worst_of(_: str) -> Results:
    names, rows = ("schedule", "cost", "risk"), ("GAG", "GGG", "RGA")
    projects = [dict(zip(names, (COLOURS[letter] for letter in row), strict=True)) for row in rows]
    return {"r": [overall(project).name for project in projects]}


def count_based(_: str) -> Results:
    policy = HealthPolicy(rule=PortfolioRule.COUNT_BASED)
    results = []
    for green, total in ((7, 10), (17, 20), (19, 20)):
        rows = parts(" ".join(["G1"] * green + ["R1"] * (total - green)))
        results.append(portfolio_health(policy, rows).health.name)
    return {"r": results}


def cost_bands(_: str) -> Results:
    policy = HealthPolicy(cost_green=Decimal("1.00"), cost_amber=Decimal("1.05"))
    verdicts = [
        cost_health(policy, estimate=Decimal(estimate), budget=Decimal(1))
        for estimate in ("1.00", "1.03", "1.06")
    ]
    return {"r": [verdict.health.name for verdict in verdicts]}


def weighted_index(_: str) -> Results:
    result = portfolio_health(HealthPolicy(), parts("G500 A300 R200"))
    return {"idx": result.index, "rag": result.health.name}


def freshness(_: str) -> Results:
    return {"c": [confidence(age_days=age, half_life_days=30) for age in (0, 15, 30, 60)]}


def six_dimensions(_: str) -> Results:
    policy = HealthPolicy()
    hundred = Decimal(100)
    verdicts = {
        "schedule": schedule_health(
            policy,
            schedule_index_time=Decimal("0.93"),
            elapsed=Decimal(50),
            planned_duration=hundred,
            slip_days=None,
            baseline_days=None,
            milestone_slip_days=None,
        ),
        "cost": cost_health(policy, estimate=Decimal(104), budget=hundred),
        "risk": risk_health(
            policy,
            exposure=Decimal(6),
            estimate_to_complete=hundred,
            contingency=None,
            extreme_risks=0,
        ),
        "issues": issues_health(
            has_issues=True, critical_overdue=0, oldest_critical_days=0, overdue=0
        ),
        "scope": scope_health(
            policy, change_value=Decimal(0), budget=hundred, dropped_requirements=0
        ),
        "benefits": benefits_health(policy, forecast=Decimal(92), target=hundred, pulls=[]),
    }
    colours = {name: verdict.health for name, verdict in verdicts.items()}
    return {name: health.name for name, health in colours.items()} | {
        "overall": overall(colours).name
    }


def floor_and_coverage(_: str) -> Results:
    first = portfolio_health(HealthPolicy(), parts("G800 R100 U100"))
    second = portfolio_health(HealthPolicy(), parts("G300 U700"))
    return {
        "a": first.health.name,
        "a_idx": first.index,
        "a_cov": first.coverage,
        "b": second.health.name,
        "b_cov": second.coverage,
    }


def expiry(_: str) -> Results:
    override = Override(
        health=Health.AMBER,
        valid_from=date(2026, 11, 1),
        valid_until=date(2026, 11, 30),
        is_approved=True,
    )
    days = (date(2026, 11, 30), date(2026, 12, 1))
    colours = [
        effective(computed=Health.RED, override=override, is_outdated=False, as_of=day)
        for day in days
    ]
    return {"r": [colour.name for colour in colours]}


def worst_as_it_changes(_: str) -> Results:
    rows = ("GGGA", "GGRA", "GGAA")
    return {"s": [worst(COLOURS[letter] for letter in row).name for row in rows]}


CASES: dict[str, Case] = {
    "HLT-01": worst_of,
    "HLT-02": count_based,
    "HLT-03": cost_bands,
    "HLT-04": weighted_index,
    "HLT-05": freshness,
    "HLT-06": six_dimensions,
    "HLT-07": floor_and_coverage,
    "HLT-08": expiry,
    "ROLL-03": worst_as_it_changes,
}
