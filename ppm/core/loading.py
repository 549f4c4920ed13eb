"""Bulk loading: many components, rows or facts in a few statements, all or nothing.

Django cannot `bulk_create` models of multi-table inheritance, and a loop over a hundred thousand
rows takes minutes. A load copies its rows aside, checks all of them, and writes only when none is
at fault. What is loaded twice stays as it is: a row is written only where a value differs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction
from django.db.models.functions import Now

from ppm.core.models import Component, Fact
from ppm.core.sql import column
from ppm.core.staging import (
    COPIED,
    MERGED,
    Fields,
    NumberedRows,
    Row,
    RowError,
    copied,
    kept,
    merged,
    missing,
    repetitions,
    upsert,
    value_errors,
    violations,
    writable,
)

TAKEN = str(Component._meta.get_field("code").error_messages["unique"])
DERIVED = {"kind", "path", "parent_id", "version"}
"""Columns of a component that the load or the database fills itself."""

_PLACES = """
    WITH RECURSIVE place (code, depth) AS (
        SELECT given.code, coalesce(cardinality(parent.path), 0) + 1
        FROM staging_copied AS given
        LEFT JOIN core_component AS parent
            ON parent.code = given.parent AND parent.code <> ALL(%(hidden)s)
        WHERE given.parent IS NULL OR parent.id IS NOT NULL
        UNION ALL
        SELECT given.code, place.depth + 1
        FROM place JOIN staging_copied AS given ON given.parent = place.code
        WHERE NOT EXISTS (
            SELECT 1 FROM core_component AS c
            WHERE c.code = given.parent AND c.code <> ALL(%(hidden)s)
        )
    )
"""
_JOINED = """
    staging_copied AS given
    LEFT JOIN core_component AS present ON present.code = given.code
    LEFT JOIN {table} AS own ON own.component_ptr_id = present.id
    LEFT JOIN core_component AS parent
        ON parent.code = given.parent AND parent.code <> ALL(%(hidden)s)
    LEFT JOIN core_component AS above
        ON above.id = present.parent_id AND above.code <> ALL(%(hidden)s)
    LEFT JOIN place ON place.code = given.code
