"""The addresses of all pages, each about a row of every place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portfolios.models import ImportRun, Portfolio
from ppm.core.editing import slug_of
from ppm.core.models import ApiToken, Component, Kind
from ppm.core.tabs import LABELS
from programs.models import Program
from projects.models import Project
from tests.access.matrix.organisation import MISSING_ID, Place

MISSING_CODE = "MICANARY-9999"
COMPONENTS: tuple[type[Model], ...] = (Portfolio, Program, Project)
OTHERWISE_CALLED: dict[str, type[Model]] = {
    "imports": ImportRun,
    "keys": Authenticator,
    "sessions": UserSession,
    "tokens": ApiToken,
}
"""Rows that addresses call otherwise than their model does."""
STATES = ("on_hold", "terminated")


@dataclass(frozen=True)
class Address:
    """An address: its pattern, its name, and what stands for its parameters."""

    route: str
    name: str
    models: tuple[type[Model], ...] = ()
    options: tuple[dict[str, Any], ...] = ({},)
    key: str = ""

    def row_in(self, place: Place) -> Model | None:
        """Return a row of a place that the address can name."""
        return next((place.rows[model] for model in self.models if model in place.rows), None)

    def of(self, row: Model | None) -> Iterator[tuple[str, str]]:
        """Write the address of a row, once for each option, and what names the row in it."""
        value = key_of(row, self.key) if self.key else ""
        for option in self.options:
            kwargs = {**option, **({self.key: value} if self.key else {})}
            yield reverse(self.name, kwargs=kwargs), str(value)


def key_of(row: Model | None, key: str) -> Any:
    """Return what names a row in an address; something that is like it, where there is none."""
    if key == "code":
        return getattr(row, "code", MISSING_CODE)
    return MISSING_ID if row is None else row.pk


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """List the patterns of the URL configuration, each with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        part = str(entry.pattern)
        route = prefix + (part.removeprefix("^") if prefix else part)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


def page_patterns() -> list[tuple[str, URLPattern]]:
    """List the patterns of pages: what is neither of the API nor of the admin."""
    return [(r, p) for r, p in patterns() if not r.startswith(("api/", "admin/"))]


@cache
def models_by_segment() -> dict[str, type[Model]]:
    """Map the plural in an address to the model whose rows it names."""
    return {slug_of(model)[1]: model for model in apps.get_models()} | OTHERWISE_CALLED


def addresses() -> Iterator[Address]:
    """List what to ask for; a pattern that this does not understand is left out."""
    for route, pattern in page_patterns():
        yield from _of(route, pattern)


def _of(route: str, pattern: URLPattern) -> Iterator[Address]:
    keys = set(pattern.pattern.converters)
    options = _options(keys - {"code", "pk", "home"}, route)
    if not options or not pattern.name:
        return
    naming = keys & {"code", "pk", "home"}
    if not naming:
        yield Address(route, pattern.name, options=options)
        return
    [key] = naming
    segment = route.split("<")[0].rstrip("/").rpartition("/")[2]
    model = models_by_segment().get(segment)
    named = COMPONENTS if model is Component else (model,) if model else ()
    if named:
        yield Address(route, pattern.name, named, options, key)


def _options(keys: set[str], route: str) -> tuple[dict[str, Any], ...]:
    """Give every value to the parameters that name no row; nothing, if one is not known."""
    kind = route.partition("/")[0].removesuffix("s")
    known: dict[str, Any] = {
        "tab": [tab for tab in LABELS.get(kind, ()) if tab],  # type: ignore[call-overload]
        "kind": list(Kind),
        "after": STATES,
        "provider_id": ["sso"],
        "uidb36": ["1"],
    }
    if not keys <= known.keys():
        return ()
    names = sorted(keys)
    return tuple(
        dict(zip(names, values, strict=True))
        for values in product(*(known[name] for name in names))
    )
