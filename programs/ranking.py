"""The order of benefits in a list, whatever trees they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Value
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
    ids = _in_order(benefits, sort, user=user, now=now)
    page = Paginator(ids, PAGE_SIZE).get_page(query.get("page"))
    shown = benefits.model.objects.visible_to(user).filter(pk__in=page.object_list)
    found = {one.outlook.benefit.pk: one for one in placed(shown, user=user, now=now)}
    return BenefitPage(page, [found[pk] for pk in page.object_list if pk in found], sort)


def _in_order(benefits: BenefitQuerySet, sort: str, *, user: AnyUser, now: datetime) -> list[int]:
    """List the ids in an order."""
    if sort == "name":
        return list(benefits.order_by("name", "pk").values_list("pk", flat=True))
    if sort == "target":
        by_date = benefits.order_by(F("target_date").asc(nulls_last=True), "name", "pk")
        return list(by_date.values_list("pk", flat=True))
    shown = dict(_with_sight(benefits, user).order_by("pk"))
    ranks = {
        row["benefit_id"]: _rank(row, shows_amounts=shown.get(row["benefit_id"], False))
        for known, homes in homes_by_day(benefits, now=now).items()
        for row in benefit_figures([home.pk for home, _ in homes], known=known)
    }
    return sorted((pk for pk in shown if pk in ranks), key=ranks.__getitem__)


def _with_sight(benefits: BenefitQuerySet, user: AnyUser) -> Any:
    """Read the ids of benefits, and whether the reader sees their amounts."""
    sight = Value(True) if user.is_superuser else benefits.shows_amounts_to(user)
    return benefits.annotate(is_shown=sight).values_list("pk", "is_shown")


def _rank(row: dict[str, Any], *, shows_amounts: bool) -> tuple[int, Decimal]:
    """Rank money by amount, then the rest by its share at risk, then the unknown."""
    if row["at_risk"] is not None and shows_amounts:
        return 0, -row["at_risk"]
    return (2, Decimal()) if row["rate"] is None else (1, row["rate"])
