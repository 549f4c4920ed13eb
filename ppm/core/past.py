"""What stood where on a past day, and in which state: the tree around figures of the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TypeVar

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ppm.core.models import Component, Decision, Move, Outcome, Snapshot

C = TypeVar("C", bound=Component)


def children_on(day: date, parents: Collection[int]) -> QuerySet[Component]:
    """Find what stood directly below components at the end of a day, each with its `home`."""
    moved = Move.objects.first_after(day)
    own_move = moved.filter(component=OuterRef("pk"))
    stayed = Q(parent__in=parents) & ~Exists(own_move)
    left = moved.filter(before__in=parents)
    home = Coalesce(
        Subquery(own_move.values("before")[:1]), F("parent"), output_field=BigIntegerField()
    )
    found = Component.objects.filter(stayed | Q(pk__in=left.values("component")))
    return found.annotate(home=home)


def paths_on(day: date, components: Iterable[Component]) -> dict[int, list[int]]:
    """Tell the path of each component at the end of a day."""
    rows = Move.objects.first_after(day).values_list("component", "before")
    moved: dict[int, int | None] = dict(rows)
    paths = dict(
        Component.objects.filter(pk__in=filter(None, moved.values())).values_list("pk", "path")
    )
    return {c.pk: _path_before(c.path, moved, paths) for c in components}


def _path_before(
    path: list[int], moved: dict[int, int | None], paths: dict[int, list[int]]
) -> list[int]:
    """Replace what stands above the lowest component that has moved since."""
    for place in range(len(path) - 1, -1, -1):
        if path[place] in moved:
            home = moved[path[place]]
            above = _path_before(paths.get(home, []), moved, paths) if home else []
            return [*above, *path[place:]]
    return path


def answering(components: QuerySet[C], day: date) -> QuerySet[C]:
    """Keep the components of which something was known on a day."""
    known = Snapshot.objects.filter(component=OuterRef("pk"), as_of__lte=day)
    return components.filter(Exists(known))


def restore_states(components: Iterable[Component], day: date) -> None:
    """Give components, as read, the states that they had on a day; the decisions tell."""
    components = list(components)
    states = states_on([component.pk for component in components], day)
    for component in components:
        component.state = states.get(component.pk, component.state)


def states_on(component_ids: Collection[int], day: date) -> dict[int, str]:
    """Tell the states on a day, as far as decisions tell: after the last, else before the next."""
    approved = Decision.objects.filter(component__in=component_ids, outcome=Outcome.APPROVED)
    later = approved.filter(date__gt=day).order_by("component", "date", "pk")
    earlier = approved.filter(date__lte=day).order_by("component", "-date", "-pk")
    before = later.distinct("component").values_list("component", "before")
    after = earlier.distinct("component").values_list("component", "after")
    return dict(before) | dict(after)
