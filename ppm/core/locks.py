"""The advisory locks of the tree, and the order in which they are taken.

`STRUCTURE` is held shared by whoever inserts a component and alone by whoever moves one: without
it two concurrent moves made a cycle, and an insert during a move kept a stale path. `ROLLUP`,
with the id of a root, is held by the roll-up of that tree and by whoever moves something out of
it or into it. A move takes the roll-up locks first, in the order of the ids, then the structure.
"""

from __future__ import annotations

from django.db import connection

STRUCTURE = 7001
ROLLUP = 7002


def lock_for_move(component_id: int, parent_id: int | None) -> None:
    """Take the locks of a move; the trees are looked up again once the structure holds still."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, root) FROM (SELECT DISTINCT path[1]::int AS root "
            "FROM core_component WHERE id = ANY(%s) ORDER BY 1) AS roots",
            [ROLLUP, [component_id, parent_id]],
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STRUCTURE])


def try_lock_rollup(root_id: int) -> bool:
    """Take the roll-up lock of a tree until the transaction ends; tell whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [ROLLUP, root_id])
        return bool(cursor.fetchone()[0])


def lock_rollup(root_id: int) -> None:
    """Wait for the roll-up lock of a tree and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ROLLUP, root_id])


def lock_for_moves() -> None:
    """Take the locks that any number of moves in this transaction may need.

    For a transaction that also inserts components: done later, it would hold the structure
    shared while it waits for a tree, and wait in a circle with a single move.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, root) FROM (SELECT id::int AS root "
            "FROM core_component WHERE parent_id IS NULL ORDER BY 1) AS roots",
            [ROLLUP],
        )
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STRUCTURE])
