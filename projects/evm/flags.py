"""Warnings about figures that do not fit together. They explain; they never block."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from projects.evm.numbers import ZERO, difference
from projects.evm.value import EarnedValue

UNATTAINABLE_INDEX = Decimal("1.10")
UNATTAINABLE_FROM = Decimal("0.20")
OPTIMISM_LIMIT = Decimal("0.10")
LOW_INDEX = Decimal("0.9")
PERIOD_DAYS = 30


class Flag(StrEnum):
    """What looks wrong about the performance of some work."""

    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    BUDGET_UNATTAINABLE = "BUDGET_UNATTAINABLE"
    ESTIMATE_OPTIMISTIC = "ESTIMATE_OPTIMISTIC"
    LOW_COST_INDEX = "LOW_COST_INDEX"
    LOW_SCHEDULE_INDEX = "LOW_SCHEDULE_INDEX"
    AC_WITHOUT_EV = "AC_WITHOUT_EV"
    EV_WITHOUT_AC = "EV_WITHOUT_AC"
    PV_AFTER_FINISH = "PV_AFTER_FINISH"


def _is_above(value: Decimal | None, limit: Decimal) -> bool:
    return value is not None and value > limit


def _is_below(value: Decimal | None, limit: Decimal) -> bool:
    return value is not None and value < limit


def _cost_flags(value: EarnedValue, *, first_cost_age_days: int | None) -> dict[Flag, bool]:
    actual, earned = value.actual or ZERO, value.earned
    is_incomplete = _is_below(difference(earned, value.budget), ZERO)
    is_old = first_cost_age_days is not None and first_cost_age_days > PERIOD_DAYS
    return {
        Flag.BUDGET_EXHAUSTED: is_incomplete and actual >= (value.budget or ZERO),
        Flag.AC_WITHOUT_EV: actual > ZERO and earned == ZERO and is_old,
        Flag.EV_WITHOUT_AC: _is_above(earned, ZERO) and actual <= ZERO,
        Flag.PV_AFTER_FINISH: not is_incomplete
        and _is_above(earned, ZERO)
        and _is_below(difference(value.planned, value.budget), ZERO),
    }


def flags(
    value: EarnedValue,
    *,
    estimate: Decimal | None = None,
    schedule_index_time: Decimal | None = None,
    first_cost_age_days: int | None = None,
) -> list[Flag]:
    """List the warnings; `estimate` is the headline EAC, the index SPI(t), the age in days.

    `PV_AFTER_FINISH`: the work is complete, and the plan still holds value for later.
    """
    gap = difference(value.to_complete_index_at(estimate), value.cost_performance_index)
    raised = {
        Flag.BUDGET_UNATTAINABLE: _is_above(value.to_complete_index, UNATTAINABLE_INDEX)
        and not _is_below(value.complete_rate, UNATTAINABLE_FROM),
        Flag.ESTIMATE_OPTIMISTIC: _is_above(gap, OPTIMISM_LIMIT),
        Flag.LOW_COST_INDEX: _is_below(value.cost_performance_index, LOW_INDEX),
        Flag.LOW_SCHEDULE_INDEX: _is_below(schedule_index_time, LOW_INDEX),
    } | _cost_flags(value, first_cost_age_days=first_cost_age_days)
    return [flag for flag in Flag if raised[flag]]
