"""Components that exist already, but not right under the parent that the file names."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from portfolios.importing.mapping import Placement
from ppm.core.models import Component
from ppm.core.staging import RowError

Rows = dict[int, dict[str, Any]]


def place(placement: Placement, rows: Rows) -> tuple[set[int], list[RowError]]:
    """Settle where existing components stand; return the ids of those moved, and the refusals.

    `below` leaves a component where it is if that is anywhere below the parent, and changes its
    row so; `move` puts it under the parent. What is left is for the loading to refuse.
    """
    elsewhere = _elsewhere(rows)
    if placement == Placement.BELOW:
        _keep(elsewhere, rows)
    elif placement == Placement.MOVE:
        return _move(elsewhere, rows)
    return set(), []


def _elsewhere(rows: Rows) -> dict[int, Component]:
    """Find the present component of each row that names another parent than it has."""
    codes = [row["code"] for row in rows.values()]
    present = {
        c.code: c for c in Component.objects.filter(code__in=codes).select_related("parent")
    }
    found = {}
    for number, row in rows.items():
        component = present.get(row["code"])
        if component and row["parent"] != (component.parent and component.parent.code):
            found[number] = component
    return found


def _parents(elsewhere: dict[int, Component], rows: Rows) -> dict[str, Component]:
    codes = {rows[number]["parent"] for number in elsewhere} - {None}
    return {component.code: component for component in Component.objects.filter(code__in=codes)}


def _keep(elsewhere: dict[int, Component], rows: Rows) -> None:
    parents = _parents(elsewhere, rows)
    for number, component in elsewhere.items():
        wanted = parents.get(rows[number]["parent"])
        if wanted and component.parent and wanted.pk in component.path[:-1]:
            rows[number]["parent"] = component.parent.code


def _move(elsewhere: dict[int, Component], rows: Rows) -> tuple[set[int], list[RowError]]:
    parents = _parents(elsewhere, rows)
    moved, refusals = set(), []
    for number, component in elsewhere.items():
        code = rows[number]["parent"]
        if code is not None and code not in parents:
            continue
        try:
            with transaction.atomic():
                component.move_to(parents[code] if code else None)
            moved.add(component.pk)
        except IntegrityError as error:
            refusals.append(RowError(number, ("parent",), sentence(error)))
    return moved, refusals


def sentence(error: IntegrityError) -> str:
    """Return what the database itself said."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return str(diagnostics.message_primary if diagnostics else error)
