"""Rows as the API answers them, field by field, without asking anew of each row how.

REST framework finds out for every value of every row where it comes from and whether it is to be
called: for fifty projects, of seventy values each, that took half of an answer's time. Here that
is settled once for a serializer; what is out of the ordinary is still left to its field.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from rest_framework import fields
from rest_framework.relations import PKOnlyObject, PrimaryKeyRelatedField
from rest_framework.serializers import ModelSerializer, Serializer

Row = TypeVar("Row", bound=models.Model)

Write = Callable[[Any], Any]

AS_THEY_ARE = (fields.CharField, fields.IntegerField, fields.BooleanField, fields.ChoiceField)
"""Fields whose values are written as they are stored."""


_BUILT: dict[tuple[type, str], tuple[Any, dict[str, Any]]] = {}
"""The fields that follow from columns, by serializer and name: they are the same each time."""


class Represented(ModelSerializer[Row]):
    """A serializer that knows beforehand how to write each of its fields."""

    def build_field(self, field_name: str, *args: Any) -> tuple[Any, dict[str, Any]]:
        """Find out once what field a column takes."""
        key = (type(self), field_name)
        if key not in _BUILT:
            _BUILT[key] = super().build_field(field_name, *args)
        kind, options = _BUILT[key]
        # A list is built of a field, which belongs to one list only.
        return kind, {
            name: deepcopy(option) if isinstance(option, fields.Field) else option
            for name, option in options.items()
        }

    def to_representation(self, instance: Any) -> Any:
        """Write a row."""
        return {name: write(instance) for name, write in self._writers.items()}

    @cached_property
    def _writers(self) -> dict[str, Write]:
        """Tell how to write each field."""
        return {
            str(field.field_name): self._writer(field)
            for field in self.fields.values()
            if not field.write_only
        }

    def _writer(self, field: Any) -> Write:
        """Tell how to write a field."""
        if isinstance(field, PrimaryKeyRelatedField) and (column := self._column(field.source)):
            return _reference(field, attrgetter(column))
        represent = _representation(field)
        if represent is None or field.source in ("*", "__str__"):
            return _as_its_field_does(field)
        return _value(attrgetter(field.source), represent)

    def _column(self, source: str | None) -> str | None:
        """Name the column of a reference; None where it is no column of the row."""
        model: type[models.Model] = self.Meta.model
        try:
            column: str = model._meta.get_field(str(source)).attname  # type: ignore[union-attr]
        except (FieldDoesNotExist, AttributeError):
            return None
        return column


def _representation(field: Any) -> Write | None:
    """Tell how to write a value that is not null; None where the field itself has to say."""
    if isinstance(field, Serializer):
        return field.to_representation
    if isinstance(field, fields.DecimalField):
        return _decimal(field)
    if type(field).to_representation is fields.DateField.to_representation:
        return lambda day: day.isoformat() if isinstance(day, date) else day
    if isinstance(field, AS_THEY_ARE) and type(field).to_representation in _PLAIN:
        return lambda value: value
    return None


_PLAIN = {kind.to_representation for kind in AS_THEY_ARE}


def _decimal(field: fields.DecimalField) -> Write:
    """Write a number as the field does; one that has its decimal places needs no rounding."""
    unit = Decimal(1).scaleb(-(field.decimal_places or 0))

    def write(value: Any) -> Any:
        if isinstance(value, Decimal) and value.is_finite() and value.same_quantum(unit):
            return f"{value:f}"
        return field.to_representation(value)

    return write


def _value(read: Write, represent: Write) -> Write:
    """Write what is read of a row."""

    def write(row: Any) -> Any:
        try:
            value = read(row)
        except ObjectDoesNotExist:  # nothing stands at the other end of a reference
            return None
        return None if value is None else represent(value)

    return write


def _reference(field: Any, read: Write) -> Write:
    """Write an id, as far as the field lets it be known."""

    def write(row: Any) -> Any:
        pk = read(row)
        return None if pk is None else field.to_representation(PKOnlyObject(pk))

    return write


def _as_its_field_does(field: Any) -> Write:
    """Leave all to the field."""

    def write(row: Any) -> Any:
        value = field.get_attribute(row)
        return None if value is None else field.to_representation(value)

    return write
