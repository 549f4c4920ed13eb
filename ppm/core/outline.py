"""The tree as rows with figures: the part a user sees, folded and unfolded, in a chosen order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Least, RowNumber
from django.db.models.query import QuerySet
from django.http import QueryDict

from ppm.core.amounts import amounts_of, withhold
from ppm.core.figures import Figures, figures_of
from ppm.core.health_scale import WORST_FIRST
from ppm.core.models import AnyUser, Component, Health, RoleAssignment, Snapshot
from ppm.core.models.snapshot import total
from ppm.core.past import restore_states, topmost_on, visible_children

C = TypeVar("C", bound=Component)
Item = TypeVar("Item")

PAGE_SIZE = 50
MOST_OPEN = 100
SORTS = {"health": "Worst first", "budget": "Largest budget first", "code": "Code", "name": "Name"}
EARTH = timedelta(hours=14)
"""How far local time is ahead of UTC at most: no tree has a later date today."""
AMOUNTS = amounts_of(Snapshot)
COUNTS = tuple(f"count_{health}" for health in Health)
APART = Decimal(10) ** 20
"""More than any amount: what is healthier comes later, however large it is."""


def sorts(*, shows_amounts: bool) -> dict[str, str]:
    """Name the orders to offer: by budget only where the reader sees budgets."""
    return {name: label for name, label in SORTS.items() if name != "budget" or shows_amounts}


def sort_in(query: QueryDict) -> str:
    """Read the order that an address asks for; the worst first where it is not known."""
    sort = query.get("sort", "")
    return sort if sort in SORTS else "health"


def indented(component: Component) -> str:
    """Name a component so that its depth in the tree shows."""
    return f"{'· ' * (len(component.path) - 1)}{component.name}"


class LevelPaginator(Paginator[Item]):
    """Pages of a level. Each is read with one row more; the first is counted if there is one.

    `beyond` is that row: the first of the next page.
    """

    beyond: Item | None = None

    def get_page(self, number: Any) -> Page[Item]:
        """Return the page of a number that an address may have got wrong."""
        place = 1 if str(number or 1) == "1" else super().get_page(number).number
        start = (place - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        if place == 1 and len(rows) <= self.per_page:
            self.object_list = rows
        self.beyond = rows[self.per_page] if len(rows) > self.per_page else None
        return Page(rows[: self.per_page], place, self)


@dataclass(frozen=True)
class Row:
    """A component and its figures, as a line of a table.

    `toggled` is the value of `?open=` that folds or unfolds it. Of its children an unfolded row
    shows `shown` and leaves `hidden` to its own page.
    """

    component: Component
    figures: Figures
    depth: int = 0
    is_open: bool = False
    toggled: str = ""
    shown: int = 0
    hidden: int = 0

    @property
    def currency(self) -> str:
        """The currency of its tree."""
        return self.figures.currency

    @property
    def snapshot(self) -> Snapshot | None:
        """The newest figures, if there are any."""
        return self.figures.snapshot


@dataclass(frozen=True)
class Outline:
    """A page of the tree, and the sum of all its topmost rows where they share a currency."""

    page: Page[Component]
    rows: list[Row]
    snapshots: list[Snapshot]
    currency: str
    sort: str

    @property
    def sum(self) -> Snapshot:
        """The figures of all topmost components together."""
        return summed(self.snapshots)

    @property
    def shows_amounts(self) -> bool:
        """Whether the reader sees the amounts of all rows."""
        return all(row.figures.shows_amounts for row in self.rows)

    @property
    def is_stale(self) -> bool:
        """Whether any figure shown is waiting to change."""
        return any(row.figures.is_stale for row in self.rows)

    @property
    def projects(self) -> int:
        """How many projects the sum counts."""
        whole = self.sum
        return sum(getattr(whole, name) for name in COUNTS)


def topmost(user: AnyUser) -> QuerySet[Component]:
    """Find the components that the user sees without seeing their parent."""
    visible = Component.objects.visible_to(user)
    if user.is_superuser:
        return visible.roots()
    held = RoleAssignment.objects.held_by(user).values("component")
    return visible.filter(pk__in=held).exclude(Exists(visible.filter(pk=OuterRef("parent"))))


def outline(
    user: AnyUser,
    *,
    open_ids: Sequence[int] | None,
    sort: str,
    page: str | None,
    now: datetime,
    as_of: date | None = None,
) -> Outline:
    """Read one page of what is topmost for the user, and what is unfolded below it.

    `open_ids` is None where nobody said what to unfold: then a single tree is. `as_of` is a past
    date that is asked for instead of the status dates.
    """
    top = topmost(user) if as_of is None else topmost_on(as_of, user)
    tops = list(_with_children(ordered(top, sort, now=now, as_of=as_of)))
    if open_ids is None:
        open_ids = [top.pk for top in tops] if len(tops) == 1 else []
    shown = Paginator(tops, PAGE_SIZE).get_page(page)
    below = visible_children(as_of, open_ids[:MOST_OPEN], user)
    children = _first_children(ordered(below, sort, now=now, as_of=as_of))
    tree = _Tree(children, open_ids)
    placed = list(tree.walk(shown.object_list, 0))
    every = {*tops, *(component for component, _ in placed)}
    figures = figures_of(every, user=user, now=now, as_of=as_of)
    return Outline(
        page=shown,
        rows=[tree.row(c, depth, figures[c.pk]) for c, depth in placed],
        snapshots=[s for top in tops if (s := figures[top.pk].snapshot)],
        currency=_shared(figures[top.pk].currency for top in tops),
        sort=sort,
    )


class _Tree:
    """Children by parent, and which of the parents are unfolded."""

    def __init__(self, children: Iterable[Component], open_ids: Sequence[int]) -> None:
        self.open_ids = open_ids
        self.children: dict[int | None, list[Component]] = {}
        for child in children:
            self.children.setdefault(_annotated(child, "home"), []).append(child)

    def walk(self, components: Iterable[Component], depth: int) -> Iterator[tuple[Component, int]]:
        """Go through the rows from the top, each with its depth."""
        for component in components:
            yield component, depth
            if component.pk in self.open_ids:
                yield from self.walk(self.children.get(component.pk, ()), depth + 1)

    def row(self, component: Component, depth: int, figures: Figures) -> Row:
        children = self.children.get(component.pk, [])
        return Row(
            component=component,
            figures=figures,
            depth=depth,
            is_open=bool(children),
            toggled=self._toggled(component.pk),
            shown=len(children),
            hidden=_annotated(children[0], "siblings") - len(children) if children else 0,
        )

    def _toggled(self, pk: int) -> str:
        others = [str(open_id) for open_id in self.open_ids if open_id != pk]
        return ",".join(others if pk in self.open_ids else [*others, str(pk)])


def _annotated(component: Component, name: str) -> Any:
    """Read what a query added to the row."""
    return getattr(component, name)


def _with_children(components: QuerySet[Component]) -> QuerySet[Component]:
    below = Component.objects.filter(parent=OuterRef("pk"))
    return components.annotate(has_children=Exists(below))


def _first_children(children: QuerySet[Component]) -> QuerySet[Component]:
    """Keep the first children of each parent."""
    order: Any = children.query.order_by
    place = Window(RowNumber(), partition_by=F("home"), order_by=order)
    return (
        _with_children(children)
        .annotate(place=place, siblings=Window(Count("pk"), partition_by=F("home")))
        .filter(place__lte=PAGE_SIZE)
    )


def ordered(
    components: QuerySet[C], sort: str, *, now: datetime, as_of: date | None = None
) -> QuerySet[C]:
    """Order by code, name, health (worst first, then money at stake) or budget, on a past day too.

    Amounts that the reader does not see put nothing in order. A tree without a status date is
    about today; figures of a later day do not count.
    """
    if sort not in ("health", "budget"):
        return components.order_by(sort, "pk")
    newest = Snapshot.objects.filter(
        component=OuterRef("pk"), as_of__lte=OuterRef("last_day")
    ).order_by("-as_of")
    place: Any = -(Coalesce("bac", Decimal()) + Coalesce("held", Decimal()))
    if "shows_amounts" in components.query.annotations:  # as `visible_to` tells
        shown = ExpressionWrapper(OuterRef("shows_amounts"), BooleanField())
        newest = newest.annotate(shown=shown)
        place = Case(When(shown=True, then=place), default=Decimal())
    if sort == "health":
        place += Case(*(When(health=h, then=Value(n * APART)) for n, h in enumerate(WORST_FIRST)))
    # One look at the newest snapshot for each row: the whole list is looked through for a page.
    annotated: Any = components.annotate(
        last_day=_last_day(now, as_of),
        order=Subquery(newest.annotate(order=place).values("order")[:1]),
    )
    in_order: QuerySet[C] = annotated.order_by(F("order").asc(nulls_last=True), "pk")
    return in_order


def _last_day(now: datetime, as_of: date | None) -> Any:
    """Tell the last day whose figures count for a component."""
    status_date = Component.objects.filter(pk=OuterRef("path__0")).values("status_date")
    present = Coalesce(Subquery(status_date), Value((now.astimezone(UTC) + EARTH).date()))
    return present if as_of is None else Least(present, Value(as_of, DateField()))


def listed(
    components: QuerySet[C],
    *,
    sort: str,
    page: str | None,
    user: AnyUser,
    now: datetime,
    as_of: date | None = None,
) -> tuple[Page[C], list[Row]]:
    """Read one page of components as rows."""
    in_order = ordered(components, sort, now=now, as_of=as_of)
    shown = LevelPaginator(in_order, PAGE_SIZE).get_page(page)
    return shown, rows_of(shown.object_list, user=user, now=now, as_of=as_of)


def rows_of(
    components: Iterable[Component], *, user: AnyUser, now: datetime, as_of: date | None = None
) -> list[Row]:
    """Give each component its figures, and of a past day its state then."""
    components = list(components)
    figures = figures_of(components, user=user, now=now, as_of=as_of)
    restore_states(components, {pk: one.known for pk, one in figures.items()})
    return [Row(component, figures[component.pk]) for component in components]


def _shared(currencies: Iterable[str]) -> str:
    """Tell the currency that all have; empty where amounts cannot be added."""
    different = set(currencies)
    return different.pop() if len(different) == 1 else ""


def summed(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Add the amounts and counts of snapshots; its ratios then come from the sums.

    Where one is without its amounts, so is the sum: the rest would not be the whole.
    """
    snapshots = list(snapshots)
    amounts = {name: total(*(getattr(s, name) for s in snapshots)) for name in AMOUNTS}
    counts = {name: sum(getattr(s, name) for s in snapshots) for name in COUNTS}
    if all(snapshot.shows_amounts for snapshot in snapshots):
        return Snapshot(**amounts, **counts)
    whole = Snapshot(**counts)
    withhold(whole)
    return whole
