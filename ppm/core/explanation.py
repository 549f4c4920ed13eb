"""Health in words: from the codes of a snapshot's `reasons` to sentences, limits and facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from ppm.core.amounts import NOT_SHOWN
from ppm.core.health_scale import WORST_FIRST
from ppm.core.measures import MEASURES, Basis, Measure, as_severity
from ppm.core.models import Component, Health, HealthPolicy, Snapshot, State
from ppm.core.models.snapshot import RATIOS
from ppm.core.reach import unscoped
from ppm.core.sql import POLICY, SCOPE, rows

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
    "own_cost": "no level has cost of its own",
    "pipeline": "nothing is proposed",
}
# Why work has no forecast cost, where its state is the reason.
UNFORECAST = {
    State.IDEA: "it is not authorized",
    State.PROPOSAL: "it is not authorized",
    State.CLOSED: "it is closed and no cost was recorded",
    State.TERMINATED: "it was given up",
    State.REJECTED: "it was given up",
}
GIVEN_UP = (State.TERMINATED, State.REJECTED)
UNRATED = {
    Health.NOT_STARTED: "Work that has not started is not rated",
    Health.ON_HOLD: "Work on hold is not rated",
    Health.DONE: "Closed work is not rated",
}
ESTIMATE_METHODS = {
    "BU": "manager's estimate",
    "PLAN": "as planned",
    "PF1": "actual cost and the rest as planned",
    "BLEND": "trend so far",
    "AC": "work is complete",
}
OVERALL = "Overall"
REACHED_IS_WORSE = ("milestone_slip_green_days", "index_green")


def absence(snapshot: Snapshot | None, name: str) -> str:
    """Say why a snapshot has no such figure."""
    if snapshot is None:
        return "not computed yet"
    is_sum = getattr(snapshot, "pk", 0) is None
    if not snapshot.shows_amounts and (is_sum or name not in RATIOS):
        return NOT_SHOWN
    code = snapshot.reasons.get(name)
    if name == "bac" and snapshot.reasons.get("state") in GIVEN_UP:
        return "it was given up"
    if name in ("eac", "etc") and snapshot.reasons.get("state") in UNFORECAST:
        return UNFORECAST[snapshot.reasons["state"]]
    return ABSENCES.get(str(code)) or ABSENT_AMOUNTS.get(name, "not known")


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


def explain(basis: Basis) -> list[Line]:
    """Tell every known measure: what judges the whole first, then the worst."""
    lines = [_line(entry, basis) for entry in basis.snapshot.reasons.get("health", [])]
    return sorted(
        lines, key=lambda line: (line.dimension != OVERALL, WORST_FIRST.index(line.health))
    )


def _line(entry: dict[str, Any], basis: Basis) -> Line:
    measure, value = MEASURES[entry["measure"]], Decimal(entry["value"])
    health = Health(entry["health"])
    return Line(
        dimension=entry["dimension"].capitalize(),
        label=measure.label,
        health=health,
        value=measure.show(value),
        sentence=_sentence(measure, value, health, basis.policy),
        limits=_limits(measure, basis.policy),
        remedy="" if health == Health.GREEN else _remedy(measure, basis, value),
        facts=measure.facts,
    )


def _sentence(measure: Measure, value: Decimal, health: Health, policy: HealthPolicy) -> str:
    if measure is MEASURES["pull"] and not value:
        return "A component is off track"
    if _is_floored(measure, value, health, policy.index_green):
        return (
            "A component is off track, so the whole is not on track, though all together they "
            f"come to {measure.show(value)} only"
        )
    if value < 0 and measure.early:
        return measure.early.format(value=measure.show(-value))
    return measure.sentence.format(value=measure.show(value))


def _is_floored(measure: Measure, value: Decimal, health: Health, green: Decimal) -> bool:
    """Tell whether a mean alone would be green, and a component off track forbids that."""
    return measure.show is as_severity and health == Health.AMBER and value < green


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
    if measure.limits[0] in REACHED_IS_WORSE:
        return f"on track below {green}, off track from {amber}"
    return f"on track up to {green}, off track above {amber}"


def headline(lines: list[Line], health: str) -> Line | None:
    """Pick the line that explains the colour, which comes first."""
    return lines[0] if lines and lines[0].health == health else None


def short_reason(snapshot: Snapshot | None) -> str:
    """Name the measure that decided the colour of work that is not on track, in a few words.

    Of a portfolio that is the mean of its components, whatever its dimensions say. A colour that
    somebody set over the computed one is told with that one.
    """
    if snapshot is None:
        return ""
    if "override" in snapshot.reasons:
        return (
            f"Reported by its manager; computed: {Health(snapshot.computed_health).label.lower()}"
        )
    if snapshot.health not in (Health.AMBER, Health.RED):
        return ""
    entries = snapshot.reasons.get("health", [])
    deciding = [entry for entry in entries if entry["dimension"] == "overall"] or entries
    for entry in deciding:
        if entry["health"] == snapshot.health:
            return _brief(entry)
    return ""


def _brief(entry: dict[str, Any]) -> str:
    measure, value = MEASURES[entry["measure"]], Decimal(entry["value"])
    health, green = Health(entry["health"]), Decimal(entry["threshold"])
    is_red_below = measure is MEASURES["pull"] and not value
    if is_red_below or _is_floored(measure, value, health, green):
        return "A component is off track"
    return measure.brief.format(value=measure.show(value))


@unscoped("the policy that judges a component, whoever set it")
def policy_of(component: Component) -> HealthPolicy:
    """Find the policy in force: of the nearest ancestor that has one, the highest version."""
    policies = HealthPolicy.objects.filter(
        Q(component=None) | Q(component__in=component.path)
    ).annotate(depth=Coalesce(F("component__path__len"), 0))
    return policies.order_by("-depth", "-version")[0]


def policies_of(components: Iterable[Component]) -> dict[int, HealthPolicy]:
    """Find the policies in force by component, in one query."""
    found = rows([SCOPE, POLICY], {"ids": [component.pk for component in components]})
    return {row.pop("scope_id"): HealthPolicy(**row) for row in found}
