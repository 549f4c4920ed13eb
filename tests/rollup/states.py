"""What tests of the roll-up ask the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from portfolios import rollup
from ppm.core.models import Component, DirtyMark, Snapshot
from ppm.core.snapshotting import VALUES
from tests.conftest import wait_until

NOW = datetime(2026, 3, 31, 9, 0, tzinfo=UTC)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo everything in the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def stored(*, now: datetime = NOW) -> dict[int, dict[str, Any]]:
    """Read each component's snapshot for its tree's status date."""
    roots = {root.pk: root.status_on(now) for root in Component.objects.roots()}
    return {
        row["component_id"]: row
        for root, as_of in roots.items()
        for row in Snapshot.objects.newest_on(as_of)
        .filter(component__path__0=root)
        .values("component_id", *VALUES)
    }


def sweep(*, now: datetime = NOW) -> None:
    """Sweep until nothing is left, as workers do."""
    if rollup.sweep(now=now):
        wait_until(lambda: not rollup.sweep(now=now), seconds=20, what="the roll-up")
    assert not DirtyMark.objects.exists()


def mark_everything() -> None:
    """Ask for a full roll-up."""
    rollup.mark(Component.objects.values_list("pk", flat=True))
