"""Which projects a benefit rests on, and what the loss of each would cost it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Least

from ppm.core.models import AnyUser, Component, Health, HealthPolicy, Snapshot, State
from programs.benefits import BenefitsMap, Link, planned_dependence, removal_impact
from programs.health import delivery_factor
from programs.models import Benefit, BenefitLink
from projects.evm import money, ratio

ZERO = Decimal()
ONE = Decimal(1)
BENEFIT = "benefit"
"""The benefit's node in its map; the other nodes are ids of projects."""


@dataclass(frozen=True)
class Loss:
    """What a benefit loses with a project, all others as they are.

    `now` is the change of what today's delivery factors let expect of the target, `share` its part
    of that (0 to 1), `None` where nothing is expected. `by_plan` is the change where all others
    deliver. Changes are below zero, of a dis-benefit above. Those of several do not add up.
    """

    now: Decimal
    share: Decimal | None
    by_plan: Decimal


@dataclass(frozen=True)
class Contributor:
    """A project that a benefit rests on; without a name where the reader may not see it.

    `share` is its part of the additive weights; `loss` is `None` where there is no target of a
    flow to lose. `link` is the id of the row that says so.
    """

    link: int
    project: Component | None
    state: State
    health: Health
    is_essential: bool
    share: Decimal | None
    confidence: Decimal | None
    loss: Loss | None


def links_of(
    benefits: Collection[Benefit], user: AnyUser, as_of: date
) -> dict[int, list[BenefitLink]]:
    """Read the links by benefit, each with its project's health and whether one may see it.

    A project's own tree may be about an earlier date; figures of a later one do not count.
    """
    root = Component.objects.filter(pk=OuterRef("project__path__0"))
    newest = Snapshot.objects.filter(
        component=OuterRef("project"), as_of__lte=OuterRef("last_day")
    )
    seen = Component.objects.visible_to(user).filter(pk=OuterRef("project"))
    links = (
        BenefitLink.objects.visible_to(user)
        .filter(benefit__in=benefits)
        .select_related("project")
        .annotate(
            last_day=Least(Value(as_of), Subquery(root.values("status_date"))),
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


def contributors(
    links: Sequence[BenefitLink], policy: HealthPolicy, *, target: Decimal | None
) -> list[Contributor]:
    """Tell of each linked project its share and, where there is a target, what its loss costs."""
    whole = sum((link.weight for link in links if link.weight is not None), ZERO)
    losses = {} if target is None else _losses(links, policy, target)
    return [
        Contributor(
            link=link.pk,
            project=link.project if link.is_seen else None,  # type: ignore[attr-defined]
            state=State(link.project.state),
            health=_health(link),
            is_essential=link.weight is None,
            share=None if link.weight is None else link.weight / whole,
            confidence=link.delivery_confidence,
            loss=losses.get(link.project_id),
        )
        for link in links
    ]


def _losses(
    links: Sequence[BenefitLink], policy: HealthPolicy, target: Decimal
) -> dict[int, Loss | None]:
    map_ = BenefitsMap(Link(str(link.project_id), BENEFIT, link.weight) for link in links)
    factors: dict[str, Decimal | None] = {
        str(link.project_id): delivery_factor(
            policy,
            state=link.project.state,
            health=_health(link),
            confidence=link.delivery_confidence,
        )
        for link in links
    }
    return {link.project_id: _loss(map_, str(link.project_id), target, factors) for link in links}


def _loss(
    map_: BenefitsMap, project: str, target: Decimal, factors: Mapping[str, Decimal | None]
) -> Loss | None:
    now = removal_impact(map_, BENEFIT, [project], target=target, factors=factors)
    part = removal_impact(map_, BENEFIT, [project], target=ONE, factors=factors)
    by_plan = planned_dependence(map_, BENEFIT, project, target=target)
    if now is None or by_plan is None:
        return None
    share = ratio(part, map_.rate(BENEFIT, factors))
    return Loss(now=-money(now), share=share, by_plan=-money(by_plan))


def _health(link: BenefitLink) -> Health:
    """Read what the query added to the row."""
    return Health(link.health)  # type: ignore[attr-defined]
