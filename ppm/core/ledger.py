"""The money recorded on a component itself: its costs by filter and in sum, its estimates."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Q, Sum
from django.http import QueryDict

from ppm.core.filters import CostEntryFilter
from ppm.core.models import (
    AnyUser,
    Component,
    CostEntry,
    CostKind,
    Estimate,
    Known,
    Snapshot,
    State,
)
from ppm.core.models.snapshot import total
from ppm.core.outline import PAGE_SIZE, LevelPaginator
from ppm.core.reach import unscoped
from ppm.core.spreadsheet import harmless

NEWEST = 20
NOT_SPENDING = (State.IDEA, State.PROPOSAL, State.REJECTED)
OVER = (State.CLOSED, State.TERMINATED, State.ARCHIVED)
DATES = ("date", "date__gte", "date__lte")
ASKED = ("search", "date__gte", "date__lte", "kind", "expense", "category")
HEAD = ("Date", "Kind", "Amount", "Currency", "Expense", "Category", "Task", "Description", "By")


@dataclass(frozen=True)
class Sums:
    """What is spent and promised up to the status date, in a category or in all."""

    category: str
    actual: Decimal | None
    committed: Decimal | None


@dataclass(frozen=True)
class Costs:
    """The cost entries of a component that the filters keep.

    `later` is how many of them the status date does not count yet.
    """

    filters: CostEntryFilter
    entries: Any
    by_category: list[Sums]
    later: int

    @property
    def whole(self) -> Sums:
        """What all categories come to."""
        return Sums(
            "",
            total(*(sums.actual for sums in self.by_category)),
            total(*(sums.committed for sums in self.by_category)),
        )

    def page(self, number: str | None) -> Page[CostEntry]:
        """Read a page of the entries, the newest first."""
        return LevelPaginator(self.entries, PAGE_SIZE).get_page(number)


def costs_of(component: Component, query: QueryDict, *, reader: Any, known: Known) -> Costs:
    """Find the costs booked on a component itself: those known on a date, or on the dates asked.

    `reader` has the user, as a request does.
    """
    booked = CostEntry.objects.visible_to(reader.user).filter(known.recorded, component=component)
    filters = CostEntryFilter(query, booked, request=reader)
    found = filters.qs if filters.is_valid() else booked.none()
    sums = found.order_by("category").values("category")
    rows = sums.annotate(
        actual=Sum("amount", filter=known.facts & Q(kind=CostKind.ACTUAL)),
        committed=Sum("amount", filter=known.facts & Q(kind=CostKind.COMMITMENT)),
        known=Count("pk", filter=known.facts),
        later=Count("pk", filter=~known.facts),
    )
    by_category = list(rows)
    if not any(query.get(name) for name in DATES):
        found = found.filter(known.facts)
    return Costs(
        filters=filters,
        entries=found.select_related("recorded_by", "task").order_by("-date", "-pk"),
        by_category=[
            Sums(row["category"], row["actual"], row["committed"])
            for row in by_category
            if row["known"]
        ],
        later=sum(row["later"] for row in by_category),
    )


def estimates_of(component: Component, *, user: AnyUser, known: Known) -> list[Estimate]:
    """Read the newest estimates that were known on a date."""
    estimates = Estimate.objects.visible_to(user).filter(known.facts, component=component)
    return list(estimates.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST])


@unscoped("a sum, as the roll-up counts it")
def own_level(component: Component, *, known: Known) -> Snapshot:
    """Tell what a program or portfolio itself adds to the sums of its components.

    The same as the roll-up counts (ppm/core/children.sql).
    """
    booked = CostEntry.objects.filter(known.facts, component=component)
    estimates = Estimate.objects.filter(known.facts, component=component)
    estimate = estimates.order_by("-date", "-pk").first()
    actual = Q(kind=CostKind.ACTUAL)
    estimated_on = estimate.date if estimate else known.day
    sums = booked.aggregate(
        actual=Sum("amount", filter=actual),
        committed=Sum("amount", filter=Q(kind=CostKind.COMMITMENT)),
        by_then=Sum("amount", filter=actual & Q(date__lte=estimated_on)),
    )
    if component.state in NOT_SPENDING:
        return Snapshot()
    forecast = total(estimate.estimate_to_complete, sums["by_then"]) if estimate else None
    costs = [sums["actual"]] if component.state in OVER else [sums["actual"], forecast]
    own_cost = max((cost for cost in costs if cost is not None), default=None)
    return Snapshot(spent=sums["actual"], committed=sums["committed"], own_cost=own_cost)


def write_csv(entries: Iterable[Any], file: Any, *, currency: str) -> None:
    """Write cost entries so that no spreadsheet takes a text for a formula."""
    writer = csv.writer(file)
    writer.writerow(HEAD)
    for entry in entries:
        texts = (entry.category, entry.task or "", entry.description, entry.recorded_by or "")
        writer.writerow(
            (
                entry.date.isoformat(),
                entry.get_kind_display(),
                entry.amount,
                currency,
                entry.get_expense_display(),
                *(harmless(str(text)) for text in texts),
            )
        )
