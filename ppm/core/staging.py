"""Rows on their way into a table: copied aside, checked all at once, written as a set.

The check constraints are not repeated here. Their conditions are read from the database's
catalogue and asked of the rows aside, so that every row that breaks one is found before anything
is written; the sentence is the one of the model.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, models

from ppm.core.sql import column

Row = Mapping[str, Any]
NumberedRows = Sequence[tuple[int, Row]]
Fields = Mapping[str, "models.Field[Any, Any]"]

COPIED, MERGED = "staging_copied", "staging_merged"
"""The temporary tables: rows as given, and rows as they would stand in their tables."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_CHECKS = """
    SELECT conname, pg_get_expr(conbin, conrelid), (
        SELECT array_agg(attname::text ORDER BY place)
        FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
        JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number
    )
    FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass ORDER BY conname
"""


@dataclass(frozen=True, order=True)
class RowError:
    """Why a row cannot be written: its number, the fields at fault, and the sentence to read."""

    row: int
    fields: tuple[str, ...]
    reason: str


def writable(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """Name the fields of a model's own table that a load may fill, by column name."""
    return {
        field.attname: field
        for field in model._meta.local_concrete_fields
        if not field.primary_key and not field.has_db_default()
    }


def value_errors(fields: Fields, rows: NumberedRows) -> Iterator[RowError]:
    """Ask each field's own validators, once for every distinct value."""
    for name, field in fields.items():
        reasons = {value: _flaws(field, value) for value in {row[name] for _, row in rows}}
        for number, row in rows:
            for reason in reasons[row[name]]:
                yield RowError(number, (name,), reason)


def _flaws(field: models.Field[Any, Any], value: Any) -> list[str]:
    if value is None:
        return [] if field.null else [str(field.error_messages["null"])]
    if value == "" and not field.blank:
        return [str(field.error_messages["blank"])]
    if isinstance(value, str) and "\0" in value:
        return ["Null characters are not allowed."]
    try:
        field.run_validators(value)
    except ValidationError as error:
        return error.messages
    return []


def repetitions(key: Sequence[str], rows: NumberedRows) -> Iterator[RowError]:
    """Find the rows whose key another row of the load has too; each names the first other."""
    seen: dict[tuple[Any, ...], list[int]] = {}
    for number, row in rows:
        seen.setdefault(tuple(row[name] for name in key), []).append(number)
    for value, numbers in seen.items():
        for number in numbers if len(numbers) > 1 else ():
            other = next((n for n in numbers if n != number), number)
            yield RowError(number, tuple(key), f"“{value[-1]}” is in row {other} too.")


@contextmanager
def copied(columns: Mapping[str, str], rows: NumberedRows) -> Iterator[None]:
    """Hold the rows in the temporary table `COPIED`; `columns` gives each column's type."""
    definition = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {COPIED} (row_number integer, {definition})")
        cursor.copy_expert(f"COPY {COPIED} FROM STDIN", _lines(columns, rows))
        cursor.execute(f"ANALYZE {COPIED}")
        yield
        cursor.execute(f"DROP TABLE {COPIED}")


def _lines(columns: Iterable[str], rows: NumberedRows) -> io.StringIO:
    names = list(columns)
    lines = io.StringIO()
    for number, row in rows:
        lines.write("\t".join([str(number), *(_cell(row[name]) for name in names)]))
        lines.write("\n")
    lines.seek(0)
    return lines


def _cell(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(_ESCAPES)


@contextmanager
def merged(
    select: Mapping[str, str], source: str, parameters: Row, *, before: str = ""
) -> Iterator[None]:
    """Hold the rows as they would stand in the tables in the temporary table `MERGED`.

    `select` gives each column's expression over `source`, the joined tables; `before` is a common
    table expression that it may use.
    """
    columns = ", ".join(f'{expression} AS "{name}"' for name, expression in select.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {MERGED} AS "  # noqa: S608
            f"{before} SELECT {columns} FROM {source}",
            parameters,
        )
        cursor.execute(f"ANALYZE {MERGED}")
        yield
        cursor.execute(f"DROP TABLE {MERGED}")


def kept(
    fields: Fields, given: Collection[str], table: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """Say what each column will hold: the value given, else the present one, else the default.

    Return the expressions for `merged`, and their parameters. Their aliases are `given` for the
    rows given, `present` for the row that has the key already, with a null `id` where there is
    none, and `table` for where the present values stand.
    """
    select, defaults = {}, {}
    for name, field in fields.items():
        if name in given:
            select[name] = f'given."{name}"'
            continue
        key, kind = f"default_{name}", field.db_type(connection)
        defaults[key] = field.get_db_prep_value(field.get_default(), connection)
        default = f"%({key})s::{kind}"
        select[name] = f'CASE WHEN present.id IS NULL THEN {default} ELSE {table}."{name}" END'
    return select, defaults


def missing(fields: Fields, given: Collection[str]) -> Iterator[RowError]:
    """Find rows of `MERGED` that would be new but lack a field without a default."""
    lacking = [
        name
        for name, field in fields.items()
        if name not in given and not field.blank and not field.null and not field.has_default()
    ]
    if not lacking:
        return
    for number in column(f"SELECT row_number FROM {MERGED} WHERE id IS NULL"):  # noqa: S608
        yield RowError(number, tuple(lacking), "A new row needs it.")


def violations(model: type[models.Model]) -> Iterator[RowError]:
    """Find the rows of `MERGED` that break a check constraint of the model's own table."""
    sentences = {
        constraint.name: str(constraint.get_violation_error_message())
        for constraint in model._meta.constraints
    }
    # What the database fills by itself, such as versions, no row of a load holds.
    filled = {f.attname for f in model._meta.local_concrete_fields if f.has_db_default()}
    with connection.cursor() as cursor:
        cursor.execute(_CHECKS, [model._meta.db_table])
        for name, condition, columns in cursor.fetchall():
            if filled.intersection(columns or ()):
                continue
            broken = column(f"SELECT row_number FROM {MERGED} WHERE NOT ({condition})")  # noqa: S608
            for number in broken:
                sentence = sentences.get(name, f"It breaks the constraint {name}.")
                yield RowError(number, tuple(columns or ()), sentence)


def upsert(
    model: type[models.Model],
    *,
    key: Sequence[str],
    insert: Mapping[str, str],
    update: Collection[str],
    source: str,
) -> tuple[list[int], list[int]]:
    """Write rows; return the ids of those created and of those changed.

    `insert` gives each column's expression over `source`; a row whose `key` exists is changed in
    the columns of `update`, if a value of them differs.
    """
    columns, values = ", ".join(f'"{name}"' for name in insert), ", ".join(insert.values())
    with connection.cursor() as cursor:
        # A row that this statement inserted has never been locked or changed: its xmax is 0.
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} AS present ({columns}) "  # noqa: S608
            f"SELECT {values} FROM {source} "
            f"ON CONFLICT ({', '.join(key)}) DO {_change(update)} "
            f"RETURNING {model._meta.pk.column}, xmax = 0"
        )
        written = cursor.fetchall()
    created = [number for number, is_new in written if is_new]
    return created, [number for number, is_new in written if not is_new]


def _change(update: Collection[str]) -> str:
    if not update:
        return "NOTHING"
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
    present = ", ".join(f'present."{name}"' for name in update)
    wanted = ", ".join(f'excluded."{name}"' for name in update)
    return f"UPDATE SET {sets} WHERE ({present}) IS DISTINCT FROM ({wanted})"
