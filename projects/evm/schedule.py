"""Earned schedule: performance in time instead of money, and forecasts of the duration.

The functions take any one unit of time; the stored figures use working minutes since the start
of the baseline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from projects.evm.numbers import ONE, ZERO, difference, exact, ratio
from projects.evm.value import EarnedValue

Curve = Sequence[tuple[Decimal, Decimal]]


def planned_duration(curve: Curve, *, budget: Decimal) -> Decimal:
    """PD: the first time at which the planned value is the whole budget.

    `curve` holds (time, cumulative planned value), ascending; it starts at (0, 0), which need
    not be given. A curve that never reaches the budget is a `ValueError`.
    """
    reached = (time for time, planned in curve if planned >= budget)
    duration = next(reached, None)
    if duration is None:
        msg = "The planned curve does not reach the budget."
        raise ValueError(msg)
    return duration


@exact
def earned_schedule(curve: Curve, *, earned: Decimal, budget: Decimal) -> Decimal:
    """ES: the time at which the plan had earned what is earned now, between 0 and PD.

    Where the plan stands still, the end of the pause counts: the work planned before it is done.
    """
    if earned <= ZERO:
        return ZERO
    duration = planned_duration(curve, budget=budget)
    if earned >= budget:
        return duration
    points = [(ZERO, ZERO), *curve]
    (time, planned), (next_time, next_planned) = next(
        pair for pair in reversed(list(pairwise(points))) if pair[0][1] <= earned
    )
    return time + (earned - planned) * (next_time - time) / (next_planned - planned)


@dataclass(frozen=True, kw_only=True)
class EarnedTime:
    """AT, ES and PD of work: time gone, time earned, time planned in all."""

    elapsed: Decimal
    earned: Decimal
    planned: Decimal

    @property
    def schedule_variance(self) -> Decimal:
        """SV(t) = ES - AT; positive is ahead."""
        return self.earned - self.elapsed

    @property
    def schedule_index(self) -> Decimal | None:
        """SPI(t) = ES / AT; `None` before the start."""
        return ratio(self.earned, self.elapsed)

    @property
    def to_complete_index(self) -> Decimal | None:
        """TSPI = (PD - ES) / (PD - AT); `None` when the planned time is used up."""
        return ratio(self.planned - self.earned, self.planned - self.elapsed)


@dataclass(frozen=True, kw_only=True)
class TimeForecasts:
    """Duration at completion by planned value, by earned duration and by earned schedule.

    The first of each pair does the rest as planned, the second at the efficiency so far.
    """

    planned_value_1: Decimal | None
    planned_value_2: Decimal | None
    earned_duration_1: Decimal | None
    earned_duration_2: Decimal | None
    earned_schedule_1: Decimal
    earned_schedule_2: Decimal | None


@exact
def time_forecasts(time: EarnedTime, value: EarnedValue) -> TimeForecasts:
    """PV1 PV2 ED1 ED2 ES1 ES2; `None` where the index they need is unknown or zero."""
    index = value.schedule_performance_index
    variance = value.schedule_variance
    late = None if variance is None else ratio(variance * time.planned, value.budget)
    longest = max(time.planned, time.elapsed)
    earned_duration = None if index is None else time.elapsed * index
    rest = difference(longest, earned_duration)
    rest_at_index = ratio(rest, index)
    return TimeForecasts(
        planned_value_1=difference(time.planned, late),
        planned_value_2=ratio(time.planned, index),
        earned_duration_1=None if rest is None else time.elapsed + rest,
        earned_duration_2=None if rest_at_index is None else time.elapsed + rest_at_index,
        earned_schedule_1=time.elapsed + time.planned - time.earned,
        earned_schedule_2=ratio(time.planned, time.schedule_index),
    )


@exact
def smoothed_forecast(
    earned: Iterable[Decimal], *, elapsed: Decimal, planned: Decimal, beta: Decimal
) -> Decimal | None:
    """XSM: duration at completion with an exponentially smoothed earned schedule per period.

    `earned` is ES at the end of each period so far, in periods. `beta` 0 trusts the plan (ES1),
    1 trusts the newest period alone. `None` when the smoothed trend stands still or goes back.
    """
    trend, last = ONE, ZERO
    for now in earned:
        trend = beta * (now - last) + (ONE - beta) * trend
        last = now
    rest = ratio(planned - last, trend)
    return None if rest is None else elapsed + rest
