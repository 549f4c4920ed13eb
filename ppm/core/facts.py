"""The facts recorded on a component itself, as known on a date: what its colours rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Count, F, Q, QuerySet, Sum, Window

from ppm.core.models import (
    AnyUser,
    ChangeAssessment,
    Component,
    CostEntry,
    CostKind,
    Estimate,
    IssueAssessment,
    RiskAssessment,
)

A = TypeVar("A", RiskAssessment, IssueAssessment, ChangeAssessment)

NEWEST = 20
LONGEST_REGISTER = 50


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


@dataclass(frozen=True)
class Register:
    """Each risk, issue and change of a component by its newest assessment."""

    risks: list[RiskAssessment]
    issues: list[IssueAssessment]
    changes: list[ChangeAssessment]


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


def register_of(component: Component, *, user: AnyUser, as_of: date) -> Register:
    """Read the register as it was known on a date, in three queries."""
    known = Q(date__lte=as_of)
    risks = RiskAssessment.objects.visible_to(user).filter(known, risk__component=component)
    issues = IssueAssessment.objects.visible_to(user).filter(known, issue__component=component)
    changes = ChangeAssessment.objects.visible_to(user).filter(known, change__component=component)
    return Register(
        risks=_register(risks, "risk", lambda a: (not a.is_open, -abs(a.probability * a.impact))),
        issues=_register(issues, "issue", lambda a: (not a.is_open, a.due_date or date.max)),
        changes=_register(changes, "change", lambda a: (-abs(a.cost_effect),)),
    )


def _register(
    assessments: QuerySet[A], entry: str, key: Callable[[A], tuple[Any, ...]]
) -> list[A]:
    """Read the newest assessment of each entry, the weightiest first."""
    newest = assessments.order_by(entry, "-date", "-pk").distinct(entry)
    return sorted(newest.select_related(f"{entry}__owner"), key=key)[:LONGEST_REGISTER]


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
