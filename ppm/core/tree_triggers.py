"""What the database itself derives and refuses in the tree of components.

Tried through the ORM, bulk operations, raw SQL and concurrent transactions in `tests/tree`.
Row locks of a move are taken before its advisory locks when raw SQL moves a component, so two
raw moves of related components may end in a deadlock error; `Component.move_to` cannot.
"""

from __future__ import annotations

import pgtrigger

from ppm.core.locks import ROLLUP, STRUCTURE
from ppm.core.triggers import refusal

_NAME = "core_component"

_PARENT = f"""
    SELECT * INTO parent FROM core_component WHERE id = NEW.parent_id;
    IF NEW.parent_id IS NOT NULL THEN
        IF parent.id IS NULL THEN
            {refusal(constraint=f"{_NAME}_parent_exists", message="There is no such parent.", code="foreign_key_violation")}
        END IF;
        IF NOT (CASE NEW.kind
            WHEN 'portfolio' THEN parent.kind = 'portfolio'
            ELSE parent.kind IN ('portfolio', 'program')
        END) THEN
            {refusal(constraint=f"{_NAME}_parent_fits_the_kind", message="A portfolio stands under portfolios; programs and projects stand under portfolios or programs.")}
        END IF;
    END IF;
"""

_INSERT = f"""
    PERFORM pg_advisory_xact_lock_shared({STRUCTURE});
    {_PARENT}
    NEW.path := coalesce(parent.path, '{{}}') || NEW.id;
    RETURN NEW;
"""

# A root that moves under a parent gives its tree settings up; a component that becomes a root
# inherits those of the tree it leaves. The path stays until the statement is through (`_FOLLOW`).
_UPDATE = f"""
    IF NEW.kind <> OLD.kind THEN
        {refusal(constraint=f"{_NAME}_kind_is_kept", message="The kind of a component never changes.")}
    END IF;
    IF NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        PERFORM pg_advisory_xact_lock({ROLLUP}, root) FROM (
            SELECT DISTINCT path[1]::int AS root FROM core_component
            WHERE id = ANY(ARRAY[NEW.id, NEW.parent_id]) ORDER BY 1
        ) AS roots;
        PERFORM pg_advisory_xact_lock({STRUCTURE});
        {_PARENT}
        SELECT * INTO old_root FROM core_component
        WHERE id = (SELECT path[1] FROM core_component WHERE id = OLD.id);
        SELECT * INTO new_root FROM core_component WHERE id = parent.path[1];
        IF NEW.parent_id IS NULL THEN
            NEW.currency := old_root.currency;
            NEW.time_zone := old_root.time_zone;
            NEW.status_date := old_root.status_date;
        ELSIF old_root.currency = '' OR new_root.currency <> old_root.currency THEN
            {refusal(constraint=f"{_NAME}_keeps_its_currency", message="A component cannot move into a tree of another currency.")}
        ELSE
            NEW.currency := '';
            NEW.time_zone := '';
            NEW.status_date := NULL;
        END IF;
    END IF;
    IF pg_trigger_depth() = 1 THEN
        NEW.path := OLD.path;
        NEW.version := OLD.version + 1;
        NEW.updated_at := statement_timestamp();
    END IF;
    RETURN NEW;
"""

# One statement may move several components, also one below another. So circles are looked for
# and paths are made only when all of them have their new parents, and along the parent links:
# downwards from the moved components that no other moved one stands above.
# Not a join: its plan, kept from a statement of one row, would be quadratic for one of many.
_MOVED = "SELECT id, parent_id FROM new_rows EXCEPT SELECT id, parent_id FROM old_rows"
_ABOVE = f"""
    moved AS ({_MOVED}), above (start, id) AS (
        SELECT id, parent_id FROM moved
        UNION
        SELECT above.start, c.parent_id FROM above JOIN core_component AS c ON c.id = above.id
    )
"""
_FOLLOW = f"""
    IF NOT EXISTS ({_MOVED}) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (WITH RECURSIVE {_ABOVE} SELECT FROM above WHERE id = start) THEN
        {refusal(constraint=f"{_NAME}_has_no_cycle", message="A component cannot stand below itself.")}
    END IF;
    WITH RECURSIVE {_ABOVE}, placed (id, path) AS (
        SELECT m.id, coalesce(p.path, '{{}}') || m.id
        FROM moved AS m LEFT JOIN core_component AS p ON p.id = m.parent_id
        WHERE NOT EXISTS (
            SELECT FROM above JOIN moved AS higher ON higher.id = above.id
            WHERE above.start = m.id
        )
        UNION ALL
        SELECT c.id, placed.path || c.id
        FROM placed JOIN core_component AS c ON c.parent_id = placed.id
    )
    UPDATE core_component AS c SET path = placed.path
    FROM placed WHERE c.id = placed.id AND c.path <> placed.path;
    RETURN NULL;
"""

_DELETE = f"""
    PERFORM pg_advisory_xact_lock({ROLLUP}, OLD.path[1]::int);
    RETURN OLD;
"""

_SNAPSHOTS_GO = """
    DELETE FROM core_snapshot WHERE component_id IN (SELECT id FROM old_rows);
    RETURN NULL;
"""

GUARDS = [
    pgtrigger.Trigger(
        name="place_insert",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("parent", "core_component")],
        func=_INSERT,
    ),
    pgtrigger.Trigger(
        name="place_update",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        declare=[
            ("parent", "core_component"),
            ("old_root", "core_component"),
            ("new_root", "core_component"),
        ],
        func=_UPDATE,
    ),
    pgtrigger.Trigger(
        name="paths_follow",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=_FOLLOW,
    ),
    pgtrigger.Trigger(
        name="delete_waits_for_rollup",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func=_DELETE,
    ),
    pgtrigger.Trigger(
        name="snapshots_go",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="old_rows"),
        func=_SNAPSHOTS_GO,
    ),
]

# The component itself and its parents before and after. A move takes all below it along, because
# the descendants' paths are written too.
MARKED = """
    SELECT id FROM {rows}
    UNION ALL SELECT parent_id FROM {rows}
"""

# A root whose settings change takes its whole tree along.
MARKED_BY_ROOT = """
    SELECT c.id FROM (
        SELECT id, status_date, time_zone FROM new_rows WHERE parent_id IS NULL
        EXCEPT SELECT id, status_date, time_zone FROM old_rows
    ) AS root
    JOIN core_component AS c ON c.path >= ARRAY[root.id] AND c.path < ARRAY[root.id + 1]
"""


def kind_guard(kind: str) -> pgtrigger.Trigger:
    """Refuse a row of a kind's table whose component is of another kind."""
    message = f"This component is not a {kind}."
    return pgtrigger.Trigger(
        name="kind_fits",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"IF NOT EXISTS (SELECT 1 FROM core_component WHERE id = NEW.component_ptr_id "
        f"AND kind = '{kind}') THEN "
        f"{refusal(constraint=f'{_NAME}_is_a_{kind}', message=message)} END IF; RETURN NEW;",
    )
