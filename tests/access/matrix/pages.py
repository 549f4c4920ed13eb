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
from ppm.core.governance.rights import subject_of
from ppm.core.models import ApiToken, CalendarFeed, Component, Kind, Subject
from ppm.core.tabs import LABELS
from programs.models import Program
from projects.models import Project
from tests.access.matrix.organisation import MISSING_ID

MISSING_CODE = "MICANARY-9999"
COMPONENTS: tuple[type[Model], ...] = (Project, Program, Portfolio)
OTHERWISE_CALLED: dict[str, type[Model]] = {
    "calendars": CalendarFeed,
    "imports": ImportRun,
    "keys": Authenticator,
    "sessions": UserSession,
    "tokens": ApiToken,
}
"""Rows that addresses call otherwise than their model does."""
STATES = ("on_hold", "terminated")
OF_KIND = {Subject.PROJECT, Subject.PROGRAM, Subject.PORTFOLIO}
RIGHTS: dict[str, set[Subject]] = {
    "benefit-plan-grid": {Subject.BENEFIT},
    "component-change": OF_KIND,
    "component-delete": OF_KIND,
    "component-move": OF_KIND,
    "cost-entry-reverse": {Subject.MONEY},
    "project-entry": {Subject.PROGRESS, Subject.MONEY},
    "request-answer": {Subject.DECISION},
    "state-change": {Subject.REPORT, Subject.DECISION, *OF_KIND},
}
"""What opens the pages that are not forms of one model: one of these rights will do."""
POSTED_TO = {
    "account-session-end",
    "account-token-revoke",
    "import-revert",
    "import-start",
    "job-cancel",
}
POSTED_TO |= {"webhook-test", "webhook-replay", "webhook-delivery-replay"}
POSTED_TO |= {"account-calendar-revoke"}
"""Addresses that nobody reads."""
NAMELESS = {"import-rejections", "job-rows", "mfa_remove_webauthn"}
"""Pages that do not say which row they are about."""


OF_MONEY = {"cost-entries-csv"}
"""Pages that do not exist for who sees no amounts."""


@dataclass(frozen=True)
class Address:
    """An address: its pattern, its name, and what stands for its parameters."""

    route: str
    name: str
    models: tuple[type[Model], ...] = ()
    options: tuple[dict[str, Any], ...] = ({},)
    key: str = ""
    rights: frozenset[Subject] = frozenset()
    """What opens it, each alone; nothing, where seeing is enough."""
    tells_the_past: bool = False

    def rights_for(self, option: dict[str, Any]) -> frozenset[Subject]:
        """Tell what opens it for an option."""
        return frozenset({Subject(option["kind"])}) if "kind" in option else self.rights

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
    past = getattr(pattern.callback, "tells_the_past", False)
    if not naming:
        yield Address(route, pattern.name, options=options, tells_the_past=past)
        return
    [key] = naming
    form_class = pattern.default_args.get("form_class")
    rights = _rights(pattern.name, form_class)
    if named := _named(key, route, form_class):
        yield Address(route, pattern.name, named, options, key, rights, past)


def _named(key: str, route: str, form_class: Any) -> tuple[type[Model], ...]:
    """Return the models whose rows an address may name; nothing, if that is not known."""
    segment = route.split("<")[0].rstrip("/").rpartition("/")[2]
    model: Any = models_by_segment().get(segment)
    if form_class and key == "code":
        model = form_class._meta.model._meta.get_field(form_class.home).related_model
    return COMPONENTS if model is Component else (model,) if model else ()


def _rights(name: str, form_class: Any) -> frozenset[Subject]:
    subject = subject_of(form_class._meta.model) if form_class else None
    return frozenset({subject} if subject else RIGHTS.get(name, ()))


def _options(keys: set[str], route: str) -> tuple[dict[str, Any], ...]:
    """Give every value to the parameters that name no row; nothing, if one is not known."""
    kind = route.partition("/")[0].removesuffix("s")
    known: dict[str, Any] = {
        "tab": [tab for tab in LABELS.get(kind, ()) if tab],  # type: ignore[call-overload]
        "kind": list(Kind),
        "after": STATES,
        "provider_id": ["sso"],
        "secret": ["nobody-knows-it"],
        "uidb36": ["1"],
    }
    if not keys <= known.keys():
        return ()
    names = sorted(keys)
    return tuple(
        dict(zip(names, values, strict=True))
        for values in product(*(known[name] for name in names))
    )
