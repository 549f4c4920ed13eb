"""How each benefit of a program or portfolio stands, and the pages that show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from ppm.core.briefing import briefing
from ppm.core.facts import facts_of
from ppm.core.figures import figures_of
from ppm.core.models import AnyUser, Component, Health, HealthPolicy, Snapshot, State
from ppm.core.models.snapshot import total
from ppm.core.outline import PAGE_SIZE, SORTS, Row, ordered
from programs.benefits import (
    BenefitsMap,
    Link,
    benefit_forecast,
    flow_realisation,
    level_realisation,
)
from programs.health import delivery_factor
from programs.models import (
    Benefit,
    BenefitCategory,
    BenefitLink,
    BenefitMeasurement,
    BenefitSign,
    MeasureKind,
)
from programs.models.benefit import MONETARY
from projects.evm import money

ZERO = Decimal()
OVER = (State.CLOSED, State.TERMINATED, State.REJECTED)


@dataclass(frozen=True)
class Contributor:
    """A project that a benefit rests on; without a name where the reader may not see it."""

    project: Component | None
    health: Health
    is_essential: bool
    share: Decimal | None


@dataclass(frozen=True)
class BenefitOutlook:
    """A benefit's values to date and to come: money where it counts in money, else its unit."""

    benefit: Benefit
    target: Decimal | None
    planned: Decimal | None
    realised: Decimal | None
    forecast: Decimal | None
    realisation: Decimal | None
    at_risk: Decimal | None
    contributors: list[Contributor]

    @property
    def is_money(self) -> bool:
        """Whether the values are money."""
        return self.benefit.category in MONETARY

    @property
    def unit(self) -> str:
        """The unit of the values where they are not money."""
        return "" if self.is_money else self.benefit.unit


def aggregate_page(
    component: Component, *, user: AnyUser, sort: str, page: str | None, now: datetime
) -> dict[str, Any]:
    """Collect what the page of a program or portfolio shows."""
    children = Component.objects.visible_to(user).filter(parent=component)
    shown = Paginator(ordered(children, sort), PAGE_SIZE).get_page(page)
    figures = figures_of([component, *shown.object_list], now=now)
    as_of = figures[component.pk].as_of
    head = briefing(component, figures[component.pk], user=user)
    benefits = outlooks(component, user=user, as_of=as_of, policy=head.policy)
    return {
        "briefing": head,
        "page": shown,
        "rows": [Row(child, figures[child.pk], head.currency) for child in shown.object_list],
        "sort": sort,
        "sorts": SORTS,
        "benefits": benefits,
        "own": counted(benefits),
        "facts": facts_of(component, user=user, as_of=as_of),
    }


def outlooks(
    component: Component, *, user: AnyUser, as_of: date, policy: HealthPolicy
) -> list[BenefitOutlook]:
    """Read the benefits at home here, in three queries whatever their number."""
    benefits = Benefit.objects.visible_to(user).filter(component=component)
    due = Sum("plan__value", filter=Q(plan__period_end__lte=as_of))
    measured = _measured(component, user, as_of)
    links = _links(component, user, as_of)
    return [
        _outlook(
            benefit,
            planned=benefit.due,  # type: ignore[attr-defined]
            values=measured.get(benefit.pk, []),
            links=links.get(benefit.pk, []),
            policy=policy,
        )
        for benefit in benefits.annotate(due=due).select_related("owner").order_by("name", "pk")
    ]


def counted(benefits: list[BenefitOutlook]) -> Snapshot | None:
    """Sum the benefits at home here that count in figures, as the roll-up adds them."""
    own = [b for b in benefits if b.benefit.category == BenefitCategory.CASHABLE]
    if not own:
        return None
    return Snapshot(
        benefit_target=total(*(b.target for b in own)),
        benefit_forecast=total(*(b.forecast for b in own)),
    )


def _measured(component: Component, user: AnyUser, as_of: date) -> dict[int, list[Decimal]]:
    """Read the measured values by benefit, of each date the newest, in order of date."""
    measurements = BenefitMeasurement.objects.visible_to(user).filter(
        benefit__component=component, date__lte=as_of
    )
    newest = measurements.order_by("benefit", "date", "-pk").distinct("benefit", "date")
    values: dict[int, list[Decimal]] = {}
    for benefit_id, value in newest.values_list("benefit", "value"):
        values.setdefault(benefit_id, []).append(value)
    return values


