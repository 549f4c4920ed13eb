"""The figures of components as they stand: snapshot, date, freshness. Pages and API read here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ppm.core.amounts import withhold
from ppm.core.beneath import AsArray
from ppm.core.models import (
    SEES_MONEY,
    AnyUser,
    Component,
    Known,
    RollupFailure,
    Snapshot,
    places_held,
)
from ppm.core.reach import unscoped
from ppm.core.sql import column

# One step in the index for each answer, however long the history is.
_NEWEST = """
SELECT newest.*, wanted.as_of AS wanted_on
FROM unnest(%s::bigint[], %s::date[]) AS wanted (id, as_of)
CROSS JOIN LATERAL (
    SELECT * FROM core_snapshot AS s
    WHERE s.component_id = wanted.id AND s.as_of <= wanted.as_of
    ORDER BY s.as_of DESC LIMIT 1
) AS newest
"""


@dataclass(frozen=True)
class TreeDay:
    """The day that figures of a tree are about: its status date, or an earlier one (`is_past`)."""

    root: Component
    on: date
    is_past: bool

    @classmethod
    def of(cls, root: Component, *, now: datetime, as_of: date | None = None) -> TreeDay:
        """Take the day that is asked for, or the status date where that is not later."""
        status_date = root.status_on(now)
        day = min(status_date, as_of or status_date)
        return cls(root, day, is_past=day < status_date)

    def known_until(self, snapshot: Snapshot | None) -> datetime | None:
        """Tell the moment from which on nothing counted any more; None for the present.

        The end of that day in its tree; where figures were computed later, because the tree stood
        still on that day or was restated, a moment after that.
        """
        if not self.is_past:
            return None
        next_day, zone = self.on + timedelta(days=1), ZoneInfo(self.root.time_zone)
        midnight = datetime.combine(next_day, time(), zone)
        if snapshot is None:
            return midnight
        return max(midnight, snapshot.computed_at + timedelta(microseconds=1))

    def known(self, snapshot: Snapshot | None) -> Known:
        """Tell which facts an answer for the day is about."""
        return Known(self.on, self.known_until(snapshot))


@dataclass(frozen=True)
class Figures:
    """A component's snapshot on a day of its tree.

    Those of a past day are final. `is_stale`: they are waiting to change. `failed_since` is the
    moment from which the component could not be computed, and its snapshot is an older one; None
    where all is well. Without `shows_amounts` the snapshot has been read without them.
    """

    day: TreeDay
    snapshot: Snapshot | None
    shows_amounts: bool = True
    is_stale: bool = False
    failed_since: datetime | None = None

    @property
    def as_of(self) -> date:
        """The tree's status date, or the earlier one that was asked for."""
        return self.day.on

    @property
    def currency(self) -> str:
        """The currency of its tree."""
        return self.day.root.currency

    @property
    def is_past(self) -> bool:
        """Whether these are figures of a date before the status date."""
        return self.day.is_past

    @property
    def past_day(self) -> date | None:
        """The day before the status date that they are about; None for the present."""
        return self.as_of if self.is_past else None

    @property
    def known(self) -> Known:
        """Which facts these figures are about."""
        return self.day.known(self.snapshot)

    @property
    def is_degraded(self) -> bool:
        """Whether the component, or one below it, could not be computed."""
        is_noted = self.snapshot is not None and self.snapshot.degraded
        return is_noted or self.failed_since is not None

    @property
    def computed_at(self) -> datetime | None:
        """When the snapshot was computed; None before the first one."""
        return self.snapshot.computed_at if self.snapshot else None

    def earlier(self, day: date, snapshot: Snapshot | None) -> Figures:
        """Tell the figures of an earlier day, by the component's answer for it."""
        return Figures(TreeDay(self.day.root, day, is_past=True), snapshot, self.shows_amounts)


