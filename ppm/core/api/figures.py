"""The figures of components in the API: read for a whole page at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ppm.core.figures import Figures, figures_of
from ppm.core.models import AnyUser, Component, Health, Snapshot
from ppm.core.past import paths_on, restore_states
from ppm.core.problems import ParameterError
from ppm.core.serializers import DayField


@dataclass(frozen=True)
class Answer:
    """What the API says of a component: its figures, and the visible end of its path."""

    figures: Figures
    path: list[int]

    @property
    def health(self) -> str:
        """The effective health; unknown before the first snapshot."""
        return self.figures.snapshot.health if self.figures.snapshot else Health.UNKNOWN

    @property
    def parent(self) -> int | None:
        """The id of the component above; None for a root and where the user sees none."""
        return self.path[-2] if len(self.path) > 1 else None

    @property
    def reasons(self) -> dict[str, Any]:
        """Why the figures are what they are; empty before the first snapshot."""
        return self.figures.snapshot.reasons if self.figures.snapshot else {}


def answers(components: list[Component], request: Request) -> dict[int, Answer]:
    """Read what is known of the components, by id: now, or on the date of `?as_of=`."""
    as_of = requested_date(request)
    figures = figures_of(components, user=request.user, now=timezone.now(), as_of=as_of)
    snapshots = [entry.snapshot for entry in figures.values() if entry.snapshot]
    paths = {component.pk: component.path for component in components}
    if as_of is not None:
        restore_states(components, {pk: one.known for pk, one in figures.items()})
        paths = paths_on(as_of, components)
    seen = visible_among({*named_in(snapshots), *chain(*paths.values())}, user=request.user)
    hide_all_but(seen, snapshots)
    # What stands below something visible is visible: what is left is the end of the path.
    return {
        pk: Answer(figures[pk], path=[above for above in path if above in seen])
        for pk, path in paths.items()
    }


def requested_date(request: Request) -> date | None:
    """Read `?as_of=`; None where the caller asks for the present."""
    text = request.query_params.get("as_of", "")
    try:
        return DayField().run_validation(text) if text else None
    except ValidationError as error:
        raise ParameterError({"as_of": error.detail}) from error


def hide_foreign(snapshots: list[Snapshot], *, user: AnyUser) -> None:
    """Replace the ids of components that the user may not see by null in the reasons."""
    hide_all_but(visible_among(named_in(snapshots), user=user), snapshots)


def visible_among(component_ids: set[int], *, user: AnyUser) -> set[int]:
    """Keep the ids of components that the user may see."""
    if not component_ids:
        return set()
    rows = Component.objects.visible_to(user).filter(pk__in=component_ids)
    return set(rows.values_list("pk", flat=True))


def named_in(snapshots: Iterable[Snapshot]) -> set[int]:
    """List the ids of components that the reasons name."""
    entries = (entry for snapshot in snapshots for entry in references(snapshot.reasons))
    return {entry[key] for entry, key in entries}


def hide_all_but(seen: set[int], snapshots: Iterable[Snapshot]) -> None:
    """Replace other ids of components by null in the reasons."""
    for snapshot in snapshots:
        for entry, key in references(snapshot.reasons):
            entry[key] = entry[key] if entry[key] in seen else None


def references(reasons: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """List the entries that name a component, each with the key under which they do."""
    entries = [entry for value in reasons.values() if isinstance(value, list) for entry in value]
    keys = ("component", "project")
    return [(entry, key) for entry in entries for key in keys if entry.get(key)]
