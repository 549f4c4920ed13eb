"""The facts recorded on a component itself, as known on a date: what its colours rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum, Window

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

NEWEST = 20
LONGEST_REGISTER = 50


@dataclass(frozen=True)
class Facts:
    """The newest costs and estimates, and each register entry by its newest assessment."""

    costs: list[CostEntry]
    estimates: list[Estimate]
    risks: list[RiskAssessment]
    issues: list[IssueAssessment]
    changes: list[ChangeAssessment]

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


def facts_of(component: Component, *, user: AnyUser, as_of: date) -> Facts:
    """Read the facts dated up to a date, in five queries."""
    known = Q(date__lte=as_of)
    risks = RiskAssessment.objects.visible_to(user).filter(known, risk__component=component)
    issues = IssueAssessment.objects.visible_to(user).filter(known, issue__component=component)
    changes = ChangeAssessment.objects.visible_to(user).filter(known, change__component=component)
    estimates = Estimate.objects.visible_to(user).filter(known, component=component)
    return Facts(
        costs=_costs(component, user=user, as_of=as_of),
        estimates=list(estimates.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
        risks=sorted(
            risks.order_by("risk", "-date", "-pk").distinct("risk").select_related("risk__owner"),
            key=lambda a: (not a.is_open, -abs(a.probability * a.impact)),
        )[:LONGEST_REGISTER],
        issues=sorted(
            issues.order_by("issue", "-date", "-pk")
            .distinct("issue")
            .select_related("issue__owner"),
            key=lambda a: (not a.is_open, a.due_date or date.max),
        )[:LONGEST_REGISTER],
        changes=sorted(
            changes.order_by("change", "-date", "-pk")
            .distinct("change")
            .select_related("change__owner"),
            key=lambda a: -abs(a.cost_effect),
        )[:LONGEST_REGISTER],
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
