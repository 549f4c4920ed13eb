"""The bar by which a page's list is narrowed: some fields of a filter set, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.http import QueryDict


@dataclass(frozen=True)
class Group:
    """Fields that narrow the same list; `legend` names it where there are several."""

    legend: str
    fields: list[BoundField]


@dataclass(frozen=True)
class Bar:
    """The bar. `kept` are the parameters that it does not ask for, but that narrow the list too.

    `is_active` tells whether anything was asked for, `errors` what cannot be understood.
    """

    groups: list[Group]
    kept: list[tuple[str, str]]
    is_active: bool
    errors: list[str]


def bar(*parts: tuple[str, Any, tuple[str, ...]], query: QueryDict) -> Bar:
    """Build a bar of a legend, a filter set and the names of its fields, or of several such.

    A field that several lists share is asked for once.
    """
    groups: list[Group] = []
    errors: list[str] = []
    asked: set[str] = set()
    for legend, filters, names in parts:
        groups.append(Group(legend, [filters.form[name] for name in names if name not in asked]))
        asked.update(names)
        errors += [f"{filters.form[n].label}: {' '.join(e)}" for n, e in filters.errors.items()]
    known = {name for _, filters, _ in parts for name in filters.filters}
    kept = [(name, value) for name in query for value in query.getlist(name)]
    return Bar(
        groups=[group for group in groups if group.fields],
        kept=[(name, value) for name, value in kept if name in {*known, "sort"} - asked],
        is_active=bool(errors) or any(query.get(name) for name in known),
        errors=list(dict.fromkeys(errors)),
    )


def with_place(names: tuple[str, ...], query: QueryDict) -> tuple[str, ...]:
    """Ask for a place in the tree too; by code where the address names one, maybe a project."""
    return (*names, "below__code" if query.get("below__code") else "below")
