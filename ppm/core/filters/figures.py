"""What is newest on a date: the day that a tree's figures are about, and filters by figures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import (
    DateField,
    Exists,
    OuterRef,
    Subquery,
    Value,
)
from django_filters import rest_framework as filters
from django_filters.constants import EMPTY_VALUES

from ppm.core.amounts import amounts_of
from ppm.core.filters.days import status_day
from ppm.core.filters.kinds import AmountFilter
from ppm.core.filters.rows import NUMBERS, RowFilter
from ppm.core.models import Snapshot

FIGURES = {
    "bac": "BAC",
    "eac": "EAC",
    "etc": "ETC",
    "vac": "VAC",
    "spent": "Spent",
    "committed": "Committed",
    "risk_exposure": "Risk exposure",
    "benefit_target": "Benefit target",
    "benefit_realised": "Benefit realised",
    "benefit_forecast": "Benefit forecast",
    "coverage": "Coverage",
    "cpi": "CPI",
    "spi": "SPI",
    "spi_t": "SPI(t)",
    "roi": "ROI",
    "forward_roi": "Forward ROI",
}
"""The amounts and ratios by which one searches, and what a page calls them."""

AMOUNTS = amounts_of(Snapshot)

DIMENSIONS = tuple(
    f"{dimension}_health"
    for dimension in ("computed", "schedule", "cost", "scope", "risk", "issue", "benefit")
)


class RatioFilter(filters.NumberFilter):
    """A limit to a ratio of snapshots; what is not known passes none."""

    def filter(self, snapshots: Any, value: object) -> Any:
        """Keep the snapshots within the limit."""
        return super().filter(snapshots.with_ratios(), value)


def figure_filters() -> dict[str, filters.Filter]:
    """Build the limits to all figures."""
    return {
        f"{name}__{lookup}": (AmountFilter if name in AMOUNTS else RatioFilter)(
            field_name=name,
            lookup_expr=lookup,
            label=NUMBERS[lookup][0].format(label),
            help_text=f"{label}: {NUMBERS[lookup][1]}; what is not known is left out.",
        )
        for name, label in FIGURES.items()
        for lookup in ("gte", "lte")
    }


class NewestFilter(RowFilter):
    """Filters of rows, also by the newest of what is known of each on a date."""

    @classmethod
    def of_newest(cls) -> dict[str, filters.Filter]:
        """Build the filters of what is known."""
        return {}

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        """Add those of what is known."""
        return {**super().get_filters(), **(cls.of_newest() if cls._meta.model else {})}

    def newest(self, rows: Any) -> tuple[Any, Any]:
        """Alias `newest`, the id of what is newest of each row; also return all that is known."""
        raise NotImplementedError

    def filter_queryset(self, rows: Any) -> Any:
        """Narrow the rows, and what is newest of each."""
        values = self.form.cleaned_data
        asked = [name for name in values if values[name] not in EMPTY_VALUES]
        of_newest = [name for name in self.of_newest() if name in asked] if asked else []
        for name in asked:
            if name not in of_newest:
                rows = self.filters[name].filter(rows, values[name])
        if not of_newest:
            return rows
        rows, known = self.newest(rows)
        for name in of_newest:
            known = self.filters[name].filter(known, values[name])
        return rows.filter(Exists(known.filter(pk=OuterRef("newest"))))


def with_day(components: Any, *, as_of: date | None, now: datetime) -> Any:
    """Alias `status_day`: the given date, else the status date of each tree."""
    if as_of is None:
        return components.alias(status_day=status_day("path", now=now))
    return components.alias(status_day=Value(as_of, DateField()))


def newest(column: str) -> Subquery:
    """Read a column of the newest snapshot that is not later than `status_day`."""
    snapshots = Snapshot.objects.filter(
        component_id=OuterRef("pk"), as_of__lte=OuterRef("status_day")
    )
    return Subquery(snapshots.order_by("-as_of").values(column)[:1])
