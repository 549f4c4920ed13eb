"""The plan of a benefit against what was measured, period by period.

Pure: no framework, no input or output, no clock. Values are in the unit of the benefit.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from programs.benefits import level_realisation, realisation_index

ZERO = Decimal()
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """What was planned and measured in the period that ends on a day; None is nothing.

    Of a flow the sums run from the first period to this one, and `reached` is the one over the
    other (BRI), unknown before the end of the period. Levels have no sums: `reached` is how far
    the measured one is on the way from the baseline to the target.
    """

    end: date
    planned: Decimal | None
    measured: Decimal | None
    planned_to_date: Decimal | None
    measured_to_date: Decimal | None
    reached: Decimal | None


def without_amounts(period: Period) -> Period:
    """Keep of a period how much of its plan was reached."""
    return Period(period.end, None, None, None, None, period.reached)


def flow(
    plan: Mapping[date, Decimal], measured: Mapping[date, Decimal], *, as_of: date
) -> list[Period]:
    """Add up a flow: what was measured belongs to the planned period that its date lies in.

    What was measured after the last planned period stands by its own date.
    """
    periods: list[Period] = []
    planned_sum = measured_sum = ZERO
    for begin, end in pairwise(_bounds(plan, measured)):
        came = [value for day, value in measured.items() if begin < day <= end]
        planned_sum += plan.get(end, ZERO)
        measured_sum += sum(came, ZERO)
        is_due = end <= as_of
        periods.append(
            Period(
                end=end,
                planned=plan.get(end),
                measured=sum(came, ZERO) if came else None,
                planned_to_date=planned_sum,
                measured_to_date=measured_sum if is_due or came else None,
                reached=realisation_index(actual=measured_sum, planned=planned_sum)
                if is_due
                else None,
            )
        )
    return periods


def level(
    plan: Mapping[date, Decimal],
    measured: Mapping[date, Decimal],
    *,
    baseline: Decimal | None,
    target: Decimal | None,
) -> list[Period]:
    """Put the planned level beside the newest one measured in each period."""
    periods: list[Period] = []
    for begin, end in pairwise(_bounds(plan, measured)):
        newest = max((day for day in measured if begin < day <= end), default=None)
        value = None if newest is None else measured[newest]
        periods.append(
            Period(end, plan.get(end), value, None, None, _way(value, baseline, target))
        )
    return periods


def _way(
    value: Decimal | None, baseline: Decimal | None, target: Decimal | None
) -> Decimal | None:
    if value is None or baseline is None or target is None:
        return None
    return level_realisation(actual=value, baseline=baseline, target=target)


def _bounds(plan: Mapping[date, Decimal], measured: Mapping[date, Decimal]) -> list[date]:
    """List the ends of all periods, and before them a day that is earlier than everything."""
    last = max(plan, default=date.min)
    ends = sorted({*plan, *(day for day in measured if day > last)})
    return [date.min, *ends]


class Interval(StrEnum):
    """How long a planned period is."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


def period_ends(first: date, interval: Interval, count: int) -> list[date]:
    """List the ends of periods in a row; the end of a month stays the end of the month."""
    is_last = (first + ONE_DAY).day == 1
    ends = []
    for number in range(count):
        years, month = divmod(first.month - 1 + number * MONTHS[interval], 12)
        year, month = first.year + years, month + 1
        longest = monthrange(year, month)[1]
        ends.append(date(year, month, longest if is_last else min(first.day, longest)))
    return ends


def month_end(day: date) -> date:
    """Tell the last day of the month of a day."""
    return day.replace(day=monthrange(day.year, day.month)[1])
