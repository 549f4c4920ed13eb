"""The API's description (OpenAPI), and what it must be told: signing in, and refusals."""

from __future__ import annotations

import json
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.views.generic import TemplateView
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView

from ppm.core.problems import CONTENT_TYPE
from ppm.core.serializers import ForeignReferenceField
from ppm.core.values import DIGITS, NUMERAL, MoneyAmountField


class OnceGenerator(SchemaGenerator):
    """Makes the description once in a process: it takes a second and is the same for everybody."""

    def get_schema(self, request: object = None, public: bool = False) -> Any:
        """Return the description."""
        return made_once()


@cache
def made_once() -> Any:
    """Make the description."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


description = SpectacularAPIView.as_view(generator_class=OnceGenerator)
page = login_required(TemplateView.as_view(template_name="api/docs.html"))


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The bearer token."""

    target_class = "ppm.core.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describe it."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "ppm_…"}


def plain(field: Any, auto_schema: Any, direction: str) -> dict[str, Any]:
    """Describe a field without our extensions. That it may be null is added to what they say."""
    schema: dict[str, Any] = auto_schema._map_serializer_field(
        field, direction, bypass_extensions=True
    )
    if field.allow_null and isinstance(schema["type"], list):
        return {**schema, "type": schema["type"][0]}
    return schema


class NumberScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A number with decimals: text in answers, text or a number in requests.

    Amounts are null for some readers, unless the rows are money altogether.
    """

    target_class = "ppm.core.values.NumberField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """Describe it."""
        schema = plain(self.target, auto_schema, direction)
        if direction == "request":
            return {**schema, "type": ["string", "number"], "pattern": f"^({NUMERAL})$"}
        is_amount = isinstance(self.target, MoneyAmountField) and not self.target.allow_null
        if is_amount and not self.target.parent.Meta.model._default_manager.all().is_money:
            return {**schema, "type": [schema["type"], "null"]}
        return schema


class ReferenceScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """The id of a row: a number in answers, in requests also its digits."""

    target_class = "ppm.core.serializers.ScopedPrimaryKeyRelatedField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> Any:
        """Describe it."""
        schema = plain(self.target, auto_schema, direction)
        if isinstance(self.target, ForeignReferenceField):
            return schema if self.target.allow_null else {**schema, "type": ["integer", "null"]}
        if direction == "response":
            return schema
        return {**schema, "type": ["integer", "string"], "pattern": DIGITS}


_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "instance": _TEXT,
        "request_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "description": "Each value that was refused: in the body by JSON pointer, "
            "in the query by parameter.",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": _TEXT,
                    "parameter": _TEXT,
                    "code": _TEXT,
                    "detail": _TEXT,
                },
            },
        },
    },
}


REFUSALS = {
    HTTPStatus.BAD_REQUEST: "A value is wrong: `errors` says which, and why.",
    HTTPStatus.UNAUTHORIZED: "No token, or one that is unknown or has expired.",
    HTTPStatus.FORBIDDEN: "You may see this, but not do that; or the token lacks the scope.",
    HTTPStatus.NOT_FOUND: "There is nothing here, or nothing that you may see.",
    HTTPStatus.CONFLICT: "Rows still refer to this one; or what it refers to was deleted "
    "meanwhile; or two requests blocked each other.",
    HTTPStatus.PRECONDITION_FAILED: "Somebody has changed the row since you read it; the `ETag` "
    "is the version that it is at.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` came before with another request.",
    HTTPStatus.PRECONDITION_REQUIRED: "Say in `If-Match` which version you have read.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database took too long, or is restarting.",
}
EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("problems.json").read_text()
)
"""Refusals by status, each by the name of its example; tests keep them true."""


def add_problems(
    result: dict[str, Any], generator: SchemaGenerator, request: object, public: bool
) -> dict[str, Any]:
    """Give every operation the refusals that it may answer with."""
    result["components"]["schemas"]["Problem"] = _PROBLEM
    result["components"]["responses"] = {
        **{name_of(status): refusal(status, text) for status, text in REFUSALS.items()},
        "Refusal": refusal(None, "Any other refusal."),
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in possible(method, is_one="{" in path):
                reference = f"#/components/responses/{name_of(status)}"
                operation["responses"][str(status.value)] = {"$ref": reference}
            operation["responses"]["default"] = {"$ref": "#/components/responses/Refusal"}
    return result


_VERSIONS = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)


def possible(method: str, *, is_one: bool) -> list[HTTPStatus]:
    """List the refusals of an operation; of one row, or of a list."""
    is_read, is_told = method == "get", method != "delete"
    return [
        *([HTTPStatus.BAD_REQUEST] if is_told else []),
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        *([HTTPStatus.NOT_FOUND] if is_one else []),
        *([] if is_read else [HTTPStatus.CONFLICT]),
        *([HTTPStatus.UNPROCESSABLE_ENTITY] if method == "post" else []),
        *(_VERSIONS if method in ("put", "patch", "delete") else []),
        HTTPStatus.SERVICE_UNAVAILABLE,
    ]


def name_of(status: HTTPStatus) -> str:
    """Name a refusal in the description."""
    return status.phrase.replace(" ", "")


def refusal(status: HTTPStatus | None, text: str) -> dict[str, Any]:
    """Describe a refusal."""
    examples = EXAMPLES.get(str(status.value), {}) if status else {}
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {name: {"value": problem} for name, problem in examples.items()},
    }
    return {"description": text, "content": {CONTENT_TYPE: content}}
