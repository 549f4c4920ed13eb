"""Planned and earned value of a task by its earning method, and the measures of performance.

Money is `Decimal` in the currency of the tree. Time is in working minutes since the start of
the baseline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from projects.evm.numbers import ONE, ZERO, difference, exact, money, product, ratio, total

HALF = Decimal("0.5")
FULL_PERCENT = Decimal(100)


class EarningMethod(StrEnum):
    """How a work package turns progress into earned value; fixed by the baseline."""

    ZERO_HUNDRED = "zero_hundred"
    FIFTY_FIFTY = "fifty_fifty"
    WEIGHTED_MILESTONES = "weighted_milestones"
    PHYSICAL_PERCENT = "physical_percent"
    LEVEL_OF_EFFORT = "level_of_effort"


def _spread(budget: Decimal, elapsed: Decimal, start: Decimal, finish: Decimal) -> Decimal:
    """Spread a budget evenly over the working time; a moment has all of it at once."""
    if elapsed >= finish:
        return budget
    return budget * (elapsed - start) / (finish - start) if elapsed > start else ZERO


@exact
def planned_value(
    *,
    method: str,
    budget: Decimal,
    elapsed: Decimal,
    start_elapsed: Decimal,
    finish_elapsed: Decimal,
    due_weight: Decimal = ZERO,
    total_weight: Decimal = ZERO,
) -> Decimal:
    """Money that a task should have earned after `elapsed` minutes of its baseline.

    `due_weight` of `total_weight` is what its milestones weigh that are planned by then; without
    milestones it plans nothing. An unknown method is a `ValueError`.
    """
    match EarningMethod(method):
        case EarningMethod.ZERO_HUNDRED:
            return money(budget if elapsed >= finish_elapsed else ZERO)
        case EarningMethod.FIFTY_FIFTY:
            begun = budget * HALF if elapsed > start_elapsed else ZERO
            return money(budget if elapsed >= finish_elapsed else begun)
        case EarningMethod.WEIGHTED_MILESTONES:
            return money(ratio(budget * due_weight, total_weight) or ZERO)
        case EarningMethod.PHYSICAL_PERCENT | EarningMethod.LEVEL_OF_EFFORT:
            return money(_spread(budget, elapsed, start_elapsed, finish_elapsed))


@exact
def earned_value(
    *,
    method: str,
    budget: Decimal,
    percent: Decimal,
    planned: Decimal,
    accomplished_weight: Decimal = ZERO,
    total_weight: Decimal = ZERO,
) -> Decimal:
    """Money that a task has earned with `percent` (0 to 100) of its work done.

    A level of effort earns its `planned` value, so it never slips; milestones earn by weight.
    """
    match EarningMethod(method):
        case EarningMethod.ZERO_HUNDRED:
            return money(budget if percent >= FULL_PERCENT else ZERO)
        case EarningMethod.FIFTY_FIFTY:
            share = ONE if percent >= FULL_PERCENT else HALF if percent > ZERO else ZERO
            return money(budget * share)
        case EarningMethod.WEIGHTED_MILESTONES:
            return money(ratio(budget * accomplished_weight, total_weight) or ZERO)
        case EarningMethod.PHYSICAL_PERCENT:
            return money(budget * percent / FULL_PERCENT)
        case EarningMethod.LEVEL_OF_EFFORT:
            return money(planned)


@dataclass(frozen=True, kw_only=True)
class EarnedValue:
    """The four additive amounts of performance (BAC, PV, EV, AC), and the ratios of them.

    Values add up over any set of work, and ratios come from the totals. `earned_costed` is the
    part of EV whose cost is known; only that meets the cost, so that work whose cost is missing
    does not flatter its parent. It need not be given for one piece of work.
    """

    budget: Decimal | None = None
    planned: Decimal | None = None
    earned: Decimal | None = None
    actual: Decimal | None = None
    earned_costed: Decimal | None = None

    def __post_init__(self) -> None:
        """Take all of EV as costed where the cost of one piece of work is above zero."""
        if self.actual is None:
            return
        if self.earned is None:
            msg = "A cost is part of performance only where the earned value is known."
            raise ValueError(msg)
        if self.earned_costed is None and self.actual > ZERO:
            object.__setattr__(self, "earned_costed", self.earned)

    def __add__(self, other: EarnedValue) -> EarnedValue:
        """Add amount by amount; what is unknown adds nothing."""
        return EarnedValue(
            budget=total(self.budget, other.budget),
            planned=total(self.planned, other.planned),
            earned=total(self.earned, other.earned),
            actual=total(self.actual, other.actual),
            earned_costed=total(self.earned_costed, other.earned_costed),
        )

    @property
    def schedule_variance(self) -> Decimal | None:
        """SV = EV - PV, in money; positive is ahead."""
        return difference(self.earned, self.planned)

    @property
    def cost_variance(self) -> Decimal | None:
        """CV = EV - AC of the work whose cost is known; positive is cheaper."""
        return difference(self.earned_costed, self.actual)

    @property
    def schedule_variance_rate(self) -> Decimal | None:
        """SV % as a fraction: SV / PV."""
        return ratio(self.schedule_variance, self.planned)

    @property
    def cost_variance_rate(self) -> Decimal | None:
        """CV % as a fraction: CV / EV."""
        return ratio(self.cost_variance, self.earned_costed)

    @property
    def cost_performance_index(self) -> Decimal | None:
        """CPI = EV / AC; unknown until a cost is booked."""
        return ratio(self.earned_costed, self.actual)

    @property
    def schedule_performance_index(self) -> Decimal | None:
        """SPI = EV / PV; it returns to 1 at the end of late work, so SPI(t) is the better one."""
        return ratio(self.earned, self.planned)

    @property
    def schedule_cost_index(self) -> Decimal | None:
        """SCI = CPI x SPI."""
        return product(self.cost_performance_index, self.schedule_performance_index)

    @property
    def complete_rate(self) -> Decimal | None:
        """EV / BAC."""
        return ratio(self.earned, self.budget)

    @property
    def spent_rate(self) -> Decimal | None:
        """AC / BAC."""
        return ratio(self.actual, self.budget)

    @property
    def to_complete_index(self) -> Decimal | None:
        """TCPI(BAC): efficiency that the rest needs to end on budget; `None` once complete."""
        return self.to_complete_index_at(self.budget)

    def to_complete_index_at(self, target: Decimal | None) -> Decimal | None:
        """TCPI: (BAC - EV) / (target - AC); `None` when complete or when nothing is left."""
        remaining = difference(self.budget, self.earned)
        if remaining is None or remaining <= ZERO:
            return None
        return ratio(remaining, difference(target, self.actual))


class Discrete(NamedTuple):
    """Work without its level of effort, and the share of the budget that was left out."""

    value: EarnedValue
    level_of_effort_share: Decimal | None


def discrete_work(parts: Iterable[tuple[str, EarnedValue]]) -> Discrete:
    """Sum the (method, value) pairs that can slip: level of effort earns what it plans."""
    pairs = list(parts)
    whole = sum((value for _, value in pairs), EarnedValue())
    kept = (value for method, value in pairs if method != EarningMethod.LEVEL_OF_EFFORT)
    discrete = sum(kept, EarnedValue())
    left_out = difference(whole.budget, discrete.budget or ZERO)
    return Discrete(discrete, ratio(left_out, whole.budget))