def _links(component: Component, user: AnyUser, as_of: date) -> dict[int, list[BenefitLink]]:
    """Read the links by benefit, each with its project's health and whether one may see it."""
    newest = Snapshot.objects.filter(component=OuterRef("project"), as_of__lte=as_of)
    seen = Component.objects.visible_to(user).filter(pk=OuterRef("project"))
    links = (
        BenefitLink.objects.visible_to(user)
        .filter(benefit__component=component)
        .select_related("project")
        .annotate(
            health=Coalesce(
                Subquery(newest.order_by("-as_of").values("health")[:1]), Value(Health.UNKNOWN)
            ),
            is_seen=Exists(seen),
        )
    )
    by_benefit: dict[int, list[BenefitLink]] = {}
    for link in links.order_by("mode", "-weight", "pk"):
        by_benefit.setdefault(link.benefit_id, []).append(link)
    return by_benefit


def _outlook(
    benefit: Benefit,
    *,
    planned: Decimal | None,
    values: list[Decimal],
    links: list[BenefitLink],
    policy: HealthPolicy,
) -> BenefitOutlook:
    is_flow = benefit.measure_kind == MeasureKind.FLOW
    target, factor = benefit.target_value, _factor(benefit)
    rate = _rate(links, policy) if is_flow else None
    realised = (sum(values, ZERO) if is_flow else values[-1]) if values else None
    forecast = _forecast(target, planned, values, links, rate) if is_flow else None
    at_risk = None if rate is None or target is None else target * (1 - rate)
    return BenefitOutlook(
        benefit=benefit,
        target=_times(target, factor),
        planned=_times(planned, factor) if is_flow else None,
        realised=_times(realised, factor),
        forecast=_times(forecast, factor),
        realisation=_realisation(benefit, values),
        at_risk=_times(at_risk, factor),
        contributors=_contributors(links),
    )


def _forecast(
    target: Decimal | None,
    planned: Decimal | None,
    values: list[Decimal],
    links: list[BenefitLink],
    rate: Decimal | None,
) -> Decimal | None:
    if target is None:
        return None
    return benefit_forecast(
        realised=sum(values, ZERO),
        planned=planned or ZERO,
        target=target,
        rate=rate,
        measurements=len(values),
        are_contributors_closed=all(link.project.state in OVER for link in links),
    )


def _rate(links: Iterable[BenefitLink], policy: HealthPolicy) -> Decimal | None:
    """Share of the benefit to expect by how its projects are going; `None` without any."""
    factors = {
        str(link.project_id): delivery_factor(
            policy,
            state=link.project.state,
            health=Health(link.health),  # type: ignore[attr-defined]
            confidence=link.delivery_confidence,
        )
        for link in links
    }
    map_ = BenefitsMap(Link(str(link.project_id), "benefit", link.weight) for link in links)
    return map_.rate("benefit", dict(factors))


def _realisation(benefit: Benefit, values: list[Decimal]) -> Decimal | None:
    """How far the benefit has come on its whole way."""
    target, baseline = benefit.target_value, benefit.baseline_value
    if target is None or not values:
        return None
    if benefit.measure_kind == MeasureKind.FLOW:
        return flow_realisation(actual=values, target=[target])
    if baseline is None:
        return None
    return level_realisation(actual=values[-1], baseline=baseline, target=target)


def _factor(benefit: Benefit) -> Decimal:
    """What turns a value into money, negative for a dis-benefit; 1 where it stays in its unit."""
    if benefit.category not in MONETARY:
        return Decimal(1)
    sign = -1 if benefit.sign == BenefitSign.DIS_BENEFIT else 1
    return sign * benefit.unit_value


def _times(value: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if value is None else money(value * factor)


def _contributors(links: list[BenefitLink]) -> list[Contributor]:
    whole = sum((link.weight for link in links if link.weight is not None), ZERO)
    return [
        Contributor(
            project=link.project if link.is_seen else None,  # type: ignore[attr-defined]
            health=Health(link.health),  # type: ignore[attr-defined]
            is_essential=link.weight is None,
            share=None if link.weight is None else link.weight / whole,
        )
        for link in links
    ]
