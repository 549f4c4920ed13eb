"""The facts recorded on a component itself, as known on a date: what its colours rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum, Window

from ppm.core.models import (
    AnyUser,
    Component,
    CostEntry,
    CostKind,
    Estimate,
)

NEWEST = 20


@dataclass(frozen=True)
class Ledger:
    """The newest costs and estimates of a component."""

    costs: list[CostEntry]
    estimates: list[Estimate]

    @property
    def cost_count(self) -> int:
        """How many cost entries there are, shown or not."""
        return int(_added(self.costs[0], "entries")) if self.costs else 0

    @property
    def actual_cost(self) -> Decimal | None:
        """All actual cost, of the entries shown and not."""
        return _added(self.costs[0], "actual") if self.costs else None


def _added(entry: CostEntry, name: str) -> Any:
    """Read what the query added to the row."""
    return getattr(entry, name)


def ledger_of(component: Component, *, user: AnyUser, as_of: date) -> Ledger:
    """Read the costs and estimates dated up to a date, in two queries."""
    estimates = Estimate.objects.visible_to(user).filter(component=component, date__lte=as_of)
    return Ledger(
        costs=_costs(component, user=user, as_of=as_of),
        estimates=list(estimates.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
    )


def _costs(component: Component, *, user: AnyUser, as_of: date) -> list[CostEntry]:
    """Read the newest entries, each with the number and the actual cost of all of them."""
    actual = Sum("amount", filter=Q(kind=CostKind.ACTUAL))
    costs = CostEntry.objects.visible_to(user).filter(component=component, date__lte=as_of)
    return list(
        costs.annotate(
            entries=Window(Count("pk")), actual=Window(actual), task_name=F("task__name")
        )
        .select_related("recorded_by")
        .order_by("-date", "-pk")[:NEWEST]
    )
