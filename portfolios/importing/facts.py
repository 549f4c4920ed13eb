"""The facts that a file says beside its fields, as rows of their tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from ppm.core.models import CostEntry, CostKind, Estimate, Fact, StatusReport
from projects.models import Progress

Said = dict[int, dict[str, Any]]
"""What the file says of each owner, by the owner's id."""


@dataclass(frozen=True)
class FactKind:
    """A table of facts: its column for the owner, and how its rows are made."""

    model: type[Fact]
    owner: str
    rows: Callable[[Said, date], Said]
    columns: dict[str, str] = field(default_factory=dict)


def _estimates(said: Said, as_of: date) -> Said:
    """Turn what work costs in the end into what is still to be spent: less what is booked."""
    booked = dict(
        CostEntry.objects.filter(component__in=said, kind=CostKind.ACTUAL, date__lte=as_of)
        .values_list("component_id")
        .annotate(Sum("amount"))
    )
    return {
        owner: {
            "date": as_of,
            "estimate_to_complete": values["at_completion"] - booked.get(owner, Decimal(0)),
            "forecast_finish": values.get("forecast_finish"),
        }
        for owner, values in said.items()
    }


def _reports(said: Said, as_of: date) -> Said:
    return {
        owner: {
            "date": as_of,
            "health": values["health"],
            "narrative": values.get("narrative", ""),
        }
        for owner, values in said.items()
    }


def _progress(said: Said, as_of: date) -> Said:
    return {
        owner: {"date": values.get("date", as_of), "percent": values["percent"]}
        for owner, values in said.items()
    }


FACT_KINDS = {
    "estimate": FactKind(
        Estimate, "component_id", _estimates, {"estimate_to_complete": "at_completion"}
    ),
    "report": FactKind(StatusReport, "component_id", _reports),
    "progress": FactKind(Progress, "task_id", _progress),
}
