"""Storing what a roll-up statement computed: only what differs, once a component and date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

from ppm.core.models import Snapshot
from ppm.core.sql import portions, relations

_NOT_COMPUTED = ("id", "component", "as_of", "computed_at", "degraded")
VALUES = tuple(
    field.attname for field in Snapshot._meta.concrete_fields if field.name not in _NOT_COMPUTED
)
"""The columns of a snapshot that a statement computes."""

FEW = 20
"""Up to so many components it takes longer to plan a statement than to run it: it is prepared.

Its one plan is made for few rows: a bulk of components, whose tables may have grown since, gets a
plan of its own.
"""

_GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
_prepared: WeakKeyDictionary[object, set[str]] = WeakKeyDictionary()
"""The names of what each connection has prepared; a transaction that fails keeps it."""

MANY = 5_000
"""So many components at most are computed by one statement, which keeps about 10 kB of each."""

# A component is degraded while it, or anything below it, is quarantined. Sorted, all old snapshots
# are read before the first new one is written: the plan of a table that was empty reads all of it
# for each component, also what is being written.
_STORING = """
{relations}, failed AS MATERIALIZED (
    SELECT DISTINCT unnest(c.path) AS id
    FROM core_rollupfailure AS failure JOIN core_component AS c ON c.id = failure.component_id
), judged AS (
    SELECT computed.*, computed.component_id IN (SELECT id FROM failed) AS degraded
    FROM {computed} AS computed OFFSET 0
)
INSERT INTO core_snapshot (component_id, as_of, {columns})
SELECT new.component_id, %(as_of)s, {new}
FROM judged AS new
LEFT JOIN LATERAL (
    SELECT * FROM core_snapshot AS s
    WHERE s.component_id = new.component_id AND s.as_of <= %(as_of)s
    ORDER BY s.as_of DESC LIMIT 1
) AS old ON TRUE
WHERE old.id IS NULL OR ({new}) IS DISTINCT FROM ({old})
ORDER BY new.component_id
ON CONFLICT (component_id, as_of) DO UPDATE SET computed_at = statement_timestamp(), {assignments}
RETURNING component_id
"""


def store(paths: Sequence[Path], component_ids: Collection[int], *, as_of: date) -> list[int]:
    """Compute snapshots by the statements of files and store those that differ from the newest.

    The last file's relation has `component_id` and the columns `VALUES`. Returns the ids of the
    components whose snapshot was written.
    """
    text, changed = _storing(tuple(paths)), []
    with connection.cursor() as cursor:
        for ids in portions(sorted(component_ids), MANY):
            run = _store_few if len(ids) <= FEW else _store_many
            run(cursor, text, ids, as_of)
            changed += [row[0] for row in cursor.fetchall()]
    return changed


def _store_many(cursor: CursorWrapper, text: str, ids: list[int], as_of: date) -> None:
    """Run the statement with a plan of its own; the tables grow, so that kept plans are of old."""
    if _prepared.pop(connection.connection, None):
        cursor.execute("DEALLOCATE ALL")
    cursor.execute(text, {"ids": ids, "as_of": as_of})


def _store_few(cursor: CursorWrapper, text: str, ids: list[int], as_of: date) -> None:
    """Run the prepared statement, whose plan is made now if it is the first time."""
    _prepare(cursor, text)
    cursor.execute(f"{_GENERIC}; EXECUTE {_name(text)} (%s, %s)", [ids, as_of])


def _prepare(cursor: CursorWrapper, text: str) -> None:
    """Prepare the statement once a connection, with one plan for all parameters."""
    prepared = _prepared.setdefault(connection.connection, set())
    if _name(text) not in prepared:
        body = text % {"ids": "$1", "as_of": "$2"}
        cursor.execute(f"PREPARE {_name(text)} (bigint[], date) AS {body}")
        prepared.add(_name(text))


@cache
def _name(text: str) -> str:
    return f"store_{sha256(text.encode()).hexdigest()[:16]}"


@cache
def _storing(paths: tuple[Path, ...]) -> str:
    """Wrap the statements: what differs from the newest snapshot becomes that of the date."""
    columns = (*VALUES, "degraded")
    return _STORING.format(
        relations=relations(paths),
        computed=paths[-1].stem,
        columns=", ".join(_named(columns)),
        new=", ".join(_named(columns, "new.")),
        old=", ".join(_named(columns, "old.")),
        assignments=", ".join(f"{name} = excluded.{name}" for name in _named(columns)),
    )


def _named(columns: Sequence[str], table: str = "") -> list[str]:
    return [f"{table}{connection.ops.quote_name(column)}" for column in columns]
