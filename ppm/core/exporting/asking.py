"""Asking the list of a collection as the API would, outside of a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, resolve, reverse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ppm.core.exporting.columns import Column, chosen, columns_of
from ppm.core.jobs import ask_for
from ppm.core.models import AnyUser, Job, JobKind
from ppm.core.pagination import wholly_ordered
from ppm.core.parameters import OF_EVERY_READ
from ppm.core.problems import ParameterError

PORTION = 500
"""How many rows are in memory at once."""
OF_PAGES = ("limit", "cursor", *OF_EVERY_READ)
"""Parameters of a list that make no sense in a file: its fields are asked for by themselves."""


@dataclass(frozen=True)
class Asked:
    """What is to be exported: a list of the API, by the parameters that the list takes."""

    collection: str
    query: str = ""
    fields: Sequence[str] = field(default_factory=tuple)

    @property
    def parameters(self) -> QueryDict:
        """The parameters, read."""
        try:
            return QueryDict(self.query)
        except TooManyFieldsSent as error:
            raise ValidationError({"query": ["There are too many parameters."]}) from error


class List:
    """A list as somebody may see it: its rows in portions, each as the API writes it."""

    def __init__(self, asked: Asked, user: AnyUser) -> None:
        """Ask; what there is not, or what the list does not understand, is a `ValidationError`."""
        self.view = _view_of(asked, user)
        try:
            self.rows = wholly_ordered(self.view.filter_queryset(self.view.get_queryset()))
        except ParameterError as error:
            raise ValidationError({"query": sentences_of(error)}) from error
        every = list(columns_of(self.view.get_serializer()))
        self.columns: list[Column] = chosen(every, asked.fields)

    def count(self) -> int:
        """Count the rows."""
        return int(self.rows.count())

    def portions(self) -> Iterator[list[Any]]:
        """Read the rows as they are at one moment, a portion at a time."""
        rows = self.rows.iterator(chunk_size=PORTION)
        while portion := list(islice(rows, PORTION)):
            yield list(self.view.get_serializer(portion, many=True).data)


def sentences_of(error: ParameterError) -> list[str]:
    """Name the parameters that are wrong, each with its reason."""
    details: Any = error.detail
    return [f"{name}: {reason}" for name, reasons in details.items() for reason in reasons]


def _view_of(asked: Asked, user: AnyUser) -> Any:
    """Make the view of a collection, with the request that the API would get."""
    try:
        match: Any = resolve(reverse(f"api:{asked.collection}-list"))
    except NoReverseMatch as error:
        no_list = f"There is no list “{asked.collection}”."
        raise ValidationError({"collection": [no_list]}) from error
    if paged := [name for name in OF_PAGES if name in asked.parameters]:
        whole = f"An export has all rows and its own fields: leave out “{paged[0]}”."
        raise ValidationError({"query": [whole]})
    address: Any = HttpRequest()
    address.method, address.GET = "GET", asked.parameters
    address.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    view = match.func.cls(**match.func.initkwargs)
    view.setup(Request(address), **match.kwargs)
    view.request.user, view.action, view.format_kwarg = user, "list", None
    return view


def ask_for_export(asked: Asked, file_format: str, *, by: AnyUser) -> Job:
    """Queue an export; what cannot be asked is refused at once."""
    List(asked, by)
    told = {
        "collection": asked.collection,
        "query": asked.query,
        "fields": list(asked.fields),
        "format": file_format,
    }
    return ask_for(JobKind.EXPORT, asked.collection, told, by=by)
