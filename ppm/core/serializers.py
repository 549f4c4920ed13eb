"""What every serializer of the API shares: constraints, scoped references, the record of facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from django.contrib.auth.models import Group
from django.core.exceptions import FieldError, ObjectDoesNotExist
from django.core.exceptions import ValidationError as ConstraintError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.db.models.sql import Query
from django.db.models.sql.constants import SINGLE
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.fields import DateField, Field, empty
from rest_framework.request import Request
from rest_framework.serializers import ModelSerializer, PrimaryKeyRelatedField, Serializer
from rest_framework.settings import api_settings
from rest_framework.validators import UniqueValidator

from ppm.core.amounts import MoneyField
from ppm.core.models import ScopedQuerySet, Subject, User, Versioned
from ppm.core.people import groups_near, people_near
from ppm.core.reach import unscoped
from ppm.core.representing import Represented
from ppm.core.values import (
    DIGITS,
    MoneyAmountField,
    NumberField,
    TextField,
    TruthField,
    WholeNumberField,
)

Row = TypeVar("Row", bound=models.Model)

Found = dict[tuple[Any, Subject | None, int], Any]
"""Rows by model, by what the user must be allowed to change there, and by id."""

RECORDED = ("recorded_at", "recorded_by", "request_id")
"""Who recorded a fact, when and in which request: written by the server."""


class ScopedPrimaryKeyRelatedField(PrimaryKeyRelatedField[Row]):
    """A reference to a row that the user may see, or to a person or a group near the user.

    Where a `subject` is given the user must be allowed to change it there. A row that the user
    may not see is as unknown as one that does not exist; where a stored row refers to one, null
    stands for it and leaves it as it is.
    """

    default_error_messages = {
        "does_not_exist": "There is no such {name}.",
        "incorrect_type": "Write the id as a whole number.",
    }

    def __init__(
        self, model: type[Row] | None = None, subject: Subject | None = None, **options: Any
    ) -> None:
        """Keep the subject; a declared field names its model, a generated one its queryset."""
        self.subject = subject
        if model is not None:
            options["queryset"] = model._default_manager.all()
        super().__init__(**options)

    def get_queryset(self) -> Any:
        """Return the rows the user may see; what belongs to nobody, such as calendars, in full."""
        rows: Any = super().get_queryset()
        user = self.context["request"].user
        if isinstance(rows, ScopedQuerySet):
            return rows.visible_to(user)
        if rows.model is Group:
            return groups_near(user)
        return people_near(user) if rows.model is User else rows

    def run_validation(self, data: Any = empty) -> Any:
        """Read the id; REST framework would take empty text for null."""
        if data == "":
            self.fail("incorrect_type")
        return super().run_validation(data)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Read null, in the place of a row that the user does not see, as that row."""
        row = self._present() if data is None else None
        if row is not None and self._is_hidden(row):
            return True, row
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Row:
        """Find the row; one that stays what it was needs no right."""
        pk = self._id_in(data)
        present = self._present()
        if present is not None and present.pk == pk and not self._is_hidden(present):
            return present
        found: Found | None = self.context.get("found")
        if found is None:
            return self._find(pk)
        key = (self.get_queryset().model, self.subject, pk)
        row: Row = found[key] if key in found else self._find(pk)
        found[key] = row
        return row

    def _find(self, pk: int) -> Row:
        """Read the row, if the user may refer to it."""
        rows = self.get_queryset()
        try:
            row: Row = rows.get(pk=pk)
        except ObjectDoesNotExist:
            self.fail("does_not_exist", name=rows.model._meta.verbose_name)
        if self.subject is not None and not self._may_change(row):
            raise PermissionDenied(f"You may see this {self.field_name}, but not add to it.")
        return row

    def _id_in(self, data: Any) -> int:
        """Read an id: a whole number, also as a string. For Python 1.0 and true would be 1 too."""
        is_number = isinstance(data, int) and not isinstance(data, bool)
        if not is_number and not (isinstance(data, str) and re.fullmatch(DIGITS, data)):
            self.fail("incorrect_type")
        return int(data)

    def _present(self) -> Row | None:
        """Return the row that is referred to so far."""
        instance = getattr(self.parent, "instance", None)
        return (
            getattr(instance, str(self.field_name)) if isinstance(instance, models.Model) else None
        )

    def _is_hidden(self, row: Row) -> bool:
        """Tell whether the user gets null for the row; people whom rows name are always shown."""
        rows = self.get_queryset()
        return isinstance(rows, ScopedQuerySet) and not rows.filter(pk=row.pk).exists()

    def _may_change(self, row: Row) -> bool:
        rows = self.get_queryset().granting(self.subject, self.context["request"].user)
        return bool(rows.filter(pk=row.pk).exists())


class ForeignReferenceField(ScopedPrimaryKeyRelatedField[Row]):
    """A reference that may lead out of what the user sees: it is shown as null then."""

    def to_representation(self, value: Any) -> Any:
        """Write the id, if the user may know it."""
        return value.pk if value.pk in self._visible else None

    @cached_property
    def _visible(self) -> set[Any]:
        """The ids that the user may know, of all rows that are being written: one query."""
        written: Any = self.root.instance
        rows = written if isinstance(written, list) else [written]
        named = {row.serializable_value(self.source) for row in rows}
        return set(self.get_queryset().filter(pk__in=named).values_list("pk", flat=True))


class DayField(DateField):
    """A date, written as 2026-01-31. ISO 8601 has more ways, such as 2026-W05-6."""

    def to_internal_value(self, value: Any) -> date:
        """Read the date."""
        if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


MOST_UNKNOWN = 20
"""How many fields that there are not are named in a refusal."""


