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
from ppm.core.models.decision import AMOUNTS, without_amounts

FIGURES = (*AMOUNTS, "roi")


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
    shows_amounts: bool = True
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
    told = without_amounts(
        told, lambda pk: _shows_amounts(components, pk), lambda pk: _shows_amounts(benefits, pk)
    )
    seen = [entry for entry in told["benefits"] if entry["benefit"] in benefits]
    hidden = len(told["benefits"]) - len(seen)
    return Foretold(
        as_of=date.fromisoformat(told["as_of"]),
        currency=told["currency"],
        effects=[
            _effect(components[entry["component"]], entry)
            for entry in told["figures"]
            if entry["component"] in components
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


def _shows_amounts(rows: Mapping[int, Any], pk: int) -> bool:
    """Tell whether amounts of a row are to be seen; one out of sight is left out as a whole."""
    return pk not in rows or rows[pk].shows_amounts


def _effect(component: Component, entry: dict[str, Any]) -> ToldEffect:
    before, after = (_figures(entry[moment], component) for moment in ("before", "after"))
    return ToldEffect(component, before, after)


def _figures(told: dict[str, str | None] | None, component: Component) -> ToldFigures | None:
    if told is None:
        return None
    amounts: dict[str, Any] = {name: _amount(told[name]) for name in FIGURES}
    health = told["health"] or ""
    return ToldFigures(**amounts, health=health, shows_amounts=component.shows_amounts)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
