"""The catalogue of measures: how each is told, where its colours begin, what would mend it.

A remedy is simple arithmetic on the value and the green limit, in the units people plan in: money,
days, dates. `facts` is the section of the page in which the facts of the measure stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ppm.core.health_scale import EXACT
from ppm.core.models import HealthPolicy, Snapshot
from ppm.core.models.snapshot import total


@dataclass(frozen=True)
class Basis:
    """What a sentence needs besides the measure: figures, policy, plan, currency."""

    snapshot: Snapshot
    policy: HealthPolicy
    currency: str = ""
    baseline_start: date | None = None
    baseline_finish: date | None = None
    minutes_per_day: int = 480

    def money(self, amount: Decimal) -> str:
        """Write an amount in full units, rounded up: what falls short of it would not do."""
        return f"{self.currency} {_rounded(amount, Decimal(1), ROUND_CEILING):,}".strip()


def _rounded(number: Decimal, unit: Decimal, rounding: str) -> Decimal:
    """Round to a unit, however large the number is; never "-0"."""
    return EXACT.add(number.quantize(unit, rounding, EXACT), 0)


Remedy = Callable[[Basis, Decimal, Decimal], str]
"""Basis, value and green limit → what would make the measure green; empty where unknown."""


@dataclass(frozen=True)
class Measure:
    """How a measure is told: `brief` in a list, `sentence` on the page, `early` if below zero.

    `limits` are the names of the policy's thresholds.
    """

    label: str
    brief: str
    sentence: str
    show: Callable[[Decimal], str]
    limits: tuple[str, str] | None
    facts: str
    remedy: Remedy
    is_more_better: bool = False
    early: str = ""


def as_percent(value: Decimal) -> str:
    """Write a fraction as percent."""
    number = _rounded(value * 100, Decimal("0.1"), ROUND_HALF_UP)
    return f"{number.normalize(EXACT):,f} %"


def as_index(value: Decimal) -> str:
    """Write an index with two decimals."""
    return f"{_rounded(value, Decimal('0.01'), ROUND_HALF_UP)}"


def as_count(value: Decimal) -> str:
    """Write a whole number."""
    return f"{int(value):,}"


def as_severity(value: Decimal) -> str:
    """Write a mean of colours: 0 is all on track, 1 all at risk, 2 all off track."""
    return f"{as_index(value)} of 2"


def as_days(value: Decimal) -> str:
    """Write a number of days."""
    return f"{int(value):,} {'day' if abs(value) == 1 else 'days'}"


def _earn_more(basis: Basis, value: Decimal, limit: Decimal) -> str:
    elapsed, earned = basis.snapshot.actual_time, basis.snapshot.earned_schedule
    if elapsed is None or earned is None:
        return ""
    planned = basis.snapshot.planned_duration
    if planned is not None and limit * elapsed > planned:
        rest = _working_days(planned - earned, basis)
        return f"Finish the last {rest} working days of the plan, or agree on a new baseline."
    return f"Catch up {_working_days(limit * elapsed - earned, basis)} working days of the plan."


def _working_days(minutes: Decimal | int, basis: Basis) -> Decimal:
    return (Decimal(minutes) / basis.minutes_per_day).quantize(Decimal("0.1"), ROUND_CEILING)


def _finish_by(basis: Basis, value: Decimal, limit: Decimal) -> str:
    if basis.baseline_start is None or basis.baseline_finish is None:
        return ""
    planned_days = (basis.baseline_finish - basis.baseline_start).days + 1
    latest = basis.baseline_finish + timedelta(days=int(limit * planned_days))
    if latest < basis.snapshot.as_of:
        return f"{latest.day} {latest:%b %Y} was the last day for that: agree on a new baseline."
    return f"Finish by {latest.day} {latest:%b %Y}."


def _milestone(basis: Basis, value: Decimal, limit: Decimal) -> str:
    return f"Bring the latest key milestone to less than {as_days(limit)} late."


def _cheaper(basis: Basis, value: Decimal, limit: Decimal) -> str:
    whole, variance = total(basis.snapshot.bac, basis.snapshot.held), basis.snapshot.vac
    if whole is None or variance is None:
        return ""
    return f"Lower the forecast by {basis.money(whole - variance - limit * whole)}."


def _fewer_changes(basis: Basis, value: Decimal, limit: Decimal) -> str:
    if basis.snapshot.bac is None:
        return ""
    return f"Reduce the changes by {basis.money((value - limit) * basis.snapshot.bac)}."


def _less_exposure(basis: Basis, value: Decimal, limit: Decimal) -> str:
    exposure, remaining = basis.snapshot.risk_exposure, basis.snapshot.etc
    if exposure is None or remaining is None:
        return ""
    return f"Lower the risk exposure by {basis.money(exposure - limit * remaining)}."


def _more_contingency(basis: Basis, value: Decimal, limit: Decimal) -> str:
    if basis.snapshot.risk_exposure is None:
        return ""
    missing = (limit - value) * basis.snapshot.risk_exposure
    return f"Add {basis.money(missing)} of contingency, or lower the exposure."


def _more_benefit(basis: Basis, value: Decimal, limit: Decimal) -> str:
    target, forecast = basis.snapshot.benefit_target, basis.snapshot.benefit_forecast
    if target is None or forecast is None:
        return ""
    return f"Raise the benefit forecast by {basis.money(limit * target - forecast)}."


def _said(sentence: str) -> Remedy:
    return lambda basis, value, limit: sentence


MEASURES = {
    "spi_t": Measure(
        "Pace, SPI(t)",
        "Pace {value} of plan",
        "Work is earned at {value} of the planned pace",
        as_index,
        ("schedule_index_green", "schedule_index_amber"),
        "tasks",
        _earn_more,
        is_more_better=True,
    ),
    "finish_slip": Measure(
        "Finish",
        "Finish late by {value} of duration",
        "The forecast finish is late by {value} of the planned duration",
        as_percent,
        ("slip_green", "slip_amber"),
        "estimates",
        _finish_by,
        early="The forecast finish is early by {value} of the planned duration",
    ),
    "milestone_slip_days": Measure(
        "Key milestones",
        "Key milestone {value} late",
        "The latest key milestone is {value} late",
        as_days,
        ("milestone_slip_green_days", "milestone_slip_amber_days"),
        "tasks",
        _milestone,
        early="The latest key milestone is {value} early",
    ),
    "eac_over_bac": Measure(
        "Forecast over budget",
        "Forecast is {value} of budget",
        "The forecast cost is {value} of the budget",
        as_percent,
        ("cost_green", "cost_amber"),
        "estimates",
        _cheaper,
    ),
    "change_share": Measure(
        "Changes over budget",
        "Changes are {value} of budget",
        "Changes come to {value} of the budget",
        as_percent,
        ("scope_green", "scope_amber"),
        "changes",
        _fewer_changes,
    ),
    "dropped_requirement": Measure(
        "Dropped requirements",
        "Dropped requirements: {value}",
        "Changes that drop a mandatory requirement: {value}",
        as_count,
        None,
        "changes",
        _said("Restore the requirement."),
    ),
    "exposure_over_etc": Measure(
        "Risk exposure over cost to come",
        "Risks are {value} of cost to come",
        "The open risks come to {value} of the cost still to come",
        as_percent,
        ("risk_green", "risk_amber"),
        "risks",
        _less_exposure,
    ),
    "contingency_coverage": Measure(
        "Contingency over exposure",
        "Contingency covers {value} of risks",
        "The contingency covers {value} of the risk exposure",
        as_percent,
        ("contingency_green", "contingency_amber"),
        "risks",
        _more_contingency,
        is_more_better=True,
    ),
    "extreme_risk": Measure(
        "Extreme risks",
        "Extreme risks: {value}",
        "Open extreme risks that nothing is done about: {value}",
        as_count,
        None,
        "risks",
        _said("Decide on a response to each."),
    ),
    "critical_overdue": Measure(
        "Critical issues overdue",
        "Critical issues overdue: {value}",
        "Critical issues past their due date: {value}",
        as_count,
        None,
        "issues",
        _said("Solve them."),
    ),
    "overdue": Measure(
        "Issues overdue",
        "Issues overdue: {value}",
        "Issues past their due date: {value}",
        as_count,
        None,
        "issues",
        _said("Solve all but two."),
    ),
    "forecast_over_target": Measure(
        "Benefit forecast over target",
        "Benefits {value} of target",
        "The benefit forecast is {value} of the target",
        as_percent,
        ("benefits_green", "benefits_amber"),
        "benefits",
        _more_benefit,
        is_more_better=True,
    ),
    "pull": Measure(
        "Benefits at stake",
        "Component with {value} of benefits",
        "A component that is not on track carries {value} of the target benefits",
        as_percent,
        None,
        "benefits",
        _said("Bring that component back on track."),
    ),
    "schedule_index": Measure(
        "Schedules of components",
        "Schedules, by weight: {value}",
        "The schedules of its components, weighted by budget, come to {value} (0: all on track)",
        as_severity,
        ("index_green", "index_amber"),
        "components",
        _said("Bring the components that weigh most back on track."),
    ),
    "driving_path": Measure(
        "Driving path",
        "Chain that decides the finish",
        "Components in the chain that decides the finish: {value}; the worst of them counts",
        as_count,
        None,
        "components",
        _said("Bring the components on that path back on track."),
    ),
    "mean_with_floor": Measure(
        "Components",
        "Components, by weight: {value}",
        "Its components, weighted by budget, come to {value} (0: all on track)",
        as_severity,
        ("index_green", "index_amber"),
        "components",
        _said("Bring the components that weigh most back on track, and none may be off track."),
    ),
    "worst_of": Measure(
        "Components",
        "Worst component",
        "The worst of its components counts: {value} (0: on track)",
        as_severity,
        None,
        "components",
        _said("Bring the worst component back on track."),
    ),
    "count_based": Measure(
        "Components",
        "{value} of components on track",
        "Of the rated components, {value} are on track",
        as_percent,
        ("count_green", "count_amber"),
        "components",
        _said("Bring more components back on track."),
        is_more_better=True,
    ),
    "coverage": Measure(
        "Rated work",
        "Only {value} rated",
        "Only {value} of the work, by budget, is rated",
        as_percent,
        ("coverage_min", "coverage_min"),
        "components",
        _said("Record progress, cost and estimates of what is not rated."),
        is_more_better=True,
    ),
}
