"""Columns of lists and pages: references that may lead out of sight, and amounts of money."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ppm.core.governance.rights import visible_rows
from ppm.core.models import AnyUser, Health
from ppm.core.templatetags.figures import rounded

HIDDEN = "not visible to you"


class Reference:
    """A read-only field that shows a reference as text, without a link to its page."""

    def __init__(self, model: type[models.Model], name: str) -> None:
        """Take the label of the model's field."""
        self.__name__ = name
        self.short_description = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]

    def __call__(self, row: models.Model) -> str:
        """Show it."""
        referred = getattr(row, self.__name__)
        return "-" if referred is None else str(referred)


class Amount:
    """A column with an amount, as people write it."""

    def __init__(self, name: str, label: str = "") -> None:
        """Keep the field by which the column is sorted too."""
        self.__name__ = name
        self.short_description = label or name.replace("_", " ")
        self.admin_order_field = name

    def __call__(self, row: models.Model) -> str:
        """Show it with cents; in full on the row's own page."""
        value = getattr(row, self.__name__)
        return "-" if value is None else rounded(value, 2)


class Chip:
    """A column with a health, by colour, shape and word."""

    short_description = "health"

    def __init__(self, name: str = "health") -> None:
        """Keep the field by which the column is sorted too."""
        self.__name__ = self.admin_order_field = name

    def __call__(self, row: models.Model) -> SafeString | str:
        """Show it."""
        health = getattr(row, self.__name__)
        return chip(health) if health else "-"


def chip(health: str) -> SafeString:
    """Show a health by colour, shape and word."""
    words = {"health": health, "word": Health(health).label}
    return render_to_string("components/health_chip.html", words)


@cache
def reference_to(model: type[models.Model], name: str) -> Reference:
    """Return the one field for a reference: Django compares such fields by identity."""
    return Reference(model, name)


def hide_foreign(
    rows: Iterable[models.Model], names: Iterable[str], *, user: AnyUser
) -> dict[Any, set[str]]:
    """Put stand-ins for the rows that the user may not see; tell which references they are.

    A stand-in keeps the id, so that a row can be saved, and says nothing else.
    """
    rows = list(rows)
    hidden: dict[Any, set[str]] = {}
    for name in names:
        if not rows:
            break
        field: Any = rows[0]._meta.get_field(name)
        named = {getattr(row, field.attname) for row in rows} - {None}
        seen = visible_rows(field.related_model, user=user).filter(pk__in=named)
        foreign = named - set(seen.values_list("pk", flat=True))
        for row in rows:
            pk = getattr(row, field.attname)
            if pk in foreign:
                field.set_cached_value(row, field.related_model(pk=pk, name=HIDDEN))
                hidden.setdefault(row.pk, set()).add(name)
    return hidden
