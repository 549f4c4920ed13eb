"""The tab that compares two dates: the figures, what moved the chosen one, and the new facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator

from ppm.core.comparison import (
    MEASURES,
    Comparison,
    Moved,
    compare,
    news,
    usual_dates,
)
from ppm.core.constraints import check_reached
from ppm.core.forms import DayInput
from ppm.core.models import Component
from ppm.core.outline import PAGE_SIZE
from ppm.core.tabs import Matter, Reader

FIRST_CHOICE = "eac"


class PeriodForm(forms.Form):
    """Two dates, the earlier one first."""

    first = forms.DateField(label="From", widget=DayInput, validators=[check_reached])
    second = forms.DateField(label="To", widget=DayInput, validators=[check_reached])

    def clean(self) -> dict[str, Any]:
        """Refuse a period that is none."""
        values = super().clean() or {}
        if values.get("first") and values.get("second") and values["first"] >= values["second"]:
            raise forms.ValidationError("The first date must be before the second.")
        return values


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
    form = PeriodForm(asked, label_suffix="", use_required_attribute=False)
    if not form.is_valid():
        return {"form": form}
    first, second = form.cleaned_data["first"], min(form.cleaned_data["second"], matter.as_of)
    if first >= second:
        form.add_error(None, f"The figures of this tree have come to {matter.as_of} only.")
        return {"form": form}
    found = compare(
        matter.component,
        first=first,
        second=second,
        user=reader.user,
        now=reader.now,
    )
    chosen = reader.query.get("figure", "")
    chosen = chosen if chosen in MEASURES else FIRST_CHOICE
    told = news(found, user=reader.user)
    return {
        "form": form,
        "comparison": found,
        "lines": lines_of(found),
        "chosen": Line(chosen, MEASURES[chosen], found.whole(chosen)),
        "page": Paginator(shares_of(found, chosen), PAGE_SIZE).get_page(reader.page),
        "out_of_sight": found.out_of_sight(chosen),
        "itself": found.itself(chosen),
        "news": Paginator(told, PAGE_SIZE).get_page(reader.query.get("news")),
    }


def lines_of(comparison: Comparison) -> list[Line]:
    """List the figures that are known on either date."""
    lines = (Line(name, label, comparison.whole(name)) for name, label in MEASURES.items())
    return [line for line in lines if (line.moved.before, line.moved.after) != (None, None)]


def shares_of(comparison: Comparison, measure: str) -> list[Share]:
    """List what the components did to a figure, the largest share first."""
    return [Share(part.component, part.moved(measure)) for part in comparison.ranked(measure)]
