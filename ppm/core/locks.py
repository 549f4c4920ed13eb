"""The advisory locks of the tree, and the order in which they are taken.

`STRUCTURE` is held shared by whoever inserts a component and alone by whoever moves one: without
it two concurrent moves made a cycle, and an insert during a move kept a stale path. The lock
whose key is the id of a root is held by the roll-up of that tree, by whoever deletes something in
it and by whoever moves something out of it or into it. The roll-up locks are taken first, in the
order of the ids, then the structure, then rows.
"""

from __future__ import annotations

from django.db import connection, models, transaction

from ppm.core.sql import column

STRUCTURE = -1
"""Ids are above zero, so no tree's lock has this key."""

AUDIT = -4
"""Held by the audit under way: beside the chain of decisions (-2) and the imports (-3)."""

SEALING = -5
"""Held by whoever seals the audit trail."""


def lock_for_move(component_id: int, parent_id: int | None) -> None:
    """Take the locks of a move."""
    lock_trees([component_id] if parent_id is None else [component_id, parent_id])
    lock_structure()


def lock_structure() -> None:
    """Keep others from inserting and moving components until the transaction ends.

    For whoever inserts components or sets a root's dates: taken later, it would be waited for
    with rows in hand that a move waits for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STRUCTURE])


def lock_trees(component_ids: list[int]) -> None:
    """Take the roll-up locks of the trees that components stand in, in the order of the ids.

    Whoever held such a lock may have moved a component to another tree. Then the locks are given
    back and those of the present trees are taken: what is held stays in order, and no component
    can leave its tree from then on.
    """
    while True:
        savepoint = transaction.savepoint()
        roots = _roots(component_ids)
        for root in roots:
            lock_rollup(root)
        if _roots(component_ids) == roots:
            transaction.savepoint_commit(savepoint)
            return
        transaction.savepoint_rollback(savepoint)


def _roots(component_ids: list[int]) -> list[int]:
    query = "SELECT DISTINCT path[1] FROM core_component WHERE id = ANY(%s) ORDER BY 1"
    return column(query, [component_ids])


def try_lock_rollup(root_id: int) -> bool:
    """Take the roll-up lock of a tree until the transaction ends; tell whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [root_id])
        return bool(cursor.fetchone()[0])


def try_lock_audit() -> bool:
    """Take the lock of the audit until the transaction ends; tell whether it was free."""
    return try_lock_rollup(AUDIT)


def try_lock_sealing() -> bool:
    """Take the lock of who seals the audit trail; tell whether it was free."""
    return try_lock_rollup(SEALING)


def lock_fact(fact: models.Model) -> None:
    """Let nobody else answer the same fact until the transaction ends.

    Not by its row: the application's database role may not change facts, and so not lock them.
    """
    with connection.cursor() as cursor:
        name = f"{fact._meta.db_table} {fact.pk}"
        cursor.execute("SELECT pg_advisory_xact_lock(1, hashtext(%s))", [name])


def try_lock_call(key: str) -> bool:
    """Take the lock of a request that is to be done once; tell whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(3, hashtext(%s))", [key])
        return bool(cursor.fetchone()[0])


def lock_jobs_of(user_id: int) -> None:
    """Let nobody else ask for a job of this person until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(3, hashtext(%s))", [f"jobs of {user_id}"])


def lock_rollup(root_id: int) -> None:
    """Wait for the roll-up lock of a tree and keep it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [root_id])


def lock_for_moves() -> None:
    """Take the locks that any number of moves in this transaction may need.

    For a transaction that also inserts components: done later, it would hold the structure
    shared while it waits for a tree, and wait in a circle with a single move.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(root) FROM (SELECT id AS root "
            "FROM core_component WHERE parent_id IS NULL ORDER BY 1) AS roots"
        )
    lock_structure()
