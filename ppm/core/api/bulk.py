"""Many rows in one call: each by the same rules as alone, all of them or those that can be."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError

from ppm.core.locks import try_lock_call
from ppm.core.models import Component, Subject
from ppm.core.problems import Conflict, RefusedRowsError, entries_of, is_outage
from ppm.core.reach import unscoped

MOST = 1000
"""Rows in a call."""

Row = dict[str, Any]

VERSION_NEEDED = ErrorDetail(
    "Say which version of the row you have read, or * to overwrite any.", code="version_needed"
)


class Mode(models.TextChoices):
    """What is to be done with the rows."""

    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    UPSERT = "upsert", "Create or update by code"


class BulkSerializer(serializers.Serializer[Any]):
    """Rows to be written together."""

    mode = serializers.ChoiceField(choices=Mode.choices)
    partial = serializers.BooleanField(  # type: ignore[assignment]  # a field, as in other tools
        default=False,
        help_text="Whether rows that can be written are, though others cannot; else all or none.",
    )
    rows = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=MOST,
        help_text="The fields as they are sent of one row; to update with `id` and `version`.",
    )


class RefusedValueSerializer(serializers.Serializer[Any]):
    """A value that was refused."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class RowOutcomeSerializer(serializers.Serializer[Any]):
    """What became of a row: `created`, `updated`, `unchanged`, or `failed` for `errors`."""

    row = serializers.IntegerField(help_text="Its number among those sent, from 0.")
    outcome = serializers.CharField()
    id = serializers.IntegerField(required=False)
    version = serializers.IntegerField(required=False)
    errors = RefusedValueSerializer(  # type: ignore[assignment]  # a field
        many=True, required=False
    )


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of the rows."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    rows = RowOutcomeSerializer(many=True)


def write_rows(view: Any, asked: Row) -> Row:
    """Write rows through their viewset; refuse them all if one cannot be, unless some may be."""
    if asked["mode"] == Mode.UPSERT:
        needs_code(view.model)
    if asked["mode"] == Mode.UPDATE and "patch" not in view.http_method_names:
        raise ValidationError({"mode": ["These rows are only added: create them."]})
    _require_turn(view.model, view.request.user)
    if asked["mode"] != Mode.CREATE:
        view.lock_for(asked["rows"])
        _lock(view, asked["rows"])
    outcomes = [
        _outcome(view, asked["mode"], row, number) for number, row in enumerate(asked["rows"])
    ]
    failed = [outcome for outcome in outcomes if outcome["outcome"] == "failed"]
    if failed and not asked["partial"]:
        raise RefusedRowsError([error for outcome in failed for error in outcome["errors"]])
    counts = Counter(outcome["outcome"] for outcome in outcomes)
    told = {name: counts[name] for name in ("created", "updated", "unchanged", "failed")}
    return {**told, "rows": outcomes}


def _lock(view: Any, rows: list[Row]) -> None:
    """Lock the rows that there are in one order, so that two calls never wait in a circle."""
    ids = [row["id"] for row in rows if isinstance(row.get("id"), int)]
    codes = [row["code"] for row in rows if isinstance(row.get("code"), str)]
    named = Q(pk__in=[pk for pk in ids if 0 < pk < 2**63])
    if hasattr(view.model, "code"):
        named |= Q(code__in=[code for code in codes if "\0" not in code])
    seen = view.get_queryset().filter(named).values_list("pk", flat=True)
    locked = view.model._base_manager.select_for_update(no_key=True)
    with unscoped("the rows of the call, locked"):
        list(locked.filter(pk__in=list(seen)).order_by("pk").values_list("pk"))


def _require_turn(model: Any, user: Any) -> None:
    """Refuse whoever may write no such rows anywhere, or has another such call under way."""
    is_kind = issubclass(model, Component)
    subject = Subject(model.KIND) if is_kind else model._default_manager.all().subject
    if not Component.objects.granting(subject, user).exists():
        raise PermissionDenied("You may not write such rows anywhere.")
    if not try_lock_call(f"bulk of {user.pk}"):
        raise Conflict("Another call of yours with many rows is under way.", code="under_way")


def _outcome(view: Any, mode: str, row: Row, number: int) -> Row:
    """Write a row, or tell why it cannot be."""
    try:
        with transaction.atomic():
            outcome, written = _written(view, mode, row)
    except Exception as error:  # what is no refusal is raised again
        if is_outage(error):  # the database gave up, and with it the whole call
            raise
        place = f"#/rows/{number}"
        return {"row": number, "outcome": "failed", "errors": entries_of(error, view, place)}
    version = getattr(written, "version", None)
    told = {"row": number, "outcome": outcome, "id": written.pk}
    return told if version is None else {**told, "version": version}


def _written(view: Any, mode: str, row: Row) -> tuple[str, Any]:
    """Write a row; tell what became of it."""
    if mode == Mode.CREATE:
        return _created(view, row)
    if mode == Mode.UPDATE:
        given = dict(row)
        pk, version = given.pop("id", None), given.pop("version", None)
        return _updated(view, _number("id", pk), version, given)
    pk = _known_by(view, row.get("code"))
    return _created(view, row) if pk is None else _updated(view, pk, row.get("version", "*"), row)


def _known_by(view: Any, code: Any) -> int | None:
    """Find the row that has the code; what is no code has none."""
    if not isinstance(code, str) or "\0" in code:
        return None
    rows = view.get_queryset().filter(code=code).values_list("pk", flat=True)
    found: int | None = rows.first()
    return found


def _created(view: Any, row: Row) -> tuple[str, Any]:
    serializer = view.get_serializer(data=row)
    serializer.is_valid(raise_exception=True)
    view.perform_create(serializer)
    return "created", serializer.instance


def _updated(view: Any, pk: int, version: Any, row: Row) -> tuple[str, Any]:
    if version is None:
        raise ValidationError({"version": [VERSION_NEEDED]})
    known = "*" if version == "*" else str(_number("version", version))
    view.kwargs, view.versions = {"pk": pk}, frozenset({known})
    instance = view.get_object()
    serializer = view.get_serializer(instance, data=row, partial=True)
    serializer.is_valid(raise_exception=True)
    news = serializer.validated_data
    if all(getattr(instance, name) == value for name, value in news.items()):
        return "unchanged", instance
    view.perform_update(serializer)
    return "updated", serializer.instance


def _number(name: str, value: Any) -> int:
    """Read the id or the version of a row."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        return value
    raise ValidationError({name: [ErrorDetail("Write a whole number.", code="invalid")]})


def needs_code(model: Any) -> None:
    """Refuse to look rows up by a code that they do not have."""
    if not hasattr(model, "code"):
        raise ValidationError({"mode": ["These rows have no code: create or update them."]})
