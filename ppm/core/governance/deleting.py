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

from ppm.core.governance.confirming import ConfirmedAction
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

    def obstacles(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, row: Any
    ) -> list[str]:
        """Name the kinds of rows that protect this one."""
        found = [] if model_admin.has_delete_permission(request, row) else [NOT_YOURS]
        if protected := collected(row).protected:
            found.append(f"It still has {counted(type(other) for other in protected)}.")
        return found

    def consequences(
        self, model_admin: ScopedAdmin[Any], request: HttpRequest, row: Any
    ) -> list[str]:
        """Count what goes along."""
        itself = {type(row), *type(row)._meta.all_parents}
        gone: Any = collected(row).model_objs.items()
        along = {model: len(rows) for model, rows in gone if model not in itself}
        return [f"With it go {counted(Counter(along).elements())}."] if along else []

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
        model_admin.log_deletions(request, rows)  # type: ignore[arg-type]  # any rows will do
        for row in rows:
            model_admin.delete_model(request, row)
        return f"Deleted: {counted(type(row) for row in rows)}."


def collected(row: models.Model) -> NestedObjects:
    """Find what would be deleted with a row, and what protects it."""
    collector = NestedObjects(using=DEFAULT_DB_ALIAS)
    collector.collect([row])
    return collector


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
