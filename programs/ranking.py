"""The order of benefits in a list, whatever trees they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.http import QueryDict

from ppm.core.models import AnyUser
from ppm.core.outline import PAGE_SIZE
from programs.models.benefit import BenefitQuerySet
from programs.outlook import Placed, homes_by_day, placed
from programs.rollup import benefit_figures

SORTS = {"risk": "Most at risk first", "target": "Target date", "name": "Name"}


@dataclass(frozen=True)
class BenefitPage:
    """A page of benefits, and its place among all."""

    page: Page[int]
    rows: list[Placed]
    sort: str


def listed(
    benefits: BenefitQuerySet, *, user: AnyUser, query: QueryDict, now: datetime
) -> BenefitPage:
    """Read one page of the benefits, in the order that an address asks for."""
    sort = query.get("sort", "")
    sort = sort if sort in SORTS else "risk"
    page = Paginator(_in_order(benefits, sort, now=now), PAGE_SIZE).get_page(query.get("page"))
    shown = benefits.model.objects.visible_to(user).filter(pk__in=page.object_list)
    found = {one.outlook.benefit.pk: one for one in placed(shown, user=user, now=now)}
    return BenefitPage(page, [found[pk] for pk in page.object_list if pk in found], sort)


def _in_order(benefits: BenefitQuerySet, sort: str, *, now: datetime) -> list[int]:
    """List the ids in an order."""
    if sort == "name":
        return list(benefits.order_by("name", "pk").values_list("pk", flat=True))
    if sort == "target":
        by_date = benefits.order_by(F("target_date").asc(nulls_last=True), "name", "pk")
        return list(by_date.values_list("pk", flat=True))
    ranks = {
        row["benefit_id"]: _rank(row)
        for known, homes in homes_by_day(benefits, now=now).items()
        for row in benefit_figures([home.pk for home, _ in homes], known=known)
    }
    ids = benefits.order_by("pk").values_list("pk", flat=True)
    return sorted((pk for pk in ids if pk in ranks), key=ranks.__getitem__)


def _rank(row: dict[str, Any]) -> tuple[int, Decimal]:
    """Rank money by amount, then what counts in units by its share at risk, then the unknown."""
    if row["at_risk"] is not None:
        return 0, -row["at_risk"]
    return (2, Decimal()) if row["rate"] is None else (1, row["rate"])
