"""Storing what a roll-up statement computed: only what differs, once a component and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg2 import sql

from ppm.core.models import Snapshot
from ppm.core.sql import relations

_NOT_COMPUTED = ("id", "component", "as_of", "computed_at", "degraded")
VALUES = tuple(
    field.attname for field in Snapshot._meta.concrete_fields if field.name not in _NOT_COMPUTED
)
"""The columns of a snapshot that a statement computes."""


def store(paths: Sequence[Path], parameters: Mapping[str, Any]) -> list[int]:
    """Compute snapshots by the statements of files and store those that differ from the newest.

    The last file's relation has `component_id` and the columns `VALUES`; `parameters` has at
    least `as_of`. Returns the ids of the components whose snapshot was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(_storing(tuple(paths)).as_string(cursor.cursor), parameters)
        return [row[0] for row in cursor.fetchall()]


@cache
def _storing(paths: tuple[Path, ...]) -> sql.Composed:
    """Wrap the statements: compare with the newest snapshot, insert or overwrite the date's one.

    A component is degraded while it, or anything below it, is quarantined.
    """
    columns = (*VALUES, "degraded")
    return sql.SQL(
        "{relations}, judged AS (SELECT computed.*, EXISTS ("
        "SELECT 1 FROM core_rollupfailure AS failure "
        "JOIN core_component AS failed ON failed.id = failure.component_id "
        "WHERE failed.path @> ARRAY[computed.component_id]) AS degraded "
        "FROM {computed} AS computed) "
        "INSERT INTO core_snapshot (component_id, as_of, {columns}) "
        "SELECT new.component_id, %(as_of)s, {new} FROM judged AS new "
        "LEFT JOIN LATERAL (SELECT * FROM core_snapshot AS s "
        "WHERE s.component_id = new.component_id AND s.as_of <= %(as_of)s "
        "ORDER BY s.as_of DESC LIMIT 1) AS old ON TRUE "
        "WHERE old.id IS NULL OR ({new}) IS DISTINCT FROM ({old}) "
        "ON CONFLICT (component_id, as_of) DO UPDATE SET computed_at = now(), {assignments} "
        "RETURNING component_id"
    ).format(
        relations=sql.SQL(relations(paths)),
        computed=sql.Identifier(paths[-1].stem),
        columns=_list(columns),
        new=_list(columns, "new"),
        old=_list(columns, "old"),
        assignments=sql.SQL(", ").join(
            sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in columns
        ),
    )


def _list(columns: Iterable[str], *table: str) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(*table, column) for column in columns)
