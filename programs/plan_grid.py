"""Entering the plan of a benefit for many periods at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms

from ppm.core.constraints import FIRST_DAY, LAST_DAY
from ppm.core.forms import DayInput, is_written, plain
from programs.models import Benefit
from programs.planning import plan_periods
from programs.timeline import MONTHS, Interval, month_end, period_ends

USUAL_COUNT = 12
MOST = 120
LONGEST = {Interval.MONTH: timedelta(days=45), Interval.QUARTER: timedelta(days=135)}
"""How far apart the ends of two periods are at most."""
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
"""What the field of a period is named."""


class SeriesForm(forms.Form):
    """Which periods to plan."""

    first = forms.DateField(label="First period ends on", widget=DayInput())
    interval = forms.ChoiceField(
        label="Each period is a", choices=[(one.value, one.value) for one in Interval]
    )
    count = forms.IntegerField(label="Number of periods", min_value=1, max_value=MOST)

    def clean_first(self) -> date:
        """See that calendars reach the day."""
        first: date = self.cleaned_data["first"]
        if not FIRST_DAY <= first <= LAST_DAY:
            raise forms.ValidationError(f"Choose a day from {FIRST_DAY} to {LAST_DAY}.")
        return first

    @property
    def ends(self) -> list[date]:
        """The ends of the periods, as far as calendars reach; none while the choice is unclear."""
        if not self.is_valid():
            return []
        chosen = self.cleaned_data
        ends = period_ends(chosen["first"], Interval(chosen["interval"]), chosen["count"])
        return [end for end in ends if end <= LAST_DAY]

    @property
    def query(self) -> str:
        """The choice as a part of an address."""
        return urlencode(self.cleaned_data)


def usual_series(benefit: Benefit, *, as_of: date) -> dict[str, Any]:
    """Choose the periods that a page begins with: those planned, else a year of months."""
    ends = list(benefit.plan.order_by("period_end").values_list("period_end", flat=True))
    if not ends:
        return {"first": month_end(as_of), "interval": Interval.MONTH, "count": USUAL_COUNT}
    gap = ends[1] - ends[0] if len(ends) > 1 else timedelta()
    interval = next((one for one, longest in LONGEST.items() if gap <= longest), Interval.YEAR)
    months = (ends[-1].year - ends[0].year) * 12 + ends[-1].month - ends[0].month
    count = min(months // MONTHS[interval] + 1, MOST)
    return {"first": ends[0], "interval": interval, "count": count}


class PeriodField(forms.DecimalField):
    """The planned value of a period; one that did not come back stays as it is."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show what is planned where nothing came back."""
        return initial if data is None else super().bound_data(data, initial)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether something else came back than had been shown."""
        return data is not None and super().has_changed(initial, data)


class PlanGridForm(forms.Form):
    """The planned values of periods in a row, a field for each; an empty one plans nothing.

    What the page had shown comes back with it, so that only what the user changed is written:
    meanwhile others may have planned something.
    """

    def __init__(self, *args: Any, benefit: Benefit, ends: Sequence[date], **options: Any) -> None:
        """Show what is planned so far."""
        super().__init__(*args, **options)
        self.benefit = benefit
        self.planned: dict[date, Decimal] = dict(
            benefit.plan.order_by("period_end").values_list("period_end", "value")
        )
        self.ends = {end.isoformat(): end for end in fitted(ends, self.planned)}
        for name, end in self.ends.items():
            self.fields[name] = PeriodField(
                max_digits=19,
                decimal_places=4,
                required=False,
                label=f"{end.day} {end:%b %Y}",
                initial=plain(self.planned.get(end)),
                show_hidden_initial=True,
            )

    @property
    def elsewhere(self) -> int:
        """How many planned periods are not shown."""
        return len(self.planned.keys() - set(self.ends.values()))

    def clean(self) -> None:
        """Tell which values have no period any more, rather than drop them."""
        for name, value in self._homeless():
            self.add_error(
                None,
                f"The period that ends on {name} is not among these any more, as the plan was "
                f"changed meanwhile. Write what you planned for it, “{value}”, where it belongs.",
            )

    def _homeless(self) -> Iterator[tuple[str, str]]:
        """List what was changed in fields of periods that are not shown."""
        for name, value in self.data.items():
            if name not in self.ends and DAY.fullmatch(name):
                shown = self.data.get(self.add_initial_prefix(name), "")
                if value.strip() != shown.strip():
                    yield name, value

    def stored(self) -> bool:
        """Plan all changed periods at once."""
        return bool(self.ends) and self.is_valid() and is_written(self, self._write)

    def _write(self) -> None:
        values = {self.ends[name]: self.cleaned_data[name] for name in self.changed_data}
        plan_periods(self.benefit, values)


def fitted(ends: Iterable[date], planned: Iterable[date]) -> list[date]:
    """Take the ends that are planned already instead of others in the same months."""
    by_month: dict[date, list[date]] = {}
    for day in planned:
        by_month.setdefault(month_end(day), []).append(day)
    return sorted({day for end in ends for day in by_month.get(month_end(end), [end])})
