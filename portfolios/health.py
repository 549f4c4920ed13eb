"""Health of a portfolio out of its components, by the rule of its policy.

Pure. Components may be unrelated, so the default is a mean with a floor, not the worst of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ppm.core.health_scale import (
    RATED,
    SEVERITY,
    Limits,
    Part,
    index_health,
    rounded_ratio,
    severity_index,
    worst,
)
from ppm.core.models.health import Health, HealthPolicy, PortfolioRule

# Without a component to rate, the whole is what most concerns the reader.
UNRATED_ORDER = (Health.NOT_STARTED, Health.ON_HOLD, Health.DONE)


@dataclass(frozen=True)
class PortfolioHealth:
    """Colour, weighted severity (0 to 2) and the share of the weight that is known."""

    health: Health
    index: Decimal | None
    coverage: Decimal | None


def green_share_health(policy: HealthPolicy, healths: Sequence[Health]) -> Health:
    """Colour by the share of green among the known: above the green limit, down to the amber."""
    known = [health for health in healths if health in SEVERITY]
    if not known:
        return Health.UNKNOWN
    share = rounded_ratio(known.count(Health.GREEN), len(known))
    if share > policy.count_green:
        return Health.GREEN
    return Health.AMBER if share >= policy.count_amber else Health.RED


def portfolio_health(policy: HealthPolicy, parts: Sequence[Part]) -> PortfolioHealth:
    """Judge the parts by the rule of the policy.

    Known and unknown parts are rated; the others only name the whole when no part is. Whatever
    the rule, too small a known share of the weight leaves the whole unknown.
    """
    healths = [part.health for part in parts]
    index = severity_index(parts)
    if index.coverage is None:
        unrated = (health for health in UNRATED_ORDER if health in healths)
        return PortfolioHealth(next(unrated, Health.UNKNOWN), None, None)
    if index.coverage < policy.coverage_min:
        return PortfolioHealth(Health.UNKNOWN, index.value, index.coverage)
    rated = [health for health in healths if health in RATED]
    match PortfolioRule(policy.rule):
        case PortfolioRule.WORST_OF:
            health = worst(rated)
        case PortfolioRule.COUNT_BASED:
            health = green_share_health(policy, rated)
        case PortfolioRule.MEAN_WITH_FLOOR:
            limits = Limits(policy.index_green, policy.index_amber)
            health = index_health(index, limits, has_red=Health.RED in rated)
    return PortfolioHealth(health, index.value, index.coverage)
