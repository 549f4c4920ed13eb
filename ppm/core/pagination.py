"""Pages of a list by cursor: the order is total, so no row is skipped or shown twice.

DRF's own cursor keeps an offset among rows of equal value and stops at 1,000 of them, and it
cannot stand on a null; an import records thousands of facts on one date. This one remembers the
last row's values of the whole ordering, the id included. For a path it keeps the row's id: a path
may begin above what the user sees.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ObjectDoesNotExist
from django.core.exceptions import ValidationError as FieldError
from django.db.models import Model, Q, Value
from django.db.models.functions import Cast
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from ppm.core.amounts import amounts_of, as_shown
from ppm.core.models import AnyUser
from ppm.core.problems import ParameterError

Position = list[str | None]
"""A row's values in the terms of an ordering, as text; None is null."""


@dataclass(frozen=True)
class Cursor:
    """A place in an ordering, beside a row, and the direction to read from it."""

    ordering: list[str]
    position: Position
    is_backward: bool

    def encode(self) -> str:
        """Write the cursor as it stands in an address."""
        parts = json.dumps([self.ordering, self.position, self.is_backward])
        return urlsafe_b64encode(parts.encode()).decode()

    @classmethod
    def decode(cls, text: str, *, ordering: list[str]) -> Cursor:
        """Read a cursor; one of another ordering, or an invented one, is an error."""
        try:
            cursor = cls(*json.loads(urlsafe_b64decode(text.encode())))
            is_ours = cursor.ordering == ordering and all(map(is_text, cursor.position))
        except (ValueError, TypeError, RecursionError) as error:
            raise unknown_cursor() from error
        if not is_ours or len(cursor.position) != len(ordering):
            raise unknown_cursor()
        return cursor


def is_text(value: object) -> bool:
    """Tell whether PostgreSQL can have stored the value: null, or text without odd characters."""
    if value is None:
        return True
    return isinstance(value, str) and "\0" not in value and bool(value.encode())


def unknown_cursor() -> ParameterError:
    """Make the error of a cursor that is none of ours."""
    return ParameterError({"cursor": ["Take the cursor from `next` or `previous` of a page."]})


class CursorPagination(BasePagination):
    """Answer at most `limit` rows, with the addresses of the next and the previous ones."""

    DEFAULT_LIMIT = 50
    MAX_LIMIT = 200

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Read one page of the queryset, in its own order made total by the id."""
        self.request = request
        limit = self.limit()
        self.ordering = whole_ordering(queryset)
        cursor = self.cursor()
        is_backward = cursor is not None and cursor.is_backward
        ordering = [opposite(term) for term in self.ordering] if is_backward else self.ordering
        queryset, lookups = with_amounts_shown(queryset, self.ordering)
        if cursor is not None:
            position = after(ordering, cursor.position, queryset.model, lookups, user=request.user)
            queryset = queryset.filter(position)
        rows = list(
            queryset.order_by(*(in_query(term, lookups) for term in ordering))[: limit + 1]
        )
        has_more = len(rows) > limit
        self.rows = rows[:limit][:: -1 if is_backward else 1]
        self.has_next = bool(self.rows) and (is_backward or has_more)
        self.has_previous = bool(self.rows) and (has_more if is_backward else cursor is not None)
        return self.rows

    def limit(self) -> int:
        """Read the size of a page from the request."""
        text = self.request.query_params.get("limit", str(self.DEFAULT_LIMIT))
        if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= self.MAX_LIMIT:
            return int(text)
        raise ParameterError({"limit": [f"The limit goes from 1 to {self.MAX_LIMIT}."]})

    def cursor(self) -> Cursor | None:
        """Read the cursor from the request; None on the first page."""
        text = self.request.query_params.get("cursor")
        return None if text is None else Cursor.decode(text, ordering=self.ordering)

    def address(self, row: Model, *, is_backward: bool) -> str:
        """Write the address of the page that begins beside the row."""
        position = [value_of(row, term.lstrip("-")) for term in self.ordering]
        cursor = Cursor(self.ordering, position, is_backward)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor.encode())

    def get_paginated_response(self, data: Any) -> Response:
        """Answer the page; its neighbours stand in the body and in the header `Link`."""
        following = self.address(self.rows[-1], is_backward=False) if self.has_next else None
        preceding = self.address(self.rows[0], is_backward=True) if self.has_previous else None
        links = [
            f'<{address}>; rel="{name}"'
            for name, address in (("next", following), ("prev", preceding))
            if address
        ]
        body = {"next": following, "previous": preceding, "results": data}
        return Response(body, headers={"Link": ", ".join(links)} if links else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page for OpenAPI."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": address, "previous": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the query parameters for OpenAPI."""
        size = {
            "type": "integer",
            "minimum": 1,
            "maximum": self.MAX_LIMIT,
            "default": self.DEFAULT_LIMIT,
        }
        said = "The place to go on from, out of `next` or `previous`."
        return [
            {"name": "limit", "in": "query", "description": "Rows in a page.", "schema": size},
            {"name": "cursor", "in": "query", "description": said, "schema": {"type": "string"}},
        ]


