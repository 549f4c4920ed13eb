"""Health in words: from the codes of a snapshot's `reasons` to sentences, limits and facts.

Each measure says what was found, where its colours begin, what would make it green in the units
people plan in (money, days, dates), and in which section of the page its facts stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from ppm.core.models import Component, Health, HealthPolicy, Snapshot
from ppm.core.models.snapshot import total

ABSENCES = {
    "NO_COSTS": "no cost has been recorded",
    "NO_BASELINE": "no baseline has been taken",
    "NO_PROGRESS_MEASURE": "nothing measures progress: there are no tasks with a baseline",
    "NOT_STARTED": "work has not started",
    "NO_BENEFITS": "no benefit with a forecast in money counts here",
    "NO_COST": "there is no cost to compare with",
    "NOT_APPLICABLE": "in this state it does not apply",
    "DIV_ZERO": "the cost recorded is not above zero",
}
ABSENT_AMOUNTS = {
    "bac": "no baseline has been taken",
    "pv": "nothing measures progress",
    "ev": "nothing measures progress",
    "ac": "no cost has been recorded where progress is measured",
    "spent": "no cost has been recorded",
    "eac": "there is neither a budget nor an estimate",
    "etc": "there is neither a budget nor an estimate",
    "vac": "budget or forecast is missing",
    "cpi": "no cost has been recorded where progress is measured",
    "spi": "nothing was planned to be earned yet",
    "spi_t": "there is no schedule of tasks to compare with",
    "benefit_target": "no benefit counts here",
    "benefit_planned": "no benefit is planned by now",
    "benefit_realised": "no benefit has been measured",
    "benefit_forecast": "no benefit can be forecast",
    "roi": "no benefit counts here",
    "forward_roi": "no benefit is to come, or nothing is left to spend",
    "risk_exposure": "no open risk",
    "committed": "no commitment has been recorded",
    "sunk": "nothing was terminated",
    "held": "nothing is on hold",
}
ESTIMATE_METHODS = {
    "BU": "manager's estimate",
    "PLAN": "as planned",
    "PF1": "actual cost and the rest as planned",
    "BLEND": "trend so far",
    "AC": "work is complete",
}
DIMENSIONS = ("schedule", "cost", "scope", "risk", "issue", "benefit")
SEVERITY = {Health.RED: 0, Health.AMBER: 1, Health.GREEN: 2}


def absence(snapshot: Snapshot | None, name: str) -> str:
    """Say why a snapshot has no such figure."""
    if snapshot is None:
        return "not computed yet"
    code = snapshot.reasons.get(name)
    return ABSENCES.get(str(code)) or ABSENT_AMOUNTS.get(name, "not known")


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
        return f"{self.currency} {amount.quantize(Decimal(1), ROUND_CEILING):,}".strip()


Remedy = Callable[[Basis, Decimal, Decimal], str]
"""Basis, value and green limit → what would make the measure green; empty where unknown."""


@dataclass(frozen=True)
class Measure:
    """How a measure is told. `limits` are the names of the policy's thresholds."""

    label: str
    sentence: str
    show: Callable[[Decimal], str]
    limits: tuple[str, str] | None
    facts: str
    remedy: Remedy
    is_more_better: bool = False


@dataclass(frozen=True)
class Line:
    """One line of the explanation."""

    dimension: str
    label: str
    health: Health
    value: str
    sentence: str
    limits: str
    remedy: str
    facts: str


def as_percent(value: Decimal) -> str:
    """Write a fraction as percent."""
    number = (value * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{number.normalize() + 0:f} %"


def as_index(value: Decimal) -> str:
    """Write an index with two decimals."""
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP)}"


def as_count(value: Decimal) -> str:
    """Write a whole number."""
    return f"{int(value):,}"


def as_days(value: Decimal) -> str:
    """Write a number of days."""
    return f"{int(value):,} {'day' if abs(value) == 1 else 'days'}"


def _earn_more(basis: Basis, value: Decimal, limit: Decimal) -> str:
    elapsed, earned = basis.snapshot.actual_time, basis.snapshot.earned_schedule
    if elapsed is None or earned is None:
        return ""
    days = (limit * elapsed - earned) / basis.minutes_per_day
    return f"Earn {days.quantize(Decimal('0.1'), ROUND_CEILING)} more working days of the plan."


