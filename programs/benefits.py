"""Benefits: how far they are realised, what they rest on, and what a removal or a delay costs.

Pure: no framework, no input or output, no clock. Values are `Decimal` in the unit of the
benefit or in money; rates are fractions, shown unclipped unless the docstring says so.
Undefined is `None`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from projects.evm import exact, ratio

ZERO = Decimal(0)
ONE = Decimal(1)
ENOUGH_MEASUREMENTS = 3
HIGHEST_TREND = Decimal("1.5")
HIGHEST_ACHIEVEMENT = Decimal("1.2")


class Direction(StrEnum):
    """Which way a measure improves."""

    HIGHER = "higher"
    LOWER = "lower"


class Horizon(StrEnum):
    """What a late start does to the end of a flow of benefit."""

    FIXED = "fixed"
    SHIFTING = "shifting"


@exact
def level_realisation(
    *, actual: Decimal, baseline: Decimal, target: Decimal, tolerance: Decimal = ZERO
) -> Decimal:
    """Part of the way from baseline to target that is done, whichever way is better.

    A target equal to the baseline asks to keep the level: 1 within the tolerance, else 0.
    """
    if target == baseline:
        return ONE if abs(actual - target) <= tolerance else ZERO
    return (actual - baseline) / (target - baseline)


@exact
def flow_realisation(*, actual: Iterable[Decimal], target: Iterable[Decimal]) -> Decimal | None:
    """Sum of what came over the sum of what is meant to come in the whole life."""
    return ratio(sum(actual, ZERO), sum(target, ZERO))


@exact
def kpi_performance(*, direction: str, actual: Decimal, target: Decimal) -> Decimal:
    """Performance of a measure that has a target and no baseline; 1 is on target.

    A target of zero has no ratio: 1 when met, else 0.
    """
    is_lower_better = Direction(direction) == Direction.LOWER
    if target == ZERO:
        is_met = actual <= ZERO if is_lower_better else actual >= ZERO
        return ONE if is_met else ZERO
    return 2 - actual / target if is_lower_better else actual / target


@exact
def goal_post_performance(*, actual: Decimal, target: Decimal, tolerance: Decimal) -> Decimal:
    """Performance of a measure that is to stay near its target: 1 inside, else as a ratio.

    `tolerance` is a fraction of the target. Outside, the distance to the target counts down.
    """
    distance = abs(actual - target)
    if distance <= abs(target) * tolerance:
        return ONE
    return ZERO if target == ZERO else ONE - distance / abs(target)


def realisation_index(*, actual: Decimal, planned: Decimal) -> Decimal | None:
    """BRI: what came to date over what was planned to date; `None` when nothing was planned."""
    return ratio(actual, planned)


@exact
def net_benefit(benefits: Iterable[Decimal], dis_benefits: Iterable[Decimal]) -> Decimal:
    """Benefits less dis-benefits, both given as positive amounts of one valuation."""
    return sum(benefits, ZERO) - sum(dis_benefits, ZERO)


class Link(NamedTuple):
    """An edge of a benefits map. Without a weight the source is essential to the target."""

    source: str
    target: str
    weight: Decimal | None = None


class BenefitsMap:
    """Which project outputs lead, through capabilities and outcomes, to which benefits.

    Nodes are names; those without incoming links are outputs. A node yields the product of its
    essential sources times the weighted mean of its additive ones. A cycle, or a weight that is
    not above zero, is a `ValueError`.
    """

    def __init__(self, links: Iterable[Link]) -> None:
        """Sort the links so that every source comes before its targets."""
        self.incoming: dict[str, list[Link]] = {}
        for link in links:
            if link.weight is not None and link.weight <= ZERO:
                msg = f"The weight of {link.source} for {link.target} must be above zero."
                raise ValueError(msg)
            self.incoming.setdefault(link.source, [])
            self.incoming.setdefault(link.target, []).append(link)
        self.order = self._sorted()
        self.outputs = frozenset(node for node in self.order if not self.incoming[node])

    def _sorted(self) -> list[str]:
        done: dict[str, None] = {}
        while len(done) < len(self.incoming):
            ready = [
                node
                for node, links in self.incoming.items()
                if node not in done and all(link.source in done for link in links)
            ]
            if not ready:
                msg = "A benefits map must not lead back to where it started."
                raise ValueError(msg)
            done.update(dict.fromkeys(ready))
        return list(done)

    @exact
    def rate(self, benefit: str, factors: Mapping[str, Decimal | None]) -> Decimal | None:
        """r: share of a benefit to expect, by the delivery factor (0 to 1) of each output.

        An output without a factor is unknown, and so is all that rests on it. A benefit that
        nothing leads to is an output here: unknown, unless the factors name it.
        """
        rates = dict(factors)
        for node in self.order:
            if node not in self.outputs:
                rates[node] = self._yield(self.incoming[node], rates)
        return rates.get(benefit)

    @staticmethod
    def _yield(links: Sequence[Link], rates: Mapping[str, Decimal | None]) -> Decimal | None:
        essential, weighted, weights = ONE, ZERO, ZERO
        for link in links:
            rate = rates.get(link.source)
            if rate is None:
                return None
            if link.weight is None:
                essential *= rate
            else:
                weighted += link.weight * rate
                weights += link.weight
        return essential * weighted / weights if weights else essential

    def planned(self) -> dict[str, Decimal | None]:
        """Delivery factors of the plan: every output delivers."""
        return dict.fromkeys(self.outputs, ONE)

    def without(
        self, outputs: Iterable[str], factors: Mapping[str, Decimal | None]
    ) -> dict[str, Decimal | None]:
        """Delivery factors after some outputs are taken out; no other takes their weight."""
        return {**factors, **dict.fromkeys(outputs, ZERO)}

    @exact
    def contribution(self, benefit: str, output: str) -> Decimal:
        """Share of an output in a benefit along its additive paths; the shares sum to 1."""
        shares: dict[str, Decimal] = {output: ONE}
        for node in self.order:
            if node in self.outputs:
                continue
            additive = [(link.source, link.weight) for link in self.incoming[node] if link.weight]
            paths = sum((w * shares.get(source, ZERO) for source, w in additive), ZERO)
            shares[node] = ratio(paths, sum((w for _, w in additive), ZERO)) or ZERO
        return shares.get(benefit, ZERO)


@exact
def benefit_at_risk(
    map_: BenefitsMap, benefit: str, *, target: Decimal, factors: Mapping[str, Decimal | None]
) -> Decimal | None:
    """Target less what the delivery factors let expect."""
    rate = map_.rate(benefit, factors)
    return None if rate is None else target * (ONE - rate)


@exact
def removal_impact(
    map_: BenefitsMap,
    benefit: str,
    outputs: Iterable[str],
    *,
    target: Decimal,
    factors: Mapping[str, Decimal | None],
) -> Decimal | None:
    """Benefit lost when these outputs are taken out together, against the factors given.

    Several impacts do not add up where outputs are essential: give the outputs of one decision
    in one call. With the factors of the plan this is the planned dependence.
    """
    before = map_.rate(benefit, factors)
    after = map_.rate(benefit, map_.without(outputs, factors))
    return None if before is None or after is None else target * (before - after)


def planned_dependence(
    map_: BenefitsMap, benefit: str, output: str, *, target: Decimal
) -> Decimal | None:
    """Benefit lost by taking an output out of the plan, in which all others deliver."""
    return removal_impact(map_, benefit, [output], target=target, factors=map_.planned())


def criticality(
    map_: BenefitsMap,
    benefit: str,
    output: str,
    *,
    target: Decimal,
    factors: Mapping[str, Decimal | None],
) -> Decimal | None:
    """Birnbaum importance: benefit between an output that surely comes and one that does not."""
    surely = {**factors, output: ONE}
    return removal_impact(map_, benefit, [output], target=target, factors=surely)


class Attribution(NamedTuple):
    """Benefit by contributor, and what no contributor claims; both sum to the benefits."""

    by_contributor: dict[str, Decimal]
    unattributed: Decimal


@exact
def attribution(
    benefits: Mapping[str, Decimal], shares: Mapping[str, Mapping[str, Decimal]]
) -> Attribution:
    """Split each benefit by the shares (0 to 1) of its contributors.

    Shares below zero, or above 1 in sum, are a `ValueError`: a benefit counts once.
    """
    claimed: dict[str, Decimal] = {}
    for benefit, amount in benefits.items():
        parts = shares.get(benefit, {})
        if any(share < ZERO for share in parts.values()) or sum(parts.values(), ZERO) > ONE:
            msg = f"The shares of {benefit} must be at least 0 and at most 1 in sum."
            raise ValueError(msg)
        for contributor, share in parts.items():
            claimed[contributor] = claimed.get(contributor, ZERO) + share * amount
    return Attribution(claimed, sum(benefits.values(), ZERO) - sum(claimed.values(), ZERO))


@exact
def benefit_forecast(
    *,
    realised: Decimal,
    planned: Decimal,
    target: Decimal,
    rate: Decimal | None,
    measurements: int,
    are_contributors_closed: bool,
) -> Decimal | None:
    """What a benefit will come to: realised, and the rest of the target by the trend so far.

    `realised` and `planned` are to date, `rate` is the map's r, `None` without links. Below
    three measurements the rate is the trend; then the lower of it and BRI, and BRI alone once
    all contributors have closed. The trend stays within 0 and 1.5.
    """
    trend = rate
    index = realisation_index(actual=realised, planned=planned)
    if measurements >= ENOUGH_MEASUREMENTS and index is not None:
        is_alone = are_contributors_closed or rate is None
        trend = index if is_alone or rate is None else min(rate, index)
    if trend is None:
        return None
    return realised + (target - planned) * min(max(trend, ZERO), HIGHEST_TREND)


def delayed(flows: Sequence[Decimal], *, periods: int, horizon: str) -> list[Decimal]:
    """Flow of a benefit by period when it starts some periods late.

    A fixed horizon loses the last periods; a shifting one only comes later.
    """
    late = [ZERO] * periods + list(flows)
    return late[: len(flows)] if Horizon(horizon) == Horizon.FIXED else late


class Contribution(NamedTuple):
    """What a benefit gives to an objective: its weight there, its forecast and its target."""

    weight: Decimal
    forecast: Decimal | None
    target: Decimal


class Achievement(NamedTuple):
    """How far an objective will be met, by the benefits that are known, and their weight."""

    rate: Decimal | None
    coverage: Decimal | None


@exact
def objective_achievement(contributions: Iterable[Contribution]) -> Achievement:
    """Mean of forecast over target by weight, each between 0 and 1.2.

    So one benefit that does far better than asked cannot hide another that fails.
    """
    achieved, known, weights = ZERO, ZERO, ZERO
    for weight, forecast, target in contributions:
        weights += weight
        rate = ratio(forecast, target)
        if rate is not None:
            known += weight
            achieved += weight * min(max(rate, ZERO), HIGHEST_ACHIEVEMENT)
    return Achievement(ratio(achieved, known), ratio(known, weights))
