"""The tab that compares two dates: the figures, what moved the chosen one, and the new facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator

from ppm.core.comparison import MEASURES, Comparison, Moved, compare, usual_dates
from ppm.core.constraints import check_reached
from ppm.core.forms import DayInput
from ppm.core.models import Component
from ppm.core.news import new_facts, told
from ppm.core.outline import PAGE_SIZE, LevelPaginator
from ppm.core.tabs import Matter, Reader

FIRST_CHOICE = "eac"


class PeriodForm(forms.Form):
    """Two dates, the earlier one first; figures go up to `as_of`, whatever date is asked for."""

    first = forms.DateField(label="From", widget=DayInput, validators=[check_reached])
    second = forms.DateField(label="To", widget=DayInput, validators=[check_reached])

    def __init__(self, asked: dict[str, Any], *, as_of: date) -> None:
        """Read what the address asks for."""
        super().__init__(asked, label_suffix="", use_required_attribute=False)
        self.as_of = as_of

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is none."""
        values = super().clean() or {}
        first, second = values.get("first"), values.get("second")
        if not first or not second:
            return values
        if first >= second:
            raise forms.ValidationError("The first date must be before the second.")
        if first >= self.as_of:
            raise forms.ValidationError(
                f"The figures of this tree have come to {self.as_of} only."
            )
        return {"first": first, "second": min(second, self.as_of)}


@dataclass(frozen=True)
class Line:
    """A figure and how it moved."""

    measure: str
    label: str
    moved: Moved


@dataclass(frozen=True)
class Share:
    """A component and what it did to the chosen figure."""

    component: Component
    moved: Moved


def comparison(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect how the figures moved between two dates, by default since the month before."""
    first, second = usual_dates(matter.figures)
    asked = {"first": first, "second": second, **reader.query.dict()}
    form = PeriodForm(asked, as_of=matter.as_of)
    if not form.is_valid():
        return {"form": form}
    first, second = form.cleaned_data["first"], form.cleaned_data["second"]
    found = compare(matter.component, matter.figures, first=first, second=second, user=reader.user)
    return {
        "form": form,
        "comparison": found,
        "lines": lines_of(found),
        "news": news_page(found, reader),
        **because(found, reader),
    }


def because(found: Comparison, reader: Reader) -> dict[str, Any]:
    """Tell because of what the chosen figure moved."""
    chosen = reader.query.get("figure", "")
    chosen = chosen if chosen in MEASURES else FIRST_CHOICE
    return {
        "chosen": Line(chosen, MEASURES[chosen], found.whole(chosen)),
        "page": Paginator(shares_of(found, chosen), PAGE_SIZE).get_page(reader.page),
        "out_of_sight": found.out_of_sight(chosen),
        "itself": found.itself(chosen),
    }


def news_page(found: Comparison, reader: Reader) -> Page[Any]:
    """Read a page of the new facts."""
    places = LevelPaginator(new_facts(found, user=reader.user), PAGE_SIZE)
    page: Page[Any] = places.get_page(reader.query.get("news"))
    page.object_list = told(page.object_list, found.component, user=reader.user)
    return page


def lines_of(comparison: Comparison) -> list[Line]:
    """List the figures that are known on either date."""
    lines = (Line(name, label, comparison.whole(name)) for name, label in MEASURES.items())
    return [line for line in lines if (line.moved.before, line.moved.after) != (None, None)]


def shares_of(comparison: Comparison, measure: str) -> list[Share]:
    """List what the components did to a figure, the largest share first."""
    return [Share(part.component, part.moved(measure)) for part in comparison.ranked(measure)]
