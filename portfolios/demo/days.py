"""The calendar of the demo: everything counts in days from its date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SATURDAY = 5


def workday(day: date) -> date:
    """Tell the day itself, or the Monday after a weekend."""
    while day.weekday() >= SATURDAY:
        day += DAY
    return day


def workday_before(day: date) -> date:
    """Tell the last working day that is earlier."""
    day -= DAY
    while day.weekday() >= SATURDAY:
        day -= DAY
    return day


def month_end(day: date) -> date:
    """Tell the last day of the month."""
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def month_ends(first: date, last: date) -> Iterator[date]:
    """Yield the month ends within two days, both included."""
    end = month_end(first)
    while end <= last:
        yield end
        end = month_end(end + DAY)


def quarter_ends(first: date, last: date) -> Iterator[date]:
    """Yield the ends of calendar quarters within two days, both included."""
    return (end for end in month_ends(first, last) if end.month % 3 == 0)


@dataclass(frozen=True)
class Days:
    """The days around the date of the demo. What happens on that day itself is not known yet."""

    today: date

    def day(self, number: int) -> date:
        """Tell the date so many days after the demo's."""
        return self.today + timedelta(days=number)

    def past(self, number: int) -> date:
        """Tell a working day about so many days before the demo's, and before it at any rate."""
        return min(workday(self.day(-number)), self.newest)

    @property
    def newest(self) -> date:
        """The last working day before the demo's date."""
        return workday_before(self.today)

    def weekly(self, first: date, last: date, *, every: int = 1) -> list[date]:
        """List the days of weekly reports, counted back from the newest working day."""
        day = self.newest
        days = []
        while day >= first:
            if day <= last:
                days.append(day)
            day -= every * WEEK
        return days[::-1]
