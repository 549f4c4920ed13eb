"""What stood where on a past day, and in which state: the tree around figures of the past."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from ppm.core.models import (
    AnyUser,
    Component,
    ComponentQuerySet,
    Decision,
    Known,
    Move,
    Outcome,
    Snapshot,
)
from ppm.core.reach import unscoped

Components = TypeVar("Components", bound=QuerySet[Any])


def children_on(day: date | None, parents: Collection[int]) -> ComponentQuerySet[Any]:
    """Find what stood directly below components at the end of a day, each with its `home`.

    Without a day: what stands there now.
    """
    if day is None:
        return Component.objects.filter(parent__in=parents).annotate(home=F("parent"))
    moved = Move.objects.first_after(day)
    own_move = moved.filter(component=OuterRef("pk"))
    stayed = Q(parent__in=parents) & ~Exists(own_move)
    left = moved.filter(before__in=parents)
    home = Coalesce(
        Subquery(own_move.values("before")[:1]), F("parent"), output_field=BigIntegerField()
    )
    found = Component.objects.filter(stayed | Q(pk__in=left.values("component")))
    return found.annotate(home=home)


def visible_children(
    day: date | None, parents: Collection[int], user: AnyUser
) -> ComponentQuerySet[Any]:
    """Keep of the children those that the reader sees, and that were known on the day."""
    children = children_on(day, parents).visible_to(user)
    return children if day is None else answering(children, day)


def topmost_on(day: date, user: AnyUser) -> QuerySet[Component]:
    """Find the visible components that on a day stood below nothing visible."""
    visible = Component.objects.visible_to(user)
    below_visible = Exists(visible.filter(pk=OuterRef("home")))
    return answering(visible.annotate(home=home_on(day)).exclude(below_visible), day)


def home_on(day: date) -> Case:
    """Tell of each component the parent that it had at the end of a day; null for a root."""
    own_move = Move.objects.first_after(day).filter(component=OuterRef("pk"))
    return Case(
        When(Exists(own_move), then=Subquery(own_move.values("before")[:1])),
        default=F("parent"),
        output_field=BigIntegerField(),
    )


@unscoped("where components stood")
def within_on(day: date, component: Component) -> ComponentQuerySet[Any]:
    """Find a component, and what stood anywhere below it at the end of a day.

    What has been moved since, with all below it, is looked at one by one.
    """
    moved = list(Move.objects.first_after(day).values_list("component", flat=True))
    within = Component.objects.within(component)
    if not moved:
        return within
    touched = Component.objects.filter(path__overlap=moved)
    then = [pk for pk, path in paths_on(day, touched).items() if component.pk in path]
    stayed = within.exclude(path__overlap=moved)
    return Component.objects.filter(Q(pk__in=stayed.values("pk")) | Q(pk__in=then))


@unscoped("the places of components that the caller was given")
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
            # Without the move itself: dates that went back may lead in a circle.
            others = {pk: before for pk, before in moved.items() if pk != path[place]}
            above = _path_before(paths.get(home, []), others, paths) if home else []
            return [*above, *path[place:]]
    return path


def answering(components: Components, day: date) -> Components:
    """Keep the components of which something was known on a day."""
    known = Snapshot.objects.filter(component=OuterRef("pk"), as_of__lte=day)
    return components.filter(Exists(known))


def restore_states(components: Iterable[Component], known: Mapping[int, Known]) -> None:
    """Give components, as read, the states that they had by what was known of the past."""
    past = {pk: one for pk, one in known.items() if one.until is not None}
    states = states_by(past) if past else {}
    for component in components:
        component.state = states.get(component.pk, component.state)


@unscoped("the states of components that the caller was given")
def states_by(known: Mapping[int, Known]) -> dict[int, str]:
    """Tell the states by component, as far as decisions tell.

    It is what the last known one led to; before the first one, where that started from.
    """
    approved = Decision.objects.filter(component__in=known, outcome=Outcome.APPROVED)
    states: dict[int, str] = {}
    for decision in approved.order_by("date", "pk"):
        pk = decision.component_id
        if known[pk].includes(decision):
            states[pk] = decision.after
        else:
            states.setdefault(pk, decision.before)
    return states
