"""The audit trail as people read it: who changed which row, and each column from what to what."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst

from ppm.core.auditing.tables import SECRET, audited_models
from ppm.core.governance.columns import HIDDEN
from ppm.core.governance.rights import visible_rows
from ppm.core.models import AnyUser, AuditEvent, Component, Operation, User
from ppm.core.spreadsheet import harmless

HEAD = (
    *("When (UTC)", "By", "Request", "Kind", "Id", "What", "Name"),
    *("Column", "Before", "After"),
)
PORTION = 500
"""How many events are put into words at once."""
DASH = "\N{EN DASH}"
NOT_KEPT = "not kept"
TOLD_THERE = "told with the row itself"
_NAMES = ("wbs", "code", "name", "title", "file_name", "number")
"""Columns by which a row is called."""

Names = dict[tuple[str, int], str]
"""What rows are called, by model and id."""


@dataclass(frozen=True)
class ColumnChange:
    """A column, and its values in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ToldEvent:
    """An event in words: `what` is the sort of row, `row` what it is called."""

    event: AuditEvent
    by: str
    what: str
    row: str
    columns: list[ColumnChange]


@cache
def models_by_table() -> dict[str, Any]:
    """Map the audited tables to their models."""
    return {model._meta.db_table: model for model in audited_models()}


def kinds_of_rows() -> list[tuple[str, str]]:
    """List the audited tables as choices, by what their rows are called."""
    named = ((table, _called(model)) for table, model in models_by_table().items())
    return sorted(named, key=lambda choice: choice[1])


def _called(model: Any) -> str:
    return str(capfirst(model._meta.verbose_name))


def tell(events: Sequence[AuditEvent], *, user: AnyUser) -> list[ToldEvent]:
    """Put events into words, as far as the reader may see what they refer to.

    In one query, whatever the number of events and of sorts of rows.
    """
    names = _names(events, user)
    told = []
    for event in events:
        model = models_by_table().get(event.table_name)
        columns = list(_columns(event, model, names)) if model else []
        what = _called(model) if model else event.table_name
        row = _name_then(event, model, names)
        told.append(ToldEvent(event, _who(event, names), what, row, columns))
    return told


def _who(event: AuditEvent, names: Names) -> str:
    """Name who did it: a person, also one that was deleted, or no person at all."""
    if event.actor_id is None:
        return "the system"
    return names.get((User._meta.label, event.actor_id), f"person {event.actor_id}, deleted")


def _names(events: Iterable[AuditEvent], user: AnyUser) -> Names:
    """Find what rows of events, and those they refer to, are called now."""
    wanted: dict[Any, set[int]] = {}
    for event in events:
        if event.actor_id is not None:
            wanted.setdefault(User, set()).add(event.actor_id)
        if model := models_by_table().get(event.table_name):
            wanted.setdefault(model, set()).add(event.row_id)
            for field, pk in _references(event, model):
                wanted.setdefault(field.related_model, set()).add(pk)
    queries = [
        # Whoever sees a component sees who works there, on every page.
        (User.objects.all() if model is User else visible_rows(model, user=user))
        .filter(pk__in=pks)
        .values_list(Value(model._meta.label, TextField()), "pk", _name_of(model))
        for model, pks in wanted.items()
    ]
    if not queries:
        return {}
    return {(label, pk): name for label, pk, name in queries[0].union(*queries[1:], all=True)}


def _references(event: AuditEvent, model: Any) -> Iterator[tuple[Any, int]]:
    """Find the foreign keys of an event, and the ids in them."""
    for column, field in _fields(model).items():
        for values in (event.before or {}, event.after or {}):
            if field.related_model and values.get(column) is not None:
                yield field, int(values[column])


@cache
def _name_columns(model: Any) -> list[str]:
    present = {field.name for field in model._meta.concrete_fields}
    return [name for name in _NAMES if name in present]


def _name_of(model: Any) -> Any:
    """Write the expression for what a row is called; empty where it has no name."""
    if model is User:
        full = Trim(Concat("first_name", Value(" "), "last_name"))
        return Coalesce(NullIf(full, Value("")), "username", output_field=TextField())
    parts = [Cast(name, TextField()) for name in _name_columns(model)]
    spaced = [part for name in parts for part in (Value(" "), name)]
    return Trim(Concat(Value(""), Value(""), *spaced, output_field=TextField()))


def _name_then(event: AuditEvent, model: Any, names: Names) -> str:
    """Call the row as it is called now, or was when it was deleted; else by its number."""
    if model is None:
        return str(event.row_id)
    row = event.before or event.after or {}
    then = " ".join(str(row[name]) for name in _name_columns(model) if row.get(name) is not None)
    return names.get((model._meta.label, event.row_id)) or then or f"{event.row_id}"


@cache
def _fields(model: Any) -> dict[str, Any]:
    return {field.column: field for field in model._meta.local_concrete_fields}


def _columns(event: AuditEvent, model: Any, names: Names) -> Iterator[ColumnChange]:
    """Put the columns of an event into words; of a row that was added or deleted what it holds."""
    before, after = event.before or {}, event.after or {}
    for column in {**before, **after}:
        field, values = _fields(model).get(column), (before.get(column), after.get(column))
        if event.operation != Operation.UPDATE and _says_nothing(field, values, event):
            continue
        if column in SECRET.get(model._meta.label, ()):
            words = [NOT_KEPT, NOT_KEPT]
        elif isinstance(field, models.JSONField):
            # It may name what the reader does not see.
            words = [DASH if value is None else TOLD_THERE for value in values]
        else:
            words = [_words(field, value, names) for value in values]
        yield ColumnChange(_label(field, column), *words)


def _says_nothing(field: Any, values: Iterable[Any], event: AuditEvent) -> bool:
    """Tell whether a column is empty, the row's own id, or its component."""
    if all(value in (None, "", []) for value in values):
        return True
    if field is None or not (field.primary_key or field.related_model):
        return False
    is_component = bool(field.related_model) and issubclass(field.related_model, Component)
    return field.primary_key or (is_component and event.component_id in values)


def _label(field: Any, column: str) -> str:
    return str(capfirst(field.verbose_name)) if field else column


def _words(field: Any, value: Any, names: Names) -> str:
    """Write a stored value as people do."""
    if value is None or value == "":
        return DASH
    if field is None:
        return str(value)
    if field.related_model:
        return names.get((field.related_model._meta.label, int(value)), HIDDEN) or f"{value}"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _moment(field, value) if isinstance(field, models.DateField) else str(value)


def _moment(field: Any, value: str) -> str:
    """Write a date, or a moment in UTC."""
    if isinstance(field, models.DateTimeField):
        moment = parse_datetime(value)
        return date_format(moment, "j M Y H:i") if moment else value
    day = parse_date(value)
    return date_format(day, "j M Y") if day else value


def write_csv(events: Iterable[AuditEvent], file: Any, *, user: AnyUser) -> None:
    """Write a line a column that changed; no spreadsheet takes any of it for a formula."""
    writer = csv.writer(file)
    writer.writerow(HEAD)
    rest = iter(events)
    while portion := list(islice(rest, PORTION)):
        for told in tell(portion, user=user):
            event = told.event
            start = (f"{event.at:%Y-%m-%d %H:%M:%S}", told.by, event.request_id or "")
            about = (told.what, event.row_id, event.get_operation_display(), told.row)
            for column in told.columns or [ColumnChange("", "", "")]:
                line = (*start, *about, column.label, column.before, column.after)
                writer.writerow([harmless(str(text)) for text in line])
