"""What the database itself derives and refuses in the tree of components.

Tried through the ORM, bulk operations, raw SQL and concurrent transactions in `tests/tree`.
Row locks of a move are taken before its advisory locks when raw SQL moves a component, so two
raw moves of related components may end in a deadlock error; `Component.move_to` cannot.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

import pgtrigger

from ppm.core.locks import STRUCTURE
from ppm.core.triggers import guard_update

_GUARDS = Path(__file__).parent / "tree_guards"


def _body(name: str, **words: str) -> str:
    """Read the body of a trigger function, with the key of the lock and `words` put in."""
    text = (_GUARDS / name).read_text(encoding="utf-8")
    return Template(text).substitute(words, STRUCTURE=STRUCTURE)


GUARDS = [
    pgtrigger.Trigger(
        name="place",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[
            ("parent", "core_component"),
            ("old_root", "core_component"),
            ("new_root", "core_component"),
        ],
        func=_body("place.sql"),
    ),
    pgtrigger.Trigger(
        name="paths_follow",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        declare=[("moved", "bigint[]")],
        func=_body("follow.sql"),
    ),
    pgtrigger.Trigger(
        name="delete_waits_for_rollup",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        func="PERFORM pg_advisory_xact_lock(OLD.path[1]); RETURN OLD;",
    ),
    pgtrigger.Trigger(
        name="past_goes",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="old_rows"),
        func="DELETE FROM core_snapshot WHERE component_id IN (SELECT id FROM old_rows); "
        "DELETE FROM core_move WHERE component_id IN (SELECT id FROM old_rows); "
        "DELETE FROM core_restatement WHERE component_id IN (SELECT id FROM old_rows); "
        "RETURN NULL;",
    ),
    pgtrigger.Trigger(
        name="mark_tree",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=_body("mark_tree.sql"),
    ),
    guard_update(
        "month_is_open",
        where="SELECT FROM new_rows AS n JOIN core_monthclose AS m ON m.root_id = n.id "
        "WHERE n.time_zone <> '' AND m.month_end >= "
        "coalesce(n.status_date, (now() AT TIME ZONE n.time_zone)::date)",
        constraint="core_component_month_is_open",
        message="The month of this status date is closed.",
    ),
]

# The component itself and its parents before and after. A move takes all below it along, because
# the descendants' paths are written too.
MARKED = """
    SELECT id FROM {rows}
    UNION ALL SELECT parent_id FROM {rows}
"""


def kind_guard(kind: str) -> pgtrigger.Trigger:
    """Refuse a row of a kind's table whose component is of another kind."""
    return pgtrigger.Trigger(
        name="kind_fits",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=_body("kind.sql", KIND=kind),
    )