class KnownFields(Serializer[Any]):
    """Refuses a field that it does not have: a misspelt one would be lost.

    A field that is only read is ignored, so that what was read can be sent back.
    """

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Read the fields; name all that are wrong at once."""
        names = data if isinstance(data, Mapping) else ()
        no_field = ErrorDetail("There is no such field.", code="unknown_field")
        unknown_names = (name for name in names if name not in self.fields)
        unknown = {str(name): [no_field] for name in islice(unknown_names, MOST_UNKNOWN)}
        try:
            values: dict[str, Any] = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **unknown}) from error  # type: ignore[dict-item]
        if unknown:
            raise ValidationError(unknown)
        return values


class StrictSerializer(KnownFields, Represented[Row]):
    """A serializer of rows, that refuses a field it does not have."""

    serializer_field_mapping = {
        **ModelSerializer.serializer_field_mapping,
        models.CharField: TextField,
        models.TextField: TextField,
        models.BooleanField: TruthField,
        models.DecimalField: NumberField,
        models.IntegerField: WholeNumberField,
        models.SmallIntegerField: WholeNumberField,
        models.PositiveIntegerField: WholeNumberField,
        models.PositiveSmallIntegerField: WholeNumberField,
        models.DateField: DayField,
        MoneyField: MoneyAmountField,
    }
    serializer_related_field = ScopedPrimaryKeyRelatedField

    def build_standard_field(
        self, field_name: str, model_field: models.Field[Any, Any]
    ) -> tuple[type[Field[Any, Any, Any, Any]], dict[str, Any]]:
        """Build a field; what must be unique is so among all rows, not only those one sees."""
        field, options = super().build_standard_field(field_name, model_field)
        for validator in options.get("validators", ()):
            if isinstance(validator, UniqueValidator):
                validator.queryset = model_field.model._base_manager.all()
        return field, options


class ConstrainedSerializer(StrictSerializer[Row]):
    """A serializer that knows the model's constraints, and saves only what was given.

    DRF itself does not look at `CheckConstraint`: a row would be valid here and refused by the
    database.
    """

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what a constraint would refuse, in its words."""
        errors = violations(self.row_with(attrs), exclude=self.unchecked(attrs))
        if errors:
            raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: errors})
        return attrs

    def row_with(self, attrs: dict[str, Any]) -> models.Model:
        """Build the row as it would be stored."""
        model: type[models.Model] = self.Meta.model
        row = model() if self.instance is None else copy(self.instance)
        for name, value in attrs.items():
            setattr(row, name, value)
        return row

    def unchecked(self, attrs: dict[str, Any]) -> set[str]:
        """Name the fields whose constraints only the database can judge."""
        return set()

    def get_unique_together_validators(self) -> list[Any]:
        """Leave unique constraints to `validate`: they have sentences of their own."""
        return []

    def update(self, instance: Row, validated_data: dict[str, Any]) -> Row:
        """Save the given fields only, so that a concurrent change of another one stays."""
        for name, value in validated_data.items():
            setattr(instance, name, value)
        instance.save(update_fields=list(validated_data))
        if isinstance(instance, Versioned):
            instance.refresh_from_db(fields=["version"])
        return instance


class FactSerializer(ConstrainedSerializer[Row]):
    """A serializer of facts: they are recorded by whoever sends them."""

    def row_with(self, attrs: dict[str, Any]) -> models.Model:
        """Build the row with its author, whom constraints may look at."""
        return super().row_with({**attrs, "recorded_by": self.context["request"].user})


@unscoped("constraints look at all rows")
def violations(row: models.Model, *, exclude: set[str]) -> list[ErrorDetail]:
    """List the sentences of the constraints that the row breaks, each with its name as code."""
    found = []
    for model, constraints in row.get_constraints():
        checks = [each for each in constraints if isinstance(each, models.CheckConstraint)]
        broken = broken_checks(row, model, checks, exclude=exclude)
        found += [
            ErrorDetail(str(each.get_violation_error_message()), each.name) for each in broken
        ]
        for constraint in constraints:
            if constraint not in checks:
                found += _broken(constraint, row, model, exclude=exclude)
    return found


def _broken(
    constraint: models.BaseConstraint, row: models.Model, model: Any, *, exclude: set[str]
) -> list[ErrorDetail]:
    """Ask of one constraint."""
    try:
        constraint.validate(model, row, exclude=exclude)
    except ConstraintError as error:
        return [ErrorDetail(text, code=constraint.name) for text in error.messages]
    return []


def broken_checks(
    row: models.Model, model: Any, checks: list[models.CheckConstraint], *, exclude: set[str]
) -> list[models.CheckConstraint]:
    """Ask the database for all checks in one query; Django asks for each in three."""
    query = Query(None)  # of no table, as Django has it itself
    instance: Any = row
    values = instance._get_field_expression_map(meta=model._meta, exclude=exclude)
    for name, value in values.items():
        is_expression = hasattr(value, "resolve_expression")
        query.add_annotation(value if is_expression else Value(value), name, select=False)
    asked = []
    for number, check in enumerate(checks):
        holds = Coalesce(Q(check.condition), True, output_field=models.BooleanField())
        # A check of a column that is left out is not asked.
        with suppress(FieldError):
            query.add_annotation(holds, f"holds_{number}")
            asked.append(check)
    if not asked:
        return []
    held = query.get_compiler(using=DEFAULT_DB_ALIAS).execute_sql(SINGLE)
    return [check for check, holds in zip(asked, held, strict=True) if not holds]


def recorded_in(request: Request) -> dict[str, Any]:
    """Tell who records a fact in this request."""
    return {"recorded_by": request.user, "request_id": request._request.id}  # type: ignore[attr-defined]
