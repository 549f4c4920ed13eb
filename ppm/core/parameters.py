"""The query parameters of a list: what is not understood is refused, never ignored.

A misspelt filter that is ignored answers with everything, which reads like an answer.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import QueryDict
from django_filters import BooleanFilter
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from ppm.core.problems import ParameterError

NO_SUCH = "There is no such parameter."
NO_VALUE = "Give it a value, or leave it out."
TRUTHS = ("true", "false", "1", "0")
OF_EVERY_LIST = {"limit", "cursor", "ordering"}
OF_EVERY_READ = {"fields", "expand"}


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]  # it ships no types
    """Filter by the view's filter set; refuse a parameter that it does not have."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        """Filter the queryset."""
        filterset = self.get_filterset(request, queryset, view)
        known = OF_EVERY_LIST | OF_EVERY_READ | set(type(filterset).base_filters)
        refuse_misspelt(request.query_params, known)
        unclear = [name for name in request.query_params if is_unclear(filterset, name, request)]
        if unclear:
            raise ParameterError({name: ["Write true or false."] for name in unclear})
        if not filterset.is_valid():
            raise ParameterError(translate_validation(filterset.errors).detail)
        filtered: QuerySet[Any] = filterset.qs
        return filtered

    def get_filterset_kwargs(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> dict[str, Any]:
        """Take the filters that are asked: there are up to a hundred."""
        return {**super().get_filterset_kwargs(request, queryset, view), "only_asked": True}


def understood(query: Serializer[Any]) -> dict[str, Any]:
    """Return what a query asks; refuse a parameter that it does not have, and a wrong value."""
    refuse_misspelt(query.initial_data, query.fields)
    if not query.is_valid():
        raise ParameterError(query.errors)
    values: dict[str, Any] = query.validated_data
    return values


def refuse_misspelt(asked: QueryDict, known: Container[str]) -> None:
    """Refuse parameters that do not exist, and those without a value.

    An empty one mostly comes from a variable that was never set, and would be ignored too.
    """
    unknown = {name: [NO_SUCH] for name in asked if name not in known}
    empty = {name: [NO_VALUE] for name in asked if "" in asked.getlist(name)}
    if refused := {**empty, **unknown}:
        raise ParameterError(refused)


def is_unclear(filterset: Any, name: str, request: Request) -> bool:
    """Tell whether a parameter that is to be true or false is neither: it would be ignored."""
    is_truth = isinstance(filterset.filters.get(name), BooleanFilter)
    return is_truth and request.query_params[name].lower() not in TRUTHS


NAMES = {"code", "name", "title", "username", "wbs", "path"}
MEASURABLE = (models.DateField, models.DecimalField, models.IntegerField)


def orderings(model: type[models.Model]) -> list[str]:
    """List the columns by which a list is ordered: the id, names, dates and numbers."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if field.name in {"id"} | NAMES or isinstance(field, MEASURABLE)
    ]


class StrictOrdering(OrderingFilter):
    """Order by columns of the model, by the same rule for all; refuse another one."""

    def get_valid_fields(
        self, queryset: QuerySet[Any], view: APIView, context: Any = None
    ) -> list[tuple[str, str]]:
        """List what is allowed, each with its name."""
        return [(name, name) for name in orderings(queryset.model)]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe the parameter for OpenAPI, with all its values."""
        names = orderings(view.serializer_class.Meta.model)
        terms = [term for name in names for term in (name, f"-{name}")]
        said = (
            "The order, by one or more columns; with - in front the other way. The id breaks ties."
        )
        schema = {"type": "array", "items": {"type": "string", "enum": terms}}
        form = {"explode": False, "style": "form"}
        return [{"name": "ordering", "in": "query", "description": said, "schema": schema, **form}]

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Iterable[str], view: APIView, request: Request
    ) -> list[str]:
        """Refuse instead of removing."""
        allowed = [name for name, _ in self.get_valid_fields(queryset, view, {"request": request})]
        terms = list(fields)
        if any(term.removeprefix("-") not in allowed for term in terms):
            sentence = f"Order by: {', '.join(allowed)}; with - in front for the other way."
            raise ParameterError({"ordering": [sentence]})
        return terms
