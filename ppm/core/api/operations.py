"""How an operation of the API is described (OpenAPI): what all of its kind take."""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from ppm.core.api.once import HEADER
from ppm.core.api.shape import DEEPEST, fields_of, references
from ppm.core.api.versions import is_versioned


class Operation(AutoSchema):
    """Describes an operation, with the headers and parameters that all of its kind take."""

    def get_override_parameters(self) -> list[Any]:
        """Describe what does not follow from the serializer."""
        view: Any = self.view
        parameters = super().get_override_parameters()
        if not hasattr(view, "model"):
            return list(parameters)
        if self.method == "POST":
            return [*parameters, ONCE]
        if view.action == "retrieve":
            return [*parameters, *_past(view), *_shaping(view)]
        if view.action == "list":
            return [*parameters, *_shaping(view)]
        is_change = view.action in ("update", "partial_update", "destroy")
        return [*parameters, *([_IF_MATCH] if is_change and is_versioned(view.model) else [])]


def _past(view: Any) -> list[OpenApiParameter]:
    """Describe `as_of` of a row, where its list has it too."""
    known = view.filterset_class.base_filters.get("as_of")
    said = known.extra["help_text"] if known else ""
    return [OpenApiParameter("as_of", date, description=said)] if known else []


def _shaping(view: Any) -> list[OpenApiParameter]:
    """Describe `fields` and `expand`."""
    said = {
        "fields": "Answer these fields only; with a dot those of a part, or of an expanded row.",
        "expand": "Put the rows in place of these ids, as far as you may see them.",
    }
    names = {"fields": fields_of(type(view), {}), "expand": references(type(view), DEEPEST)}
    return [
        OpenApiParameter(
            parameter,
            {"type": "array", "items": {"type": "string", "enum": names[parameter]}},
            description=sentence,
            explode=False,
            style="form",
        )
        for parameter, sentence in said.items()
        if names[parameter]
    ]


ONCE = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="A request that comes again with the same key is answered as before and not "
    "done again; for a day.",
)
_IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string"},
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` of the row as you have read it, its version in quotes, or * to "
    "overwrite whatever is there.",
)