@unscoped("the figures of components that the caller was given")
def figures_of(
    components: Iterable[Component],
    *,
    user: AnyUser,
    now: datetime,
    as_of: date | None = None,
) -> dict[int, Figures]:
    """Read the figures of the components, by id, in four queries whatever their number.

    They are those of each tree's status date; with `as_of` those of that date, where it is past.
    Where the user sees no amounts they are read without.
    """
    components = list(components)
    roots = _roots_of(components, user)
    shown = {c.pk for c in components if user.is_superuser or _is_seen(c, roots[c.root_id])}
    by_root = {pk: TreeDay.of(root, now=now, as_of=as_of) for pk, root in roots.items()}
    days = {component.pk: by_root[component.root_id] for component in components}
    snapshots = snapshots_on({pk: day.on for pk, day in days.items()})
    for pk in snapshots.keys() - shown:
        withhold(snapshots[pk])
    present = [pk for pk, day in days.items() if not day.is_past]
    stale = stale_among(present) if present else set()
    failures = RollupFailure.objects.filter(component__in=present)
    failed = dict(failures.values_list("component", "first_failed_at"))
    return {
        pk: Figures(
            day,
            snapshots.get(pk),
            shows_amounts=pk in shown,
            is_stale=pk in stale,
            failed_since=failed.get(pk),
        )
        for pk, day in days.items()
    }


def _roots_of(components: Iterable[Component], user: AnyUser) -> dict[int, Component]:
    """Read the roots by id, and beside each where the user sees amounts: not a query more."""
    places = AsArray(places_held(user, SEES_MONEY))
    roots = Component.objects.annotate(seen_below=places)
    return dict(roots.in_bulk({component.root_id for component in components}))


def _is_seen(component: Component, root: Component) -> bool:
    """Tell by what the query added to the root whether amounts of a component are to be seen."""
    return not set(component.path).isdisjoint(root.seen_below)  # type: ignore[attr-defined]


@unscoped("the dates of a tree")
def known_of(
    component: Component, root: Component, *, now: datetime, as_of: date | None = None
) -> Known:
    """Tell which facts of a component count: those of its tree's status date, or of a past day."""
    day = TreeDay.of(root, now=now, as_of=as_of)
    snapshots = snapshots_on({component.pk: day.on}) if day.is_past else {}
    return day.known(snapshots.get(component.pk))


@unscoped("the dates of trees")
def known_in_trees(
    roots: Iterable[Component], *, now: datetime, as_of: date | None = None
) -> dict[int, Known]:
    """Tell which facts count in trees, by the ids of their roots."""
    days = {root.pk: TreeDay.of(root, now=now, as_of=as_of) for root in roots}
    snapshots = snapshots_on({pk: day.on for pk, day in days.items() if day.is_past})
    return {pk: day.known(snapshots.get(pk)) for pk, day in days.items()}


@unscoped("the dates and the currency of a tree, which are no secret")
def root_of(component: Component) -> Component:
    """Read the root of a component's tree."""
    return Component.objects.get(pk=component.root_id)


def status_date_of(component: Component, *, now: datetime) -> date:
    """Tell the date that the figures of a component's tree are about."""
    return root_of(component).status_on(now)


def snapshots_on(dates: Mapping[int, date]) -> dict[int, Snapshot]:
    """Read each component's answer for its date: the newest snapshot that is not later."""
    return {pk: snapshot for (pk, _), snapshot in answers_on(dates.items()).items()}


@unscoped("the figures of components that the caller was given")
def answers_on(wanted: Collection[tuple[int, date]]) -> dict[tuple[int, date], Snapshot]:
    """Read the answers of components for dates, several for a component, in one query."""
    ids, days = [pk for pk, _ in wanted], [day for _, day in wanted]
    newest: Iterable[Any] = Snapshot.objects.raw(_NEWEST, [ids, days]) if ids else ()
    return {(snapshot.component_id, snapshot.wanted_on): snapshot for snapshot in newest}


def stale_among(component_ids: Iterable[int]) -> set[int]:
    """Tell which of the components have a dirty mark on them or below them."""
    query = (
        "SELECT DISTINCT above.id FROM core_dirtymark AS mark "
        "JOIN core_component AS c ON c.id = mark.component_id, unnest(c.path) AS above (id) "
        "WHERE above.id = ANY(%s)"
    )
    return set(column(query, [list(component_ids)]))
