"""Everything that the page of a benefit tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from ppm.core.models import AnyUser
from programs import timeline
from programs.models import Benefit, BenefitMeasurement, BenefitPlan, MeasureKind
from programs.outlook import Placed, placed

PAGE_SIZE = 25
AROUND = timedelta(days=366)
"""How far before and after the status date periods are shown at first."""


@dataclass(frozen=True)
class PlannedPeriod:
    """A period of the plan; `plan` is the row that says so, None where nothing was planned."""

    period: timeline.Period
    plan: Mapping[str, Any] | None


@dataclass(frozen=True)
class BenefitRecord:
    """A benefit as it stands, its periods, and its measurements, the newest first.

    `count` is how many periods there are, shown or not; `in_force` are the ids of the measurements
    that no later one for the same date has replaced.
    """

    placed: Placed
    periods: list[PlannedPeriod]
    count: int
    measurements: Page[BenefitMeasurement]
    in_force: set[int]

    @property
    def is_flow(self) -> bool:
        """Whether what was measured adds up."""
        return self.placed.outlook.benefit.measure_kind == MeasureKind.FLOW


def record_of(
    benefit: Benefit, *, user: AnyUser, now: datetime, query: QueryDict
) -> BenefitRecord:
    """Read a benefit, in eleven queries at most."""
    itself = Benefit.objects.visible_to(user).filter(pk=benefit.pk)
    [found] = placed(itself, user=user, now=now)
    rows = BenefitMeasurement.objects.visible_to(user).filter(benefit=benefit)
    newest = list(rows.newest().values("pk", "date", "value"))
    measured = {row["date"]: row["value"] for row in newest if row["date"] <= found.as_of}
    plans = BenefitPlan.objects.visible_to(user).filter(benefit=benefit)
    plan = {row["period_end"]: row for row in plans.values("pk", "period_end", "value")}
    periods = _periods(benefit, plan, measured, as_of=found.as_of)
    if not benefit.shows_amounts:
        periods = [timeline.without_amounts(period) for period in periods]
    shown = periods if query.get("periods") == "all" else _near(periods, found.as_of)
    said = rows.select_related("recorded_by").order_by("-date", "-pk")
    return BenefitRecord(
        placed=found,
        periods=[PlannedPeriod(period, plan.get(period.end)) for period in shown],
        count=len(periods),
        measurements=Paginator(said, PAGE_SIZE).get_page(query.get("page")),
        in_force={row["pk"] for row in newest},
    )


def _near(periods: list[timeline.Period], as_of: date) -> list[timeline.Period]:
    """Keep the periods about the status date; all, where none is near it."""
    return [one for one in periods if abs(one.end - as_of) <= AROUND] or periods


def _periods(
    benefit: Benefit,
    plan: Mapping[date, Any],
    measured: Mapping[date, Decimal],
    *,
    as_of: date,
) -> list[timeline.Period]:
    values = {end: row["value"] for end, row in plan.items()}
    if benefit.measure_kind == MeasureKind.FLOW:
        return timeline.flow(values, measured, as_of=as_of)
    return timeline.level(
        values, measured, baseline=benefit.baseline_value, target=benefit.target_value
    )
