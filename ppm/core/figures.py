"""The figures of components as they stand: snapshot, date, freshness. Pages and API read here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from ppm.core.models import Component, RollupFailure, Snapshot

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
    """A component's snapshot on its tree's status date, in its tree's currency.

    `is_stale`: it is waiting to change. `failed_since` is the moment from which it could not be
    computed, and its snapshot is an older one; None where all is well.
    """

    as_of: date
    currency: str
    snapshot: Snapshot | None
    is_stale: bool
    failed_since: datetime | None

    @property
    def is_degraded(self) -> bool:
        """Whether the component, or one below it, could not be computed."""
        is_noted = self.snapshot is not None and self.snapshot.degraded
        return is_noted or self.failed_since is not None

    @property
    def computed_at(self) -> datetime | None:
        """When the snapshot was computed; None before the first one."""
        return self.snapshot.computed_at if self.snapshot else None


def figures_of(components: Iterable[Component], *, now: datetime) -> dict[int, Figures]:
    """Read the figures of the components, by id, in four queries whatever their number."""
    components = list(components)
    roots = Component.objects.in_bulk({component.root_id for component in components})
    dates = {c.pk: roots[c.root_id].status_on(now) for c in components}
    snapshots = snapshots_on(dates)
    stale = stale_among(dates)
    failures = RollupFailure.objects.filter(component__in=dates)
    failed = dict(failures.values_list("component", "first_failed_at"))
    return {
        component.pk: Figures(
            as_of=dates[component.pk],
            currency=roots[component.root_id].currency,
            snapshot=snapshots.get(component.pk),
            is_stale=component.pk in stale,
            failed_since=failed.get(component.pk),
        )
        for component in components
    }


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
