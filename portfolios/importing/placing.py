"""Components that exist already, but not right under the parent that the file names."""

from __future__ import annotations

from collections.abc import Set

from django.db import IntegrityError, transaction

from portfolios.importing.access import Access, Rows
from portfolios.importing.mapping import Level, Placement
from ppm.core.models import Component
from ppm.core.staging import RowError

Found = dict[int, Component]
"""The present component of a row, by the row's number."""


def place(
    level: Level, rows: Rows, access: Access, hidden: Set[str]
) -> tuple[set[int], list[RowError]]:
    """Settle where existing components stand; return the ids of those moved, and the refusals.

    `below` leaves a component where it is if that is anywhere below the parent, and changes its
    row so; `move` puts it under the parent. What is left is for the loading to refuse, and so are
    the `hidden`.
    """
    if level.placement == Placement.EXACT:
        return set(), []
    elsewhere = _elsewhere(rows, hidden)
    parents = _parents(elsewhere, rows, hidden)
    if level.placement == Placement.BELOW:
        _keep(elsewhere, rows, parents)
        return set(), []
    movable = {n: c for n, c in elsewhere.items() if rows[n]["parent"] in {None, *parents}}
    barred = list(access.barred_moves(level.kind, movable, rows))
    for error in barred:
        movable.pop(error.row)
    moved, refusals = _move(movable, rows, parents)
    return moved, barred + refusals


def _elsewhere(rows: Rows, hidden: Set[str]) -> Found:
    """Find the present component of each row that names another parent than it has."""
    codes = [row["code"] for row in rows.values() if row["code"] not in hidden]
    present = {
        c.code: c for c in Component.objects.filter(code__in=codes).select_related("parent")
    }
    found: Found = {}
    for number, row in rows.items():
        component = present.get(row["code"])
        if component and row["parent"] != (component.parent and component.parent.code):
            found[number] = component
    return found


def _parents(elsewhere: Found, rows: Rows, hidden: Set[str]) -> dict[str, Component]:
    codes = {rows[number]["parent"] for number in elsewhere} - {None} - hidden
    return {component.code: component for component in Component.objects.filter(code__in=codes)}


def _keep(elsewhere: Found, rows: Rows, parents: dict[str, Component]) -> None:
    for number, component in elsewhere.items():
        wanted = parents.get(rows[number]["parent"])
        if wanted and component.parent and wanted.pk in component.path[:-1]:
            rows[number]["parent"] = component.parent.code


def _move(
    elsewhere: Found, rows: Rows, parents: dict[str, Component]
) -> tuple[set[int], list[RowError]]:
    moved, refusals = set(), []
    for number, component in elsewhere.items():
        code = rows[number]["parent"]
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