def _finish_by(basis: Basis, value: Decimal, limit: Decimal) -> str:
    if basis.baseline_start is None or basis.baseline_finish is None:
        return ""
    planned_days = (basis.baseline_finish - basis.baseline_start).days + 1
    latest = basis.baseline_finish + timedelta(days=int(limit * planned_days))
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
        "Work is earned at {value} of the planned pace",
        as_index,
        ("schedule_index_green", "schedule_index_amber"),
        "tasks",
        _earn_more,
        is_more_better=True,
    ),
    "finish_slip": Measure(
        "Finish",
        "The forecast finish is late by {value} of the planned duration",
        as_percent,
        ("slip_green", "slip_amber"),
        "estimates",
        _finish_by,
    ),
    "milestone_slip_days": Measure(
        "Key milestones",
        "The latest key milestone is {value} late",
        as_days,
        ("milestone_slip_green_days", "milestone_slip_amber_days"),
        "tasks",
        _milestone,
    ),
    "eac_over_bac": Measure(
        "Forecast over budget",
        "The forecast cost is {value} of the budget",
        as_percent,
        ("cost_green", "cost_amber"),
        "estimates",
        _cheaper,
    ),
    "change_share": Measure(
        "Changes over budget",
        "Changes come to {value} of the budget",
        as_percent,
        ("scope_green", "scope_amber"),
        "changes",
        _fewer_changes,
    ),
    "dropped_requirement": Measure(
        "Dropped requirements",
        "Changes that drop a mandatory requirement: {value}",
        as_count,
        None,
        "changes",
        _said("Restore the requirement."),
    ),
    "exposure_over_etc": Measure(
        "Risk exposure over cost to come",
        "The open risks come to {value} of the cost still to come",
        as_percent,
        ("risk_green", "risk_amber"),
        "risks",
        _less_exposure,
    ),
    "contingency_coverage": Measure(
        "Contingency over exposure",
        "The contingency covers {value} of the risk exposure",
        as_percent,
        ("contingency_green", "contingency_amber"),
        "risks",
        _more_contingency,
        is_more_better=True,
    ),
    "extreme_risk": Measure(
        "Extreme risks",
        "Open extreme risks that nothing is done about: {value}",
        as_count,
        None,
        "risks",
        _said("Decide on a response to each."),
    ),
    "critical_overdue": Measure(
        "Critical issues overdue",
        "Critical issues past their due date: {value}",
        as_count,
        None,
        "issues",
        _said("Solve them."),
    ),
    "overdue": Measure(
        "Issues overdue",
        "Issues past their due date: {value}",
        as_count,
        None,
        "issues",
        _said("Solve all but two."),
    ),
    "forecast_over_target": Measure(
        "Benefit forecast over target",
        "The benefit forecast is {value} of the target",
        as_percent,
        ("benefits_green", "benefits_amber"),
        "benefits",
        _more_benefit,
        is_more_better=True,
    ),
    "pull": Measure(
        "Benefits at stake",
        "A component that is not on track carries {value} of the target benefits",
        as_percent,
        None,
        "benefits",
        _said("Bring that component back on track."),
    ),
}


def explain(basis: Basis) -> list[Line]:
    """Tell every known measure, the worst first, then dimensions that have a colour only."""
    lines = [_line(entry, basis) for entry in basis.snapshot.reasons.get("health", [])]
    told = {line.dimension for line in lines}
    lines += [line for line in _colours(basis.snapshot) if line.dimension not in told]
    return sorted(lines, key=lambda line: SEVERITY.get(line.health, 3))


def _dimension(name: str) -> str:
    """Name a dimension the same in entries and columns: issues and benefits lose their s."""
    return name.removesuffix("s").capitalize()


def _colours(snapshot: Snapshot) -> list[Line]:
    """Tell the dimensions that are judged by the components below, without a measure here."""
    return [
        Line(
            dimension=_dimension(name),
            label="By components",
            health=Health(health),
            value="",
            sentence="Judged by the components, weighted by their budget",
            limits="",
            remedy="",
            facts="components",
        )
        for name in DIMENSIONS
        if (health := getattr(snapshot, f"{name}_health")) in SEVERITY
    ]


def _line(entry: dict[str, Any], basis: Basis) -> Line:
    measure, value = MEASURES[entry["measure"]], Decimal(entry["value"])
    health = Health(entry["health"])
    return Line(
        dimension=_dimension(entry["dimension"]),
        label=measure.label,
        health=health,
        value=measure.show(value),
        sentence=_sentence(measure, value),
        limits=_limits(measure, basis.policy),
        remedy="" if health == Health.GREEN else _remedy(measure, basis, value),
        facts=measure.facts,
    )


def _sentence(measure: Measure, value: Decimal) -> str:
    if value < 0 and " late" in measure.sentence:
        return measure.sentence.replace(" late", " early").format(value=measure.show(-value))
    return measure.sentence.format(value=measure.show(value))


def _remedy(measure: Measure, basis: Basis, value: Decimal) -> str:
    limit = getattr(basis.policy, measure.limits[0]) if measure.limits else Decimal()
    return measure.remedy(basis, value, Decimal(limit))


def _limits(measure: Measure, policy: HealthPolicy) -> str:
    """Say where the colours begin."""
    if measure.limits is None:
        return ""
    green, amber = (measure.show(Decimal(getattr(policy, name))) for name in measure.limits)
    if measure.is_more_better:
        return f"on track from {green}, off track below {amber}"
    if measure is MEASURES["milestone_slip_days"]:
        return f"on track below {green}, off track from {amber}"
    return f"on track up to {green}, off track above {amber}"


def headline(lines: list[Line], health: str) -> Line | None:
    """Pick the line that explains the colour: the first of the worst, which comes first."""
    return lines[0] if lines and lines[0].health == health else None


def short_reason(snapshot: Snapshot | None) -> str:
    """Name the worst measure of work that is not on track, in a few words."""
    if snapshot is None or snapshot.health not in (Health.AMBER, Health.RED):
        return ""
    for entry in snapshot.reasons.get("health", []):
        if entry["health"] == snapshot.health:
            measure = MEASURES[entry["measure"]]
            return f"{measure.label} {measure.show(Decimal(entry['value']))}"
    return ""


def policy_of(component: Component) -> HealthPolicy:
    """Find the policy in force: of the nearest ancestor that has one, the highest version."""
    policies = HealthPolicy.objects.filter(
        Q(component=None) | Q(component__in=component.path)
    ).annotate(depth=Coalesce(F("component__path__len"), 0))
    return policies.order_by("-depth", "-version")[0]