"""
# What the tree's guards would refuse, asked of all rows at once: field, sentence, condition.
_MISPLACED = [
    (
        "parent",
        "There is no component “%(parent)s”.",
        "parent IS NOT NULL AND parent_kind IS NULL "
        "AND parent NOT IN (SELECT code FROM staging_merged)",
    ),
    (
        "parent",
        "“%(parent)s” has no place in the tree itself.",
        "depth IS NULL AND parent IN (SELECT code FROM staging_merged)",
    ),
    (
        "parent",
        "A portfolio stands under portfolios; programs and projects stand under portfolios or "
        "programs: “%(parent)s” is a %(parent_kind)s.",
        "parent_kind = 'project' OR (parent_kind = 'program' AND kind = 'portfolio')",
    ),
    (
        "code",
        "“%(code)s” is a %(present_kind)s already.",
        "present_kind <> kind",
    ),
    (
        "parent",
        "“%(code)s” stands elsewhere, under “%(present_parent)s”: move it first.",
        "present_kind = kind AND present_parent <> coalesce(parent, '')",
    ),
    (
        "parent",
        "“%(code)s” stands elsewhere: move it first.",
        "present_kind = kind AND present_parent IS NULL AND (parent IS NOT NULL OR is_below)",
    ),
]


@dataclass(frozen=True)
class Loaded:
    """What a load did: the ids it created and changed. With errors, it wrote nothing."""

    created: frozenset[int] = frozenset()
    updated: frozenset[int] = frozenset()
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


@transaction.atomic
def load_components(
    model: type[Component], rows: Iterable[tuple[int, Row]], *, hidden: Collection[str] = ()
) -> Loaded:
    """Create or change components of one kind, known by their `code`.

    Each row comes with its number, for error messages. All rows have the same keys: `code`,
    `parent` (a code, also of another row; None: a root) and other columns of the kind; what is
    not given keeps its value, or gets its default. A component is never moved: one that stands
    under another parent is an error, as is a code of another kind or a code in two rows.

    `hidden` are the codes of components out of sight: they are taken, and nothing stands there.
    """
    numbered = list(rows)
    if not numbered:
        return Loaded()
    fields = {**writable(Component), **writable(model)}
    given = set(numbered[0][1]) - {"parent"}
    errors, sound = _sifted(fields, given, ("code",), numbered, _taken(numbered, hidden))
    types = _types(fields, given) | {"parent": "text"}
    with copied(types, sound), _merged_components(model, given, hidden):
        refused = {row["code"] for _, row in numbered} - {row["code"] for _, row in sound}
        errors += [*_unfit(model, given), *_misplaced(refused)]
        if errors:
            return Loaded(errors=sorted(errors))
        return _write(model, given, len(numbered))


def _taken(rows: NumberedRows, hidden: Collection[str]) -> Iterator[RowError]:
    for number, row in rows:
        if row["code"] in hidden:
            yield RowError(number, ("code",), TAKEN)


def _unfit(model: type[Component], given: Collection[str]) -> Iterator[RowError]:
    """Find the rows of `MERGED` that lack something, or break a constraint."""
    yield from missing({**_columns(Component), **writable(model)}, given)
    yield from violations(Component)
    yield from violations(model)


def _merged_components(
    model: type[Component], given: Collection[str], hidden: Collection[str]
) -> AbstractContextManager[None]:
    shared, defaults = kept(_columns(Component), given, "present")
    own, own_defaults = kept(writable(model), given, "own")
    select = {
        "row_number": "given.row_number",
        "id": "present.id",
        "parent": "given.parent",
        "depth": "place.depth",
        "parent_kind": "parent.kind",
        "present_kind": "present.kind",
        "present_parent": "above.code",
        "is_below": "present.parent_id IS NOT NULL",
        "kind": "%(kind)s::text",
        "version": "1",
        # Of a parent in the same load only its place is known yet.
        "parent_id": "CASE WHEN given.parent IS NOT NULL THEN coalesce(parent.id, 0) END",
        "path": "array_fill(0::bigint, ARRAY[coalesce(place.depth, 1)])",
        **shared,
        **own,
    }
    source = _JOINED.format(table=model._meta.db_table)
    parameters = {"kind": str(model.KIND), "hidden": list(hidden), **defaults, **own_defaults}
    return merged(select, source, parameters, before=_PLACES)


def _columns(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    return {name: field for name, field in writable(model).items() if name not in DERIVED}


def _misplaced(refused: Collection[str]) -> Iterator[RowError]:
    """Find rows that have no place; not those that only wait for a parent among the refused."""
    with connection.cursor() as cursor:
        for field_name, sentence, condition in _MISPLACED:
            cursor.execute(
                "SELECT row_number, code, parent, parent_kind, present_kind, "  # noqa: S608
                f"coalesce(present_parent, '') AS present_parent FROM {MERGED} WHERE {condition}"
            )
            names = [column.name for column in cursor.description]
            for values in cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                if row["parent"] not in refused:
                    yield RowError(row["row_number"], (field_name,), sentence % row)


def _write(model: type[Component], given: Collection[str], number: int) -> Loaded:
    created, changed = _write_shared(given)
    own = writable(model)
    source = f"{MERGED} AS row JOIN core_component AS c USING (code)"
    _, changed_own = upsert(
        model,
        key=["component_ptr_id"],
        insert={"component_ptr_id": "c.id"} | {name: f'row."{name}"' for name in own},
        update=own.keys() & given,
        source=source,
    )
    # `version` and `updated_at` tell of every change, also of one in the kind's table alone.
    Component.objects.filter(pk__in=set(changed_own) - set(changed)).update(updated_at=Now())
    return _loaded(created, changed + changed_own, number)


def _loaded(created: list[int], updated: list[int], number: int) -> Loaded:
    changed = frozenset(updated)
    return Loaded(frozenset(created), changed, number - len(created) - len(changed))


def _write_shared(given: Collection[str]) -> tuple[list[int], list[int]]:
    """Write the shared table, parents before children: a child's path begins with its parent's."""
    created: list[int] = []
    changed: list[int] = []
    insert = {name: f'row."{name}"' for name in ["kind", "version", *_columns(Component)]}
    for depth in _depths():
        new, other = upsert(
            Component,
            key=["code"],
            insert=insert | {"parent_id": "parent.id"},
            update=(_columns(Component).keys() & given) - {"code"},
            source=f"{MERGED} AS row LEFT JOIN core_component AS parent "
            f"ON parent.code = row.parent WHERE row.depth = {depth}",
        )
        created += new
        changed += other
    return created, changed


def _depths() -> list[int]:
    return column(f"SELECT DISTINCT depth FROM {MERGED} ORDER BY depth")  # noqa: S608


@transaction.atomic
def load_rows(
    model: type[models.Model], key: Sequence[str], rows: Iterable[tuple[int, Row]]
) -> Loaded:
    """Create or change rows of one table, known by the columns of `key`.

    Each row comes with its number; all have the same keys, columns of the table.
    """
    numbered = list(rows)
    if not numbered:
        return Loaded()
    given = set(numbered[0][1])
    fields = writable(model)
    errors, sound = _sifted(fields, given, key, numbered)
    with copied(_types(fields, given), sound), _merged_rows(model, given, _same(key)):
        errors += [*missing(fields, given), *violations(model)]
        if errors:
            return Loaded(errors=sorted(errors))
        created, updated = upsert(
            model,
            key=key,
            insert={name: f'row."{name}"' for name in fields},
            update=given - set(key),
            source=f"{MERGED} AS row",
        )
    return _loaded(created, updated, len(numbered))


@transaction.atomic
def load_facts(
    model: type[Fact],
    owner: str,
    rows: Iterable[tuple[int, Row]],
    *,
    request_id: UUID,
    by_id: int | None = None,
) -> Loaded:
    """Record dated facts that supersede each other, unless the newest of that date says the same.

    `owner` is the column of what they are about (`component_id`); each row has it and `date`.
    `by_id` is the user who says so; None: nobody but the system.
    """
    numbered = list(rows)
    if not numbered:
        return Loaded()
    given = set(numbered[0][1])
    fields = writable(model)
    errors, sound = _sifted(fields, given, (owner, "date"), numbered)
    with copied(_types(fields, given), sound), _merged_rows(model, given, "FALSE"):
        errors += [*missing(fields, given), *violations(model)]
        if errors:
            return Loaded(errors=sorted(errors))
        created = _record(model, owner, given - {owner, "date"}, request_id, by_id)
    return Loaded(created, unchanged=len(numbered) - len(created))


def refresh_statistics(grown: Iterable[type[models.Model]]) -> None:
    """Let the database look at tables that have just grown, still in the same transaction.

    Its own look comes up to a minute after the commit. Until then it takes them for empty, and
    plans a roll-up of thousands of projects as one of a few: minutes instead of a second.
    """
    tables = ", ".join(model._meta.db_table for model in grown)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {tables}")


def _sifted(
    fields: Fields,
    given: Collection[str],
    key: Sequence[str],
    rows: NumberedRows,
    known: Iterable[RowError] = (),
) -> tuple[list[RowError], NumberedRows]:
    """Find what is wrong with the rows by themselves; return it, and the rows that are sound.

    What is `known` to be wrong belongs to it.
    """
    if any(row.keys() - {"parent"} != given for _, row in rows):
        raise ValueError(f"every row of a load must have the same columns: {sorted(given)}")
    chosen = {name: fields[name] for name in sorted(given)}
    errors = [*value_errors(chosen, rows), *repetitions(key, rows), *known]
    faulty = {error.row for error in errors}
    return errors, [row for row in rows if row[0] not in faulty]


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f'present."{name}" = given."{name}"' for name in key)


def _types(fields: Fields, given: Collection[str]) -> dict[str, str]:
    return {name: fields[name].db_type(connection) or "" for name in given}


def _merged_rows(
    model: type[models.Model], given: Collection[str], present: str
) -> AbstractContextManager[None]:
    """Merge with the rows of the model's table for which the condition `present` holds."""
    select, defaults = kept(writable(model), given, "present")
    return merged(
        {"row_number": "given.row_number", "id": "present.id", **select},
        f"{COPIED} AS given LEFT JOIN {model._meta.db_table} AS present ON {present}",
        defaults,
    )


def _record(
    model: type[Fact], owner: str, said: Collection[str], request_id: UUID, by_id: int | None
) -> frozenset[int]:
    """Insert those facts of `MERGED` that say something else than the newest of their date."""
    table = model._meta.db_table
    insert = {name: f'row."{name}"' for name in writable(model)}
    insert |= {"request_id": "%(request)s", "recorded_by_id": "%(by)s"}
    wanted = ", ".join(f'row."{name}"' for name in said)
    newest = ", ".join(f'newest."{name}"' for name in said)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH newest AS (
                SELECT DISTINCT ON ({owner}, date) fact.*
                FROM {table} AS fact JOIN {MERGED} AS row USING ({owner}, date)
                ORDER BY {owner}, date, fact.id DESC
            )
            INSERT INTO {table} ({", ".join(insert)}) SELECT {", ".join(insert.values())}
            FROM {MERGED} AS row LEFT JOIN newest USING ({owner}, date)
            WHERE newest.id IS NULL OR ({wanted}) IS DISTINCT FROM ({newest})
            RETURNING id
            """,  # noqa: S608 names of our own tables and columns
            {"request": request_id, "by": by_id},
        )
        return frozenset(number for (number,) in cursor.fetchall())
