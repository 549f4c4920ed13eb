"""Deletion: what goes with a row, and what stands in its way, by kind and number.

What hangs on a row is judged by the model's own rules, as in the API. It is counted and not
named: a dependency of a foreign task would tell its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import NestedObjects
from django.db import DEFAULT_DB_ALIAS, models
from django.http import HttpRequest

from ppm.core.governance.confirming import ConfirmedAction, Line
from ppm.core.locks import lock_trees
from ppm.core.models import Component

if TYPE_CHECKING:  # the admin offers the deletion
    from ppm.core.governance.scoped import ScopedAdmin

NOT_YOURS = "You may see this, but not delete it."


class Deletion(ConfirmedAction):
    """Delete rows with all that belongs to them."""

    name = "delete_selected"
    title = "Delete selected %(verbose_name_plural)s"
    button = "Delete"
    allowed_permissions = ("delete",)

    def lines(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, rows: Sequence[Any]
    ) -> list[Line]:
        """Count what goes along and what protects each row."""
        return [
            line_of(row, may=model_admin.has_delete_permission(request, row)) for row in rows
        ]

    def hold(self, rows: Sequence[Any]) -> None:
        """Wait for the roll-up of the trees before rows of components are locked."""
        lock_trees([row.pk for row in rows if isinstance(row, Component)])

    def act(
        self,
        model_admin: ScopedAdmin[Any],
        request: HttpRequest,
        rows: Sequence[Any],
        said: dict[str, Any],
    ) -> str:
        """Delete them, and note it in their history."""
        model_admin.log_deletions(request, rows)
        for row in rows:
            model_admin.delete_model(request, row)
        return f"Deleted: {counted(type(row) for row in rows)}."


def line_of(row: models.Model, *, may: bool) -> Line:
    """Tell what the deletion of a row means."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect([row])
    itself = {type(row), *type(row)._meta.all_parents}
    along = Counter(
        {model: len(found) for model, found in collector.model_objs.items() if model not in itself}
    )
    obstacles = [] if may else [NOT_YOURS]
    if collector.protected:
        kept = counted(type(other) for other in collector.protected)
        obstacles.append(f"It still has {kept}.")
    return Line(row, [f"With it go {counted(along.elements())}."] if along else [], obstacles)


def counted(found: Iterable[type[models.Model]]) -> str:
    """Write how many of each kind there are: 1 task, 2 dependencies."""
    numbers = Counter(found)
    return ", ".join(
        f"{number:,} {_name(model, number)}"
        for model, number in sorted(numbers.items(), key=lambda entry: entry[0].__name__)
    )


def _name(model: type[models.Model], number: int) -> str:
    options = model._meta
    return str(options.verbose_name if number == 1 else options.verbose_name_plural)
