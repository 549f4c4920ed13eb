"""How far the objectives of portfolios will be met, by the benefits that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from portfolios.models import Objective, ObjectiveContribution, Portfolio
from ppm.core.models import AnyUser
from ppm.core.reach import unscoped
from programs.benefits import Achievement, Contribution, objective_achievement
from programs.models import Benefit
from programs.outlook import BenefitOutlook, Placed, placed

ONE = Decimal(1)


@dataclass(frozen=True)
class Carrier:
    """A benefit's part in an objective; `placed` is None where the reader may not see it."""

    contribution: ObjectiveContribution
    placed: Placed | None

    @property
    def rate(self) -> Decimal | None:
        """How much of its target the benefit is forecast to reach."""
        if self.placed is None:
            return None
        known = {self.contribution.benefit_id: self.placed.outlook}
        return achievement([self.contribution], known).rate


@dataclass(frozen=True)
class ObjectiveStanding:
    """An objective, what carries it, and how far it will be met by what the reader sees."""

    objective: Objective
    carriers: list[Carrier]
    achievement: Achievement


def objectives_of(
    portfolio: Portfolio, *, user: AnyUser, now: datetime, as_of: date | None = None
) -> list[ObjectiveStanding]:
    """Read a portfolio's own objectives, the weightiest first."""
    objectives = Objective.objects.visible_to(user).filter(portfolio=portfolio)
    rows = ObjectiveContribution.objects.visible_to(user).filter(objective__in=objectives)
    carrying = Benefit.objects.visible_to(user).filter(pk__in=rows.values("benefit"))
    found = placed(carrying, user=user, now=now, as_of=as_of)
    seen = {one.outlook.benefit.pk: one for one in found}
    by_objective: dict[int, list[Carrier]] = {}
    for row in rows.order_by("-weight", "pk"):
        carrier = Carrier(row, seen.get(row.benefit_id))
        by_objective.setdefault(row.objective_id, []).append(carrier)
    known = {pk: one.outlook for pk, one in seen.items()}
    return [
        _standing(objective, by_objective.get(objective.pk, []), known)
        for objective in objectives.order_by("-weight", "name", "pk")
    ]


def _standing(
    objective: Objective, carriers: list[Carrier], known: Mapping[int, BenefitOutlook]
) -> ObjectiveStanding:
    rows = [carrier.contribution for carrier in carriers]
    return ObjectiveStanding(objective, carriers, achievement(rows, known))


def achievement(
    contributions: Sequence[ObjectiveContribution], known: Mapping[int, BenefitOutlook]
) -> Achievement:
    """Tell how far an objective will be met by the benefits that carry it."""
    outlooks = [(row, known.get(row.benefit_id)) for row in contributions]
    return objective_achievement(
        Contribution(row.weight, outlook.reach if outlook else None, ONE)
        for row, outlook in outlooks
    )


@unscoped("the parts of a sum; each tells whether it may be shown")
def carried_by(benefit: Benefit, *, user: AnyUser) -> list[ObjectiveContribution]:
    """Read which objectives a benefit carries; `is_seen` is whether the reader may see each."""
    seen = Objective.objects.visible_to(user).filter(pk=OuterRef("objective"))
    rows = ObjectiveContribution.objects.filter(benefit=benefit).annotate(is_seen=Exists(seen))
    return list(rows.select_related("objective__portfolio").order_by("-weight", "pk"))
