"""What a decision was foretold to do, read from how it was written down, for whoever reads now.

Its author may have seen more of the tree than the reader: what the reader does not see is left
out, and then also the sums that it is a part of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ppm.core.models import Component

AMOUNTS = ("bac", "eac", "etc", "sunk", "held", "benefit_forecast", "roi")


@dataclass(frozen=True)
class ToldFigures:
    """Some figures of a component, under the names that snapshots have."""

    bac: Decimal | None
    eac: Decimal | None
    etc: Decimal | None
    sunk: Decimal | None
    held: Decimal | None
    benefit_forecast: Decimal | None
    roi: Decimal | None
    health: str
    reasons: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToldEffect:
    """What was to become of the figures of a component."""

    component: Component
    before: ToldFigures | None
    after: ToldFigures | None


@dataclass(frozen=True)
class ToldBenefit:
    """What was to become of the forecast of a benefit."""

    benefit: Any
    before: Decimal | None
    after: Decimal | None
    is_broken: bool

    @property
    def change(self) -> Decimal | None:
        """How much more was forecast afterwards; negative was lost."""
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Foretold:
    """A consequence, as far as the reader sees it; `hidden` is how many benefits are left out."""

    as_of: date
    currency: str
    effects: list[ToldEffect]
    benefits: list[ToldBenefit]
    hidden: int
    avoided: Decimal | None
    lost: Decimal | None
    termination_cost: Decimal | None
    balance: Decimal | None


def read_foretold(
    told: dict[str, Any], components: Mapping[int, Component], benefits: Mapping[int, Any]
) -> Foretold:
    """Read a consequence, of which the reader sees these components and benefits, by id."""
    seen = [entry for entry in told["benefits"] if entry["benefit"] in benefits]
    hidden = len(told["benefits"]) - len(seen)
    return Foretold(
        as_of=date.fromisoformat(told["as_of"]),
        currency=told["currency"],
        effects=[
            ToldEffect(components[e["component"]], _figures(e["before"]), _figures(e["after"]))
            for e in told["figures"]
            if e["component"] in components
        ],
        benefits=[
            ToldBenefit(
                benefits[entry["benefit"]],
                _amount(entry["before"]),
                _amount(entry["after"]),
                entry["is_broken"],
            )
            for entry in seen
        ],
        hidden=hidden,
        avoided=_amount(told["avoided"]),
        lost=None if hidden else _amount(told["lost"]),
        termination_cost=_amount(told["termination_cost"]),
        balance=None if hidden else _amount(told["balance"]),
    )


def _figures(told: dict[str, str | None] | None) -> ToldFigures | None:
    if told is None:
        return None
    amounts: dict[str, Any] = {name: _amount(told[name]) for name in AMOUNTS}
    return ToldFigures(**amounts, health=told["health"] or "")


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
