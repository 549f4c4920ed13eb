"""Trigger families that many tables share: dirty marks, append-only facts, refused TRUNCATE.

A roll-up depends on nothing but committed rows, so what it must recompute is noted by the
database itself, in the transaction of the write, whoever writes: ORM, bulk operation or raw SQL.
Marks are inserted, never updated and have no key, so that marking waits for nobody; only where one
row marks many components, as a policy does, it first waits for those being inserted.
"""

from __future__ import annotations

import pgtrigger

OLD, NEW = "old_rows", "new_rows"

_MARKING = """
    INSERT INTO core_dirtymark (component_id)
    SELECT DISTINCT marked.id FROM (SELECTED) AS marked (id) WHERE marked.id IS NOT NULL;
"""


def marks(select: str, *, lock: str = "", append_only: bool = False) -> list[pgtrigger.Trigger]:
    """Make the triggers that mark the components which `select` names.

    `select` yields component ids from `{rows}`, the rows a statement wrote. Where it fans out, it
    must also find what others are inserting meanwhile: `lock` is a statement that waits for them
    first. A table of facts is `append_only`: its rows can neither be changed nor deleted.
    """
    new, old = select.format(rows=NEW), select.format(rows=OLD)
    inserted = _mark("mark_insert", pgtrigger.Insert, new, lock=lock, new=NEW)
    if append_only:
        return [inserted, *never_changed()]
    both = f"{new} UNION ALL {old}"
    return [
        inserted,
        _mark("mark_update", pgtrigger.Update, both, lock=lock, old=OLD, new=NEW),
        _mark("mark_delete", pgtrigger.Delete, old, lock=lock, old=OLD),
        _no_truncate(),
    ]


def counts_changes() -> pgtrigger.Trigger:
    """Make the trigger that raises a row's version whenever something of the row changes."""
    return pgtrigger.Trigger(
        name="counts_changes",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(),
        func="NEW.version := OLD.version + 1; RETURN NEW;",
    )


def refusal(*, constraint: str, message: str, code: str = "check_violation") -> str:
    """Write the PL/pgSQL statement that refuses a write as a named constraint would.

    `message` is the sentence the user reads.
    """
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = '{code}', CONSTRAINT = '{constraint}';"


def guard(
    name: str, *, where: str, constraint: str, message: str, lock: str = ""
) -> pgtrigger.Trigger:
    """Refuse an insert when `where`, a query over its `new_rows`, finds a row.

    `lock` is a statement that comes first; `where` then sees what others committed meanwhile.
    """
    return _guard(name, pgtrigger.Insert, f"{lock} {_refused_if(where, constraint, message)}")


def guard_update(
    name: str, *, where: str, constraint: str, message: str, lock: str = ""
) -> pgtrigger.Trigger:
    """Refuse an update when `where`, a query over its `old_rows` and `new_rows`, finds a row."""
    return _guard(name, pgtrigger.Update, f"{lock} {_refused_if(where, constraint, message)}")


def _refused_if(where: str, constraint: str, message: str) -> str:
    """Write the PL/pgSQL statement that refuses when the query finds a row."""
    return f"IF EXISTS ({where}) THEN {refusal(constraint=constraint, message=message)} END IF;"


def _guard(name: str, operation: pgtrigger.Operation, body: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(
            old=OLD if operation == pgtrigger.Update else None, new=NEW
        ),
        func=f"{body} RETURN NULL;",
    )


def _mark(
    name: str,
    operation: pgtrigger.Operation,
    select: str,
    *,
    lock: str,
    old: str | None = None,
    new: str | None = None,
) -> pgtrigger.Trigger:
    rows = new or old
    first = lock and f"IF EXISTS (SELECT FROM {rows}) THEN {lock.format(rows=rows)} END IF;"
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=old, new=new),
        func=f"{first} {_MARKING.replace('SELECTED', select)} RETURN NULL;",
    )


def kept(name: str, column: str, *, constraint: str, message: str) -> pgtrigger.Trigger:
    """Refuse an update that changes a column: what depends on it was marked where it was."""
    changed = "SELECT id, COLUMN FROM new_rows EXCEPT SELECT id, COLUMN FROM old_rows"
    return guard_update(
        name,
        where=changed.replace("COLUMN", column),
        constraint=constraint,
        message=message,
    )


_FACT = "A recorded fact is never changed or deleted: record a correcting one."
_FEEDS = "This table feeds the roll-up and cannot be truncated: delete its rows."


def never_changed(message: str = "") -> list[pgtrigger.Trigger]:
    """Make the triggers of a table of facts, or of another whose rows are only added.

    `message` is the sentence the user reads where they are no facts.
    """
    return [_append_only(message or _FACT), _no_truncate(message or _FEEDS)]


def _append_only(message: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="append_only",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=refusal(constraint="append_only", message=message),
    )


def _no_truncate(message: str = _FEEDS) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=refusal(constraint="no_truncate", message=message),
    )
