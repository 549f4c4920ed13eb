"""Budget envelopes, held against what is planned and booked in their periods."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.db.models import Count, Exists, OuterRef, Sum

from portfolios.models import BudgetEnvelope, Portfolio
from ppm.core.models import AnyUser, Known, State
from ppm.core.sql import rows
from projects.models import Baseline, Project

STATEMENT = Path(__file__).with_name("envelope.sql")
PLANNED = (State.AUTHORIZED, State.EXECUTING, State.ON_HOLD, State.CLOSING, State.CLOSED)


@dataclass(frozen=True)
class EnvelopeUse:
    """An envelope and the money in its period; what is booked is None before it begins."""

    envelope: BudgetEnvelope
    planned: Decimal
    spent: Decimal | None
    committed: Decimal | None

    @property
    def left(self) -> Decimal:
        """What may still be spent; below zero it is overspent."""
        amount: Decimal = self.envelope.amount
        return amount - (self.spent or Decimal())

    @property
    def is_overplanned(self) -> bool:
        """Whether more is planned than the envelope holds."""
        return bool(self.planned > self.envelope.amount)


@dataclass(frozen=True)
class Envelopes:
    """The envelopes by period, and what their plans leave out: projects without a baseline."""

    uses: list[EnvelopeUse]
    unplanned: int
    unplanned_budget: Decimal | None


def envelopes_of(portfolio: Portfolio, *, user: AnyUser, known: Known) -> Envelopes:
    """Read the envelopes, in three queries."""
    envelopes = BudgetEnvelope.objects.visible_to(user).filter(portfolio=portfolio)
    parameters = {"portfolio": portfolio.pk, "as_of": known.day, "until": known.until}
    amounts = {row.pop("id"): row for row in rows([STATEMENT], parameters)}
    current = Baseline.objects.filter(project=OuterRef("pk"), is_current=True)
    inside = Project.objects.visible_to(user).within(portfolio).filter(state__in=PLANNED)
    bare = inside.exclude(Exists(current)).aggregate(count=Count("pk"), budget=Sum("budget"))
    return Envelopes(
        uses=[
            EnvelopeUse(envelope, **amounts[envelope.pk])
            for envelope in envelopes.order_by("start_date", "finish_date")
            if envelope.pk in amounts  # not one that has come since
        ],
        unplanned=bare["count"],
        unplanned_budget=bare["budget"] if portfolio.shows_amounts else None,
    )
