"""What moved between two dates: by how much, and because of which components.

Sums add up: a figure's change is that of the components that stood below on either date, what left
and what came included, and that of the level itself. A level's own change comes of its own facts:
see `ppm/core/news.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from ppm.core.amounts import withhold
from ppm.core.figures import Figures, answers_on
from ppm.core.models import AnyUser, Component, Snapshot
from ppm.core.past import children_on
from ppm.core.reach import unscoped

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

    `seen` are the parts whose amounts the reader may see, `hidden` those that have moved out of
    sight. Where the reader sees no amounts of the component itself, there are no parts.
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
        return together(part.moved(measure) for part in self.hidden)

    def itself(self, measure: str) -> Moved:
        """Tell how a figure of the level itself moved: the whole without its parts."""
        whole = self.whole(measure)
        parts = together(part.moved(measure) for part in (*self.seen, *self.hidden))
        return Moved(
            (whole.before or ZERO) - (parts.before or ZERO),
            (whole.after or ZERO) - (parts.after or ZERO),
        )

    def ranked(self, measure: str) -> list[Part]:
        """List the parts that moved, what moved most first."""
        moved = (part for part in self.seen if part.moved(measure).change)
        return sorted(moved, key=lambda part: -abs(part.moved(measure).change))


def compare(
    component: Component, figures: Figures, *, first: date, second: date, user: AnyUser
) -> Comparison:
    """Compare what was known on two dates, in three queries whatever stands below.

    `figures` are the component's own, of the second date or a later one.
    """
    is_newest = second == figures.as_of
    children: dict[date, dict[int, Component]] = {first: {}, second: {}}
    if figures.shows_amounts:
        children[first] = _children(component, first, user)
        children[second] = _children(component, figures.past_day if is_newest else second, user)
    answers = answers_on(
        [(pk, day) for day, there in children.items() for pk in (component.pk, *there)]
    )
    if not figures.shows_amounts:
        for answer in answers.values():
            withhold(answer)
    parts = [
        Part(child, answers.get((pk, first)), answers.get((pk, second)))
        for pk, child in sorted((children[first] | children[second]).items())
    ]
    before, after = (figures.earlier(day, answers.get((component.pk, day))) for day in children)
    return Comparison(
        component=component,
        before=before,
        after=figures if is_newest else after,
        seen=[part for part in parts if _is_seen(part.component)],
        hidden=[part for part in parts if not _is_seen(part.component)],
    )


@unscoped("the parts of a sum; each tells whether it may be shown")
def _children(component: Component, day: date | None, user: AnyUser) -> dict[int, Component]:
    """Read what stood below a component, and whether the reader may see its amounts."""
    seen = Component.objects.visible_to(user).with_amounts_for(user).filter(pk=OuterRef("pk"))
    children = children_on(day, [component.pk]).annotate(is_seen=Exists(seen))
    return {child.pk: child for child in children}


def _is_seen(component: Component) -> bool:
    """Read what the query added to the row."""
    return component.is_seen  # type: ignore[attr-defined,no-any-return]


def usual_dates(figures: Figures) -> tuple[date, date]:
    """Suggest the end of the month before, and the date that the figures are about."""
    return figures.as_of.replace(day=1) - timedelta(days=1), figures.as_of


def together(moves: Iterable[Moved]) -> Moved:
    """Add moves up; None where nothing of them is known."""
    moves = list(moves)
    return Moved(
        _sum(move.before for move in moves),
        _sum(move.after for move in moves),
    )


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None
