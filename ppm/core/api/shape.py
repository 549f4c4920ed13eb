"""What a read answers with: `fields=` leaves fields out, `expand=` puts rows in place of ids.

Rows that are put in are read through the viewset of their model, all of a list at once: by the
same rules, with the same fields, and with nothing that the user may not see.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from rest_framework.relations import RelatedField
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer, Serializer

from ppm.core.problems import ParameterError

DEEPEST = 2
"""How many steps `expand` goes."""

Names = dict[str, Any]
"""Names, each with the names below it."""

Rows = list[dict[str, Any]]

VIEWS: dict[Any, Any] = {}
"""The viewset of each model."""


class Shape:
    """What a request asks of its rows: the fields, and the references to be followed."""

    def __init__(self, request: Request, view: Any) -> None:
        """Read the parameters; refuse what there is not."""
        self.request = request
        self.expanded = self._read("expand", lambda: references(type(view), DEEPEST))
        self.fields = self._read("fields", lambda: fields_of(type(view), self.expanded))

    def _read(self, parameter: str, allowed: Callable[[], list[str]]) -> Names:
        """Read the names of a parameter as a tree."""
        text = self.request.query_params.get(parameter, "")
        asked = [name.strip() for name in text.split(",") if name.strip()]
        unknown = sorted(set(asked) - set(allowed())) if asked else []
        if unknown:
            raise ParameterError({parameter: [f"There is no {', '.join(unknown)} here."]})
        tree: Names = {}
        for name in asked:
            below = tree
            for part in name.split("."):
                below = below.setdefault(part, {})
        return tree

    def narrow(self, serializer: BaseSerializer[Any]) -> None:
        """Leave out of the serializer what is not asked for."""
        _narrow(getattr(serializer, "child", serializer), self.fields, self.expanded)

    def expand(self, rows: Rows, view: Any) -> None:
        """Put rows in place of the ids that are to be followed."""
        _expand(rows, type(view), self.expanded, self.fields, self.request)


def _narrow(serializer: Any, fields: Names, expanded: Names) -> None:
    if not fields:
        return
    for name in [*serializer.fields]:
        if name not in fields and name not in expanded:
            serializer.fields.pop(name)
        elif isinstance(serializer.fields[name], Serializer):
            _narrow(serializer.fields[name], fields.get(name, {}), {})


def _expand(rows: Rows, view: type, expanded: Names, fields: Names, request: Request) -> None:
    for name, below in expanded.items():
        there = VIEWS[_target(view, name)](request=request, format_kwarg=None, kwargs={})
        ids = {row[name] for row in rows if row[name] is not None}
        serializer = there.get_serializer([*there.get_queryset().filter(pk__in=ids)], many=True)
        _narrow(serializer.child, fields.get(name, {}), {"id": {}, **below})
        found = {row["id"]: row for row in serializer.data}
        _expand([*found.values()], type(there), below, fields.get(name, {}), request)
        if "id" not in fields.get(name, {"id": {}}):
            for row in found.values():
                row.pop("id")
        for row in rows:
            row[name] = found.get(row[name], row[name])


def references(view: type, depth: int) -> list[str]:
    """List what `expand` takes, for OpenAPI too: references to rows that have a list here."""
    found = []
    for name, field in _fields(view).items():
        if isinstance(field, RelatedField) and (there := VIEWS.get(_target(view, name))):
            found.append(name)
            if depth > 1:
                found += [f"{name}.{further}" for further in references(there, depth - 1)]
    return found


def fields_of(view: type, expanded: Names) -> list[str]:
    """List what `fields` takes: the names, those in a part, and those of expanded rows."""
    found = []
    for name, field in _fields(view).items():
        found.append(name)
        if isinstance(field, Serializer):
            found += [f"{name}.{part}" for part in field.fields]
        elif name in expanded:
            there = VIEWS[_target(view, name)]
            found += [f"{name}.{further}" for further in fields_of(there, expanded[name])]
    return found


@cache
def _fields(view: type) -> dict[str, Any]:
    """Build the fields of a viewset once, to be looked at."""
    serializer: Any = view.serializer_class  # type: ignore[attr-defined]
    return dict(serializer().fields)


def _target(view: type, name: str) -> Any:
    """Tell the model to which a reference leads."""
    model: Any = view.model  # type: ignore[attr-defined]
    return model._meta.get_field(_fields(view)[name].source).related_model
