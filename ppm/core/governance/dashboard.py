"""The first page for governance bodies: what waits for a decision, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from ppm.core.models import (
    AnyUser,
    Component,
    DayTurn,
    DirtyMark,
    HealthPolicy,
    RollupFailure,
    RollupIncident,
    StateRequest,
    StatusReport,
)

SHOWN = 10
"""How many rows of each kind stand on the page; the rest is a click away."""


@dataclass(frozen=True)
class Waiting:
    """The first rows of a list, and how many there are."""

    rows: Sequence[Any]
    count: int

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Tree:
    """A tree, the date its figures were brought to, and what of it waits to be computed."""

    root: Component
    as_of: Any
    marks: int
    oldest: datetime | None


@dataclass(frozen=True)
class Dashboard:
    """What one user sees of all that."""

    requests: Waiting
    overrides: Waiting
    failures: Waiting
    incidents: Waiting
    trees: list[Tree]
    policy: HealthPolicy | None
    most_tries: int = RollupFailure.MAX_TRIES


def dashboard(*, user: AnyUser, now: datetime) -> Dashboard:
    """Read it, in a number of queries that does not grow."""
    seen = Component.objects.visible_to(user)
    requests = StateRequest.objects.visible_to(user).waiting()
    overrides = StatusReport.objects.visible_to(user).waiting(on=now.date())
    failures = RollupFailure.objects.filter(component__in=seen)
    incidents = RollupIncident.objects.filter(component__in=seen, settled_at=None)
    return Dashboard(
        requests=_first(requests.order_by("date", "pk"), "component", "recorded_by"),
        overrides=_first(overrides.order_by("date", "pk"), "component", "recorded_by"),
        failures=_first(failures.order_by("-tries", "first_failed_at"), "component"),
        incidents=_first(incidents.order_by("found_at", "pk"), "component"),
        trees=_trees(user),
        policy=HealthPolicy.objects.visible_to(user)
        .filter(component=None)
        .order_by("-version")
        .first(),
    )


def _first(rows: QuerySet[Any], *related: str) -> Waiting:
    shown = list(rows.select_related(*related)[:SHOWN])
    return Waiting(shown, rows.count() if len(shown) == SHOWN else len(shown))


def _trees(user: AnyUser) -> list[Tree]:
    """Read the trees whose roots the user sees, those that wait longest first."""
    turned = DayTurn.objects.filter(root=OuterRef("pk")).values("as_of")
    roots = Component.objects.visible_to(user).roots().annotate(as_of=Subquery(turned))
    tree_of = Component.objects.filter(pk=OuterRef("component_id")).values("path__0")
    marks = DirtyMark.objects.annotate(root=Subquery(tree_of)).values("root")
    waiting = {
        entry["root"]: (entry["number"], entry["oldest"])
        for entry in marks.annotate(number=Count("pk"), oldest=Min("marked_at"))
    }
    trees = [
        Tree(root, root.as_of, *waiting.get(root.pk, (0, None))) for root in roots.order_by("code")
    ]
    return sorted(trees, key=lambda tree: (tree.oldest is None, tree.oldest, tree.root.code))
