"""Health of a project: a colour for each dimension, why, and the colour that counts.

Pure. Unknown inputs are `None` and their measure is skipped; a dimension without a measure is
unknown. Thresholds come from the `HealthPolicy` in force. What each measure is, and where the
thresholds come from, is in `docs/formulas.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ppm.core.health_scale import (
    SEVERITY,
    Entry,
    Limits,
    Verdict,
    judged_count,
    judged_ratio,
    rounded_ratio,
    verdict,
    worst,
)
from ppm.core.models.health import Health, HealthPolicy

CRITICAL_OVERDUE_DAYS = 14
OVERDUE_ISSUES = 2
# SPI(t) says little before this part of the planned duration has passed.
MEANINGFUL_FROM = Decimal("0.10")


def milestone_slip_health(policy: HealthPolicy, days: int) -> Health:
    """Colour of the worst slip of a key milestone, in days; a day on the limit is the worse."""
    if days < policy.milestone_slip_green_days:
        return Health.GREEN
    return Health.AMBER if days < policy.milestone_slip_amber_days else Health.RED


def _milestone_entry(policy: HealthPolicy, days: int) -> Entry:
    health = milestone_slip_health(policy, days)
    is_red = health == Health.RED
    limit = policy.milestone_slip_amber_days if is_red else policy.milestone_slip_green_days
    return judged_count("schedule", "milestone_slip_days", days, limit, health)


def _is_early(elapsed: Decimal | None, planned_duration: Decimal | None) -> bool:
    """Whether too little of the planned duration has passed to judge by an index."""
    if elapsed is None or planned_duration is None:
        return False
    return elapsed < planned_duration * MEANINGFUL_FROM


def _index_entry(policy: HealthPolicy, schedule_index_time: Decimal) -> Entry:
    limits = Limits(policy.schedule_index_green, policy.schedule_index_amber, more_is_better=True)
    return judged_ratio("schedule", "spi_t", rounded_ratio(schedule_index_time, 1), limits)


def _slip_entry(policy: HealthPolicy, slip_days: int, baseline_days: int) -> Entry:
    limits = Limits(policy.slip_green, policy.slip_amber)
    return judged_ratio("schedule", "finish_slip", rounded_ratio(slip_days, baseline_days), limits)


def schedule_health(
    policy: HealthPolicy,
    *,
    schedule_index_time: Decimal | None,
    elapsed: Decimal | None,
    planned_duration: Decimal | None,
    slip_days: int | None,
    baseline_days: int | None,
    milestone_slip_days: int | None,
) -> Verdict:
    """Judge SPI(t), the finish's slip over the baseline's days, and the key milestones.

    Before a tenth of the planned duration (`elapsed` and it in one unit) the key milestones
    speak alone.
    """
    is_early = _is_early(elapsed, planned_duration)
    entries: list[Entry] = []
    if schedule_index_time is not None and not is_early:
        entries.append(_index_entry(policy, schedule_index_time))
    if slip_days is not None and baseline_days and not is_early:
        entries.append(_slip_entry(policy, slip_days, baseline_days))
    if milestone_slip_days is not None:
        entries.append(_milestone_entry(policy, milestone_slip_days))
    return verdict(entries)


def cost_health(
    policy: HealthPolicy, *, estimate: Decimal | None, budget: Decimal | None
) -> Verdict:
    """Judge the estimate at completion against the budget."""
    if estimate is None or budget is None or budget <= 0:
        return verdict([])
    value = rounded_ratio(estimate, budget)
    limits = Limits(policy.cost_green, policy.cost_amber)
    return verdict([judged_ratio("cost", "eac_over_bac", value, limits)])


def scope_health(
    policy: HealthPolicy,
    *,
    change_value: Decimal | None,
    budget: Decimal | None,
    dropped_requirements: int,
) -> Verdict:
    """Judge approved and pending changes against the budget; `None` when there never was one.

    A change that drops a mandatory requirement is red, whatever it costs.
    """
    entries: list[Entry] = []
    if change_value is not None and budget is not None and budget > 0:
        share = rounded_ratio(change_value, budget)
        limits = Limits(policy.scope_green, policy.scope_amber)
        entries.append(judged_ratio("scope", "change_share", share, limits))
    if dropped_requirements:
        entries.append(
            judged_count("scope", "dropped_requirement", dropped_requirements, 0, Health.RED)
        )
    return verdict(entries)


def risk_health(
    policy: HealthPolicy,
    *,
    exposure: Decimal | None,
    estimate_to_complete: Decimal | None,
    contingency: Decimal | None,
    extreme_risks: int,
) -> Verdict:
    """Judge the exposure against the cost to come, the contingency, and open extreme risks.

    `exposure` is probability times impact over the open risks: zero when all are closed, `None`
    when none was ever assessed. The contingency is judged only against an exposure above zero.
    """
    entries: list[Entry] = []
    if exposure is not None and estimate_to_complete is not None and estimate_to_complete > 0:
        share = rounded_ratio(exposure, estimate_to_complete)
        limits = Limits(policy.risk_green, policy.risk_amber)
        entries.append(judged_ratio("risk", "exposure_over_etc", share, limits))
    if contingency is not None and exposure is not None and exposure > 0:
        coverage = rounded_ratio(contingency, exposure)
        limits = Limits(policy.contingency_green, policy.contingency_amber, more_is_better=True)
        entries.append(judged_ratio("risk", "contingency_coverage", coverage, limits))
    if extreme_risks:
        entries.append(judged_count("risk", "extreme_risk", extreme_risks, 0, Health.RED))
    return verdict(entries)


def issues_health(
    *, has_issues: bool, critical_overdue: int, oldest_critical_days: int, overdue: int
) -> Verdict:
    """Judge the open issues past their due date; `overdue` counts the critical ones too.

    Two critical ones, or one that is more than two weeks late, are red. Without any issue ever
    registered nothing is known; with none of them overdue the dimension is green.
    """
    if not has_issues:
        return verdict([])
    is_red = critical_overdue > 1 or (
        critical_overdue == 1 and oldest_critical_days > CRITICAL_OVERDUE_DAYS
    )
    critical = Health.RED if is_red else Health.AMBER if critical_overdue else Health.GREEN
    many = Health.AMBER if overdue > OVERDUE_ISSUES else Health.GREEN
    return verdict(
        [
            judged_count("issues", "critical_overdue", critical_overdue, int(is_red), critical),
            judged_count("issues", "overdue", overdue, OVERDUE_ISSUES, many),
        ]
    )


def overall(dimensions: Mapping[str, Health]) -> Health:
    """Worst known dimension; unknown when both schedule and cost are unknown or missing."""
    mandatory = [dimensions.get(name, Health.UNKNOWN) for name in ("schedule", "cost")]
    if all(health not in SEVERITY for health in mandatory):
        return Health.UNKNOWN
    return worst(dimensions.values())


def confidence(*, age_days: int, half_life_days: int) -> Decimal:
    """Trust in figures of that age: 1 when new, halved with every half-life."""
    return Decimal("0.5") ** (Decimal(age_days) / half_life_days)


def is_stale(*, age_days: int, half_life_days: int) -> bool:
    """Whether the confidence is below one half: the colour stays and is marked."""
    return age_days > half_life_days


def is_outdated(*, age_days: int, half_life_days: int) -> bool:
    """Whether the confidence is below one quarter: the colour no longer counts."""
    return age_days > 2 * half_life_days


@dataclass(frozen=True, kw_only=True)
class Override:
    """A colour that a person put over the computed one, for a time."""

    health: Health
    valid_from: date
    valid_until: date
    is_approved: bool

    def is_valid(self, *, as_of: date) -> bool:
        """Whether it holds on that day; the last day is included."""
        return self.valid_from <= as_of <= self.valid_until


def effective(
    *, computed: Health, override: Override | None, is_outdated: bool, as_of: date
) -> Health:
    """Colour that counts: the computed one, unless outdated, or an override that may replace it.

    An override counts when it is worse, or approved; over an unknown colour only when approved.
    What the state alone says (not started, on hold, done) is no judgement and stays.
    """
    if computed not in (*SEVERITY, Health.UNKNOWN):
        return computed
    current = Health.UNKNOWN if is_outdated else computed
    if override is None or not override.is_valid(as_of=as_of):
        return current
    both_ordered = current in SEVERITY and override.health in SEVERITY
    is_worse = both_ordered and SEVERITY[override.health] > SEVERITY[current]
    return override.health if is_worse or override.is_approved else current
