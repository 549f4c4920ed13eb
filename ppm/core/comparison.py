"""What moved between two dates: by how much, because of which components and which facts.

Sums add up: a figure's change is that of the components that stood below on either date, what left
and what came included, and that of the level itself. A level's own change comes of its own facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps

from ppm.core.figures import Figures, figures_of, snapshots_on
from ppm.core.models import AnyUser, Component, Fact, Known, ScopedQuerySet, Snapshot
from ppm.core.past import children_on

MEASURES = {
    "bac": "Budget",
    "held": "Budget on hold",
    "pipeline": "Budget of proposals",
    "pv": "Planned value",
    "ev": "Earned value",
    "spent": "Actual cost",
    "committed": "Committed",
    "etc": "Cost to complete",
    "eac": "Forecast cost",
    "own_cost": "Cost of the levels themselves",
    "sunk": "Sunk cost",
    "risk_exposure": "Risk exposure",
    "benefit_target": "Benefits, target",
    "benefit_planned": "Benefits, planned by then",
    "benefit_realised": "Benefits, realised",
    "benefit_forecast": "Benefits, forecast",
}
"""The figures that add up over the tree, and what a page calls them."""

ZERO = Decimal()


@dataclass(frozen=True)
class Moved:
    """A figure on two dates; None where it was not known. What is not known adds nothing."""

    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal:
        """By how much it moved."""
        return (self.after or ZERO) - (self.before or ZERO)


@dataclass(frozen=True)
class Part:
    """A component and its snapshots on two dates, None where it did not stand here then."""

    component: Component
    before: Snapshot | None
    after: Snapshot | None

    def moved(self, measure: str) -> Moved:
        """Tell how a figure moved."""
        return Moved(getattr(self.before, measure, None), getattr(self.after, measure, None))


@dataclass(frozen=True)
class Comparison:
    """A component's figures on two dates, and the parts they are sums of on either.

    `seen` are the parts that the reader may see, `hidden` those that have moved out of sight.
    """

    component: Component
    before: Figures
    after: Figures
    seen: list[Part]
    hidden: list[Part]

    def whole(self, measure: str) -> Moved:
        """Tell how a figure of the component moved."""
        return Part(self.component, self.before.snapshot, self.after.snapshot).moved(measure)

    def out_of_sight(self, measure: str) -> Moved:
        """Tell how a figure of what the reader may not see moved."""
        return _together(part.moved(measure) for part in self.hidden)

    def itself(self, measure: str) -> Moved:
        """Tell how a figure of the level itself moved: the whole without its parts."""
        whole = self.whole(measure)
        parts = _together(part.moved(measure) for part in (*self.seen, *self.hidden))
        return Moved(
            (whole.before or ZERO) - (parts.before or ZERO),
            (whole.after or ZERO) - (parts.after or ZERO),
        )

    def ranked(self, measure: str) -> list[Part]:
        """List the parts that moved, what moved most first."""
        moved = (part for part in self.seen if part.moved(measure).change)
        return sorted(moved, key=lambda part: -abs(part.moved(measure).change))


def compare(
    component: Component, *, first: date, second: date, user: AnyUser, now: datetime
) -> Comparison:
    """Compare what was known on two dates, in some fifteen queries whatever stands below."""
    before = figures_of([component], now=now, as_of=first)[component.pk]
    after = figures_of([component], now=now, as_of=second)[component.pk]
    earlier = snapshots_on(_children_then(component, before))
    later = snapshots_on(_children_then(component, after))
    components = Component.objects.in_bulk({*earlier, *later})
    seen = Component.objects.visible_to(user).filter(pk__in=components)
    visible = set(seen.values_list("pk", flat=True))
    parts = [Part(c, earlier.get(pk), later.get(pk)) for pk, c in sorted(components.items())]
    return Comparison(
        component=component,
        before=before,
        after=after,
        seen=[part for part in parts if part.component.pk in visible],
        hidden=[part for part in parts if part.component.pk not in visible],
    )


def usual_dates(figures: Figures) -> tuple[date, date]:
    """Suggest the end of the month before, and the date that the figures are about."""
    return figures.as_of.replace(day=1) - timedelta(days=1), figures.as_of


@dataclass(frozen=True)
class News:
    """A fact that was not known on the first date, and is on the second.

    `about` is the task, risk or benefit that it is a fact about; None where that is the component.
    """

    fact: Any
    about: Any

    @property
    def sort(self) -> str:
        """What kind of fact it is."""
        return str(self.fact._meta.verbose_name)

    @property
    def amount(self) -> Decimal | None:
        """Its money, where it is money."""
        return getattr(self.fact, "amount", None)


def news(comparison: Comparison, *, user: AnyUser) -> list[News]:
    """List the facts about the component itself that count on the second date only."""
    then, now = comparison.before.known, comparison.after.known
    found = (
        one
        for rows in _facts(user)
        for one in _new(rows.filter(**{rows.component: comparison.component.pk}), then, now)
    )
    return sorted(found, key=lambda one: (one.fact.date, one.sort, one.fact.pk), reverse=True)


def _new(rows: Any, then: Known, now: Known) -> Iterator[News]:
    about, _, further = rows.component.partition("__")
    named = ("recorded_by", about) if further else ("recorded_by",)
    for fact in rows.filter(now.facts).exclude(then.facts).select_related(*named):
        yield News(fact, getattr(fact, about) if further else None)


def _facts(user: AnyUser) -> Iterator[ScopedQuerySet[Any]]:
    """Find all facts that the reader may see, of every kind."""
    for model in apps.get_models():
        if issubclass(model, Fact):
            rows: Any = model._default_manager.all()
            yield rows.visible_to(user)


def _children_then(component: Component, figures: Figures) -> dict[int, date]:
    """Name what stood below a component on a date, each with that date."""
    there = (
        children_on(figures.as_of, [component.pk])
        if figures.is_past
        else Component.objects.filter(parent=component)
    )
    return dict.fromkeys(there.values_list("pk", flat=True), figures.as_of)


def _together(moves: Iterable[Moved]) -> Moved:
    """Add moves up; None where nothing of them is known."""
    moves = list(moves)
    return Moved(
        _sum(move.before for move in moves),
        _sum(move.after for move in moves),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None
