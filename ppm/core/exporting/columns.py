"""The columns of an export: the fields of the API, those of a part under its name and a dot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

Reader = Callable[[Any], Any]


def _moment(text: str) -> datetime:
    """Read a moment as UTC without a zone: a workbook knows none."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


# The API writes these as text; to a moment's field a date would be one too.
_READERS: tuple[tuple[type[Any], Reader], ...] = (
    (serializers.DecimalField, float),
    (serializers.DateTimeField, _moment),
    (serializers.DateField, date.fromisoformat),
)


@dataclass(frozen=True)
class Column:
    """A column: where its value stands in what the API answers, and how its text is read."""

    path: tuple[str, ...]
    read: Reader

    @property
    def name(self) -> str:
        """The heading."""
        return ".".join(self.path)

    def of(self, row: Any) -> Any:
        """Return the value as the API writes it; nothing where the part itself is missing."""
        for name in self.path:
            row = row[name] if row is not None else None
        return row

    def typed(self, row: Any) -> Any:
        """Return the value as what it is: a number, a date, a moment, or else as written."""
        value = self.of(row)
        return self.read(value) if isinstance(value, str) else value


def columns_of(serializer: Any, above: tuple[str, ...] = ()) -> Iterator[Column]:
    """List the columns of a serializer."""
    for name, field in serializer.fields.items():
        path = (*above, name)
        if isinstance(field, serializers.Serializer):
            yield from columns_of(field, path)
        elif not field.write_only:
            yield Column(path, _reader_of(field))


def _reader_of(field: Any) -> Reader:
    return next((read for kind, read in _READERS if isinstance(field, kind)), str)


def chosen(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """Keep the columns that are named, in that order; a part by its name is all of it."""
    if not names:
        return list(columns)
    found: dict[str, Column] = {}
    for name in names:
        of_name = [c for c in columns if c.name == name or c.name.startswith(f"{name}.")]
        if not of_name:
            known = ", ".join(column.name for column in columns)
            raise ValidationError({"fields": [f"There is no field “{name}”. There are: {known}."]})
        found |= {column.name: column for column in of_name}
    return list(found.values())
