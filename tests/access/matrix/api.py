"""The operations of the API, as its description has them, and what to send to each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django_filters.utils import get_model_field

from ppm.api import ASKED_FOR, router
from ppm.core.api.schema import made_once
from ppm.core.api.shape import DEEPEST, references
from ppm.core.filters.kinds import BelowCodeFilter, BelowFilter, CodeFilter, IdFilter, SearchFilter
from ppm.core.models import Job, WorkCalendar
from ppm.core.models.calendar import CalendarDay
from ppm.core.parameters import orderings
from tests.access.matrix.organisation import MISSING_ID, Place
from tests.access.matrix.pages import MISSING_CODE
from tests.api.resources import RESOURCES

METHODS = ("get", "post", "put", "patch", "delete")
OF_ALL = {WorkCalendar, CalendarDay}
"""Models whose rows everybody sees who signs in."""
ASKED: dict[str, dict[str, str]] = {
    "removal": {"after": "on_hold"},
    "comparison": {"first": "2026-01-10"},
    **{view: {} for view in ("access", "cancel", "file", "revert", "rows")},
}
"""What the views of a row want to know."""
OWNED = {Job}
"""Models whose rows belong to one person, who does with them what there is to do."""
DONE = {"rotate-secret", "test", "replay"}
"""What is done with a row."""


@dataclass(frozen=True)
class Operation:
    """A method of a path of the description."""

    method: str
    path: str

    @property
    def name(self) -> str:
        """The resource."""
        return self.path.removeprefix("/api/v1/").partition("/")[0]

    @property
    def view(self) -> str:
        """What of a row is asked for; empty for the row itself."""
        return self.path.partition("{id}/")[2].strip("/")

    @property
    def is_of_row(self) -> bool:
        """Whether the path names a row."""
        return "{id}" in self.path

    @property
    def is_bulk(self) -> bool:
        """Whether it takes many rows."""
        return self.path.endswith("/bulk/")

    def taking(self, row: dict[str, Any], mode: str = "create") -> dict[str, Any]:
        """Write a row as the operation takes it."""
        return {"mode": mode, "rows": [row]} if self.is_bulk else row

    @property
    def model(self) -> type[Model]:
        """The model of the rows that the path names."""
        model: type[Model] = viewsets()[self.name].serializer_class.Meta.model
        return model

    @property
    def query(self) -> dict[str, str]:
        """What must be said besides the id."""
        return ASKED.get(self.view, {})

    def address(self, pk: int | None = None) -> str:
        """Write the address."""
        return self.path.replace("{id}", str(pk))


def viewsets() -> dict[str, Any]:
    """Map each resource to its viewset."""
    return {name: viewset for name, viewset, _ in router.registry}


def described() -> list[Operation]:
    """List all that the description has."""
    paths: dict[str, Any] = made_once()["paths"]
    return [
        Operation(method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if method in METHODS
    ]


def understood() -> list[Operation]:
    """List the operations that the matrix knows how to ask."""
    names, known = {*viewsets(), *ASKED_FOR}, {"", *ASKED, *DONE}
    return [one for one in described() if one.name in names and one.view in known]


def body_in(place: Place, name: str) -> dict[str, Any]:
    """Return what would add a row to a place; nothing, where the resource has no rows there."""
    if name == "recomputations":
        return {"component": place.world.project.pk}
    resource = RESOURCES.get(name)
    return resource.body(place.world) if resource and resource.model in place.rows else {}


def nowhere(body: dict[str, Any]) -> dict[str, Any]:
    """Let a body refer to rows that do not exist."""
    return {
        name: MISSING_ID if isinstance(value, int) and value > 1_000 else value
        for name, value in body.items()
    }


def questions(name: str, hidden: Place) -> Iterator[tuple[str, str, str]]:
    """List filters of a list by what they refer to: something hidden, and something missing."""
    for parameter, found in viewsets()[name].filterset_class.base_filters.items():
        if isinstance(found, (CodeFilter, BelowCodeFilter)):
            yield parameter, hidden.world.project.code, MISSING_CODE
        elif isinstance(found, SearchFilter):
            yield parameter, hidden.canary, MISSING_CODE[: len(hidden.canary)]
        elif isinstance(found, IdFilter):
            yield parameter, str(_referred(name, parameter, found, hidden)), str(MISSING_ID)


def _referred(name: str, parameter: str, found: Any, hidden: Place) -> int:
    """Return the id of a hidden row that a filter could name."""
    if isinstance(found, BelowFilter):
        return hidden.world.portfolio.pk
    model: Any = viewsets()[name].filterset_class.Meta.model
    related: Any = get_model_field(model, found.field_name)
    row = hidden.rows.get(related.related_model) or hidden.world.project
    return int(row.pk)


def expansion(name: str) -> str:
    """Name all references of a list, and those of the rows that they lead to."""
    return ",".join(references(viewsets()[name], DEEPEST))


def ordering(name: str) -> str:
    """Name all columns by which a list is ordered."""
    return ",".join(orderings(viewsets()[name].filterset_class.Meta.model))
