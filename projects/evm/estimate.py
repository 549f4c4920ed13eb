"""Estimates at completion: the statistical family, the manager's own, and the one that counts."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from projects.evm.numbers import ONE, ZERO, exact, money, product, ratio
from projects.evm.value import EarnedValue

# An estimate older than this gives way to the statistical one.
ESTIMATE_DAYS = 35


class EstimateMethod(StrEnum):
    """Where an estimate at completion comes from."""

    PF1 = "PF1"
    CPI = "CPI"
    SCI = "SCI"
    W8020 = "W8020"
    SPI = "SPI"
    SPIT = "SPIT"
    SCIT = "SCIT"
    BLEND = "BLEND"
    BU = "BU"
    PLAN = "PLAN"
    AC = "AC"


class Headline(NamedTuple):
    """The estimate at completion that counts, and where it comes from; both `None` if unknown."""

    amount: Decimal | None
    method: EstimateMethod | None


@exact
def _performance_factor(
    method: EstimateMethod, value: EarnedValue, schedule_index_time: Decimal | None
) -> Decimal | None:
    """Efficiency that a method expects of the rest of the work; `None` when unknown."""
    cost, schedule = value.cost_performance_index, value.schedule_performance_index
    mixed = None
    if cost is not None and schedule is not None:
        mixed = Decimal("0.8") * cost + Decimal("0.2") * schedule
    return {
        EstimateMethod.PF1: ONE,
        EstimateMethod.CPI: cost,
        EstimateMethod.SCI: value.schedule_cost_index,
        EstimateMethod.W8020: mixed,
        EstimateMethod.SPI: schedule,
        EstimateMethod.SPIT: schedule_index_time,
        EstimateMethod.SCIT: product(cost, schedule_index_time),
    }[method]


@exact
def estimate_at_completion(
    method: str, value: EarnedValue, *, schedule_index_time: Decimal | None = None
) -> Decimal | None:
    """EAC = AC + (BAC - EV) / PF for the statistical methods; `None` when a part is unknown.

    `BLEND` is (1 - p) EAC(PF1) + p EAC(CPI) with p = EV / BAC, in one division. The other
    sources (`BU`, `PLAN`, `AC`) are not statistics: `bottom_up_estimate`, `headline_estimate`.
    """
    if value.actual is None or value.earned is None or value.budget is None:
        return None
    remaining = value.budget - value.earned
    code = EstimateMethod(method)
    if code == EstimateMethod.BLEND:
        rest = ratio(remaining * (value.actual + remaining), value.budget)
    else:
        rest = ratio(remaining, _performance_factor(code, value, schedule_index_time))
    return None if rest is None else value.actual + rest


@exact
def bottom_up_estimate(
    *, estimate_to_complete: Decimal, actual_at_estimate: Decimal, actual: Decimal
) -> Decimal:
    """EAC by the manager: the cost dated up to the estimate plus what was still to come then.

    A cost dated later uses up the estimate and does not add to it, until it exceeds it.
    """
    return money(max(actual_at_estimate + estimate_to_complete, actual))


def is_estimate_current(*, age_days: int, has_tasks: bool) -> bool:
    """Whether a manager's estimate still leads; without tasks there is nothing better."""
    return age_days <= ESTIMATE_DAYS or not has_tasks


@exact
def headline_estimate(
    *,
    budget: Decimal | None,
    earned: Decimal | None,
    actual: Decimal | None,
    bottom_up: Decimal | None = None,
) -> Headline:
    """The EAC that is rolled up, and its source; `bottom_up` is given only while it is current.

    Without a cost the plan stands; without an earned value the plan stands unless overspent.
    Complete work costs what it cost; work hardly begun goes on at budget; else it is blended.
    """
    if bottom_up is not None:
        return Headline(money(bottom_up), EstimateMethod.BU)
    if budget is None:
        return Headline(None, None)
    if actual is None or earned is None:
        return Headline(money(max(budget, actual or ZERO)), EstimateMethod.PLAN)
    if earned >= budget:
        return Headline(money(actual), EstimateMethod.AC)
    begun = earned > ZERO and actual > ZERO
    method = EstimateMethod.BLEND if begun else EstimateMethod.PF1
    value = EarnedValue(budget=budget, earned=earned, actual=actual)
    amount = estimate_at_completion(method, value)
    return Headline(None if amount is None else money(amount), method)
