"""Amounts of money: the field that marks them, and rows that are read without them.

Whoever may see a row need not see its amounts. `ScopedQuerySet.visible_to` reads its rows through
`Withholding`, so that no page, list or resource has to think of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.models.query import ModelIterable

NOT_SHOWN = "amounts are not shown to your role"
"""Why an amount is missing, where the reader may not see any."""


class MoneyField(models.DecimalField[Any, Any]):
    """An amount of money, or a value that is worth money. To the database it is a decimal."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Hold amounts up to 10^15, to four decimals."""
        super().__init__(*args, **{"max_digits": 19, "decimal_places": 4, **options})

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        """Let rows tell whether their amounts are shown; they are, where nobody says otherwise."""
        super().contribute_to_class(cls, name, private_only)
        if not hasattr(cls, "shows_amounts"):
            cls.shows_amounts = True  # type: ignore[attr-defined]

    def deconstruct(self) -> Any:
        """Tell migrations what it is to the database."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.DecimalField", args, options


def amounts_of(model: type[models.Model]) -> tuple[str, ...]:
    """Name the columns of a model that are money."""
    columns = model._meta.concrete_fields
    return tuple(column.name for column in columns if isinstance(column, MoneyField))


def tells_amounts(model: type[models.Model]) -> bool:
    """Tell whether rows of a model have amounts, or are asked whether those below may be seen."""
    return hasattr(model, "shows_amounts")


def withhold(row: Any) -> None:
    """Take the amounts out of a row, which is only to be read from now on.

    A row that keeps amounts elsewhere than in columns has `withhold_amounts` for those.
    """
    if hasattr(row, "withhold_amounts"):
        row.withhold_amounts()
    for name in amounts_of(type(row)):
        setattr(row, name, None)
        row.save = _refuse
    row.shows_amounts = False


def _refuse(*args: object, **options: object) -> None:
    """Keep the stored amounts from being overwritten."""
    raise TypeError("A row that was read without its amounts is not saved.")


def withholding(rows: Any, shown: models.Q) -> Any:
    """Tell beside each row of a queryset whether its amounts are shown, and read it by that."""
    told = rows.annotate(shows_amounts=shown)
    told._iterable_class = Withholding
    return told


def as_shown(name: str) -> models.Case:
    """Read an amount in the query as the reader sees it; null, where it is not shown."""
    return models.Case(models.When(shows_amounts=True, then=name))


class Withholding(ModelIterable):  # type: ignore[type-arg]
    """Reads rows, without amounts where the query says that the reader sees none."""

    def __iter__(self) -> Iterator[Any]:
        """Read the rows one by one."""
        for row in super().__iter__():
            if not row.shows_amounts:
                withhold(row)
            yield row