def whole_ordering(queryset: Any) -> list[str]:
    """List the terms by which rows are ordered, the id last, which makes the order total."""
    terms = [str(term) for term in queryset.query.order_by]
    return terms if terms and terms[-1].lstrip("-") == "id" else [*terms, "id"]


def wholly_ordered(queryset: Any) -> Any:
    """Order rows as their pages are ordered, for whoever reads them all."""
    ordering = whole_ordering(queryset)
    rows, lookups = with_amounts_shown(queryset, ordering)
    return rows.order_by(*(in_query(term, lookups) for term in ordering))


def opposite(term: str) -> str:
    """Turn a term of an ordering around."""
    return term[1:] if term.startswith("-") else f"-{term}"


def with_amounts_shown(rows: Any, ordering: list[str]) -> tuple[Any, dict[str, str]]:
    """Let amounts that the reader does not see count as null; return also what stands for each.

    Whether he sees them `visible_to` tells; without that he sees all.
    """
    if "shows_amounts" not in rows.query.annotations:
        return rows, {}
    amounts = {term.lstrip("-") for term in ordering} & set(amounts_of(rows.model))
    lookups = {name: f"shown_{name}" for name in amounts}
    shown = {lookups[name]: as_shown(name) for name in amounts}
    return rows.alias(**shown) if shown else rows, lookups


def in_query(term: str, lookups: Mapping[str, str]) -> str:
    """Write a term of an ordering as the query has it."""
    name = term.lstrip("-")
    return term.removesuffix(name) + lookups.get(name, name)


def value_of(row: Model, name: str) -> str | None:
    """Write a row's value as text, in the place of a path the row's id."""
    field = row._meta.get_field(name)
    if isinstance(field, ArrayField):
        return str(row.pk)
    if getattr(row, field.attname) is None:  # type: ignore[union-attr]
        return None
    return str(field.value_to_string(row))  # type: ignore[union-attr]


def after(
    ordering: list[str],
    position: Position,
    model: type[Model],
    lookups: Mapping[str, str],
    *,
    user: AnyUser,
) -> Q:
    """Keep the rows that come after the position. PostgreSQL sorts nulls last, under `-` first."""
    condition, same = Q(), Q()
    for term, text in zip(ordering, position, strict=True):
        name = term.lstrip("-")
        try:
            field = model._meta.get_field(name)
            value = None if text is None else comparable(text, field, user=user)
        except (FieldError, ObjectDoesNotExist, TypeError, ValueError) as error:
            raise unknown_cursor() from error
        lookup = lookups.get(name, name)
        condition |= same & later(lookup, value, is_down=term.startswith("-"))
        same &= Q(**{f"{lookup}__isnull": True}) if value is None else Q(**{lookup: value})
    return condition


def comparable(text: str, field: Any, *, user: AnyUser) -> object:
    """Read a value back; a path is looked up, of a row that the user still sees."""
    if not isinstance(field, ArrayField):
        value: object = field.to_python(text)
        return value
    model: Any = field.model
    rows = model.objects.visible_to(user).filter(pk=text)
    # A bare array of small numbers would be another type than a path.
    return Cast(Value(rows.values_list(field.name, flat=True).get()), field)


def later(name: str, value: object, *, is_down: bool) -> Q:
    """Keep the rows whose value of `name` comes strictly after `value`."""
    if is_down:
        return Q(**{f"{name}__isnull": False}) if value is None else Q(**{f"{name}__lt": value})
    if value is None:
        return Q(pk__in=[])
    return Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True})
