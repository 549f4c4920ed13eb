"""Trigger families that many tables share: dirty marks, append-only facts, refused TRUNCATE.

A roll-up depends on nothing but committed rows, so what it must recompute is noted by the
database itself, in the transaction of the write, whoever writes: ORM, bulk operation or raw SQL.
Marks are inserted, never updated and have no key, so that marking never waits for anybody.
"""

from __future__ import annotations

import pgtrigger

OLD, NEW = "old_rows", "new_rows"

_MARKING = """
    INSERT INTO core_dirtymark (component_id)
    SELECT DISTINCT marked.id FROM (SELECTED) AS marked (id) WHERE marked.id IS NOT NULL;
    RETURN NULL;
"""


def marks(
    select: str, *, also_on_update: str = "", append_only: bool = False
) -> list[pgtrigger.Trigger]:
    """Make the triggers that mark the components which `select` names.

    `select` yields component ids from `{rows}`, the rows a statement wrote; `also_on_update` may
    compare `old_rows` with `new_rows`. A table of facts is `append_only`: its rows can neither be
    changed nor deleted, only added to.
    """
    inserted = _mark("mark_insert", pgtrigger.Insert, select.format(rows=NEW), new=NEW)
    if append_only:
        return [inserted, _append_only(), _no_truncate()]
    both = f"{select.format(rows=NEW)} UNION ALL {select.format(rows=OLD)}"
    if also_on_update:
        both = f"{both} UNION ALL {also_on_update}"
    return [
        inserted,
        _mark("mark_update", pgtrigger.Update, both, old=OLD, new=NEW),
        _mark("mark_delete", pgtrigger.Delete, select.format(rows=OLD), old=OLD),
        _no_truncate(),
    ]


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
    old: str | None = None,
    new: str | None = None,
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=old, new=new),
        func=_MARKING.replace("SELECTED", select),
    )


def _append_only() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="append_only",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=refusal(
            constraint="append_only",
            message="A recorded fact is never changed or deleted: record a correcting one.",
        ),
    )


def _no_truncate() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=refusal(
            constraint="no_truncate",
            message="This table feeds the roll-up and cannot be truncated: delete its rows.",
        ),
    )
