"""The figures of components as they stand: snapshot, date, freshness. Pages and API read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from ppm.core.models import Component, Known, RollupFailure, Snapshot

# One step in the index for each component, however long its history is.
_NEWEST = """
SELECT newest.* FROM unnest(%s::bigint[], %s::date[]) AS wanted (id, as_of)
CROSS JOIN LATERAL (
    SELECT * FROM core_snapshot AS s
    WHERE s.component_id = wanted.id AND s.as_of <= wanted.as_of
    ORDER BY s.as_of DESC LIMIT 1
) AS newest
"""


@dataclass(frozen=True)
class Figures:
    """A component's snapshot on a date, in its tree's currency.

    The date is its tree's status date, or an earlier one that was asked for: then `is_past`, the
    figures are final, and `known_until` is the moment from which on nothing counted any more.
    `is_stale`: they are waiting to change. `failed_since` is the moment from which the component
    could not be computed, and its snapshot is an older one; None where all is well.
    """

    as_of: date
    currency: str
    snapshot: Snapshot | None
    is_stale: bool
    failed_since: datetime | None
    known_until: datetime | None = None

    @property
    def is_past(self) -> bool:
        """Whether these are figures of a date before the status date."""
        return self.known_until is not None

    @property
    def known(self) -> Known:
        """Which facts these figures are about."""
        return Known(self.as_of, self.known_until)

    @property
    def is_degraded(self) -> bool:
        """Whether the component, or one below it, could not be computed."""
        is_noted = self.snapshot is not None and self.snapshot.degraded
        return is_noted or self.failed_since is not None

    @property
    def computed_at(self) -> datetime | None:
        """When the snapshot was computed; None before the first one."""
        return self.snapshot.computed_at if self.snapshot else None


def figures_of(
    components: Iterable[Component], *, now: datetime, as_of: date | None = None
) -> dict[int, Figures]:
    """Read the figures of the components, by id, in four queries whatever their number.

    They are those of each tree's status date; with `as_of` those of that date, where it is past.
    """
    components = list(components)
    roots = Component.objects.in_bulk({component.root_id for component in components})
    days = {root.pk: _day_of(root, now, as_of) for root in roots.values()}
    snapshots = snapshots_on({c.pk: days[c.root_id] for c in components})
    present = [c.pk for c in components if days[c.root_id] == roots[c.root_id].status_on(now)]
    stale = stale_among(present) if present else set()
    failures = RollupFailure.objects.filter(component__in=present)
    failed = dict(failures.values_list("component", "first_failed_at"))
    return {
        c.pk: Figures(
            as_of=days[c.root_id],
            currency=roots[c.root_id].currency,
            snapshot=snapshots.get(c.pk),
            is_stale=c.pk in stale,
            failed_since=failed.get(c.pk),
            known_until=_known_until(roots[c.root_id], snapshots.get(c.pk), now, as_of),
        )
        for c in components
    }


def known_of(
    component: Component, root: Component, *, now: datetime, as_of: date | None = None
) -> Known:
    """Tell which facts of a component count: those of its tree's status date, or of a past day."""
    day = _day_of(root, now, as_of)
    snapshot = None if as_of is None else snapshots_on({component.pk: day}).get(component.pk)
    return Known(day, _known_until(root, snapshot, now, as_of))


def _day_of(root: Component, now: datetime, as_of: date | None) -> date:
    """Tell the day that figures of a tree are about, not after its status date."""
    status_date = root.status_on(now)
    return min(status_date, as_of or status_date)


def _known_until(
    root: Component, snapshot: Snapshot | None, now: datetime, as_of: date | None
) -> datetime | None:
    """Tell the moment from which on nothing counted any more; None for the present.

    The end of that day in its tree; where figures were computed later, because the tree stood
    still on that day or was restated, a moment after that.
    """
    day = _day_of(root, now, as_of)
    if day == root.status_on(now):
        return None
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(root.time_zone))
    if snapshot is None:
        return midnight
    return max(midnight, snapshot.computed_at + timedelta(microseconds=1))


def status_date_of(component: Component, *, now: datetime) -> date:
    """Tell the date that the figures of a component's tree are about."""
    return Component.objects.get(pk=component.root_id).status_on(now)


def snapshots_on(dates: dict[int, date]) -> dict[int, Snapshot]:
    """Read each component's answer for its date: the newest snapshot that is not later."""
    newest = Snapshot.objects.raw(_NEWEST, [list(dates), list(dates.values())]) if dates else ()
    return {snapshot.component_id: snapshot for snapshot in newest}


def stale_among(component_ids: Iterable[int]) -> set[int]:
    """Tell which of the components have a dirty mark on them or below them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT above.id FROM core_dirtymark AS mark "
            "JOIN core_component AS c ON c.id = mark.component_id, unnest(c.path) AS above (id) "
            "WHERE above.id = ANY(%s)",
            [list(component_ids)],
        )
        return {row[0] for row in cursor.fetchall()}
