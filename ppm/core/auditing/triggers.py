"""The triggers of the audit trail, on every table that `tables` names.

They are no part of a migration: what is audited follows from the models, and a table that is new
is audited as soon as it is migrated. All run one function, `core_record_changes`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from ppm.core.auditing.tables import Audited, audited_tables

PREFIX = "ppm_audit_"
"""After `pgtrigger_`: triggers run by name, and what refuses a write is to speak first."""

_REFERENCING = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
}


@dataclass(frozen=True, order=True)
class AuditTrigger:
    """A trigger; another definition has another name."""

    table: str
    operation: str
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name, which says what it is for."""
        digest = hashlib.sha256(self.definition("").encode()).hexdigest()[:8]
        return f"{PREFIX}{self.operation.lower()}_{digest}"

    def definition(self, name: str) -> str:
        """Write the statement that creates it."""
        moment = "BEFORE" if self.operation == "TRUNCATE" else "AFTER"
        arguments = ", ".join(f"'{argument}'" for argument in self.arguments)
        return (
            f"CREATE TRIGGER {name} {moment} {self.operation} ON {self.table} "
            f"{_REFERENCING.get(self.operation, '')} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION core_record_changes({arguments})"
        )


def audit_triggers() -> list[AuditTrigger]:
    """List the triggers that there are to be."""
    return [trigger for table in audited_tables() for trigger in _of(table)]


def _of(table: Audited) -> Iterator[AuditTrigger]:
    """Make the triggers of a table. A fact that is added is its own record."""
    columns = (_array(table.unaudited), _array(table.secret))
    if not table.is_fact:
        yield AuditTrigger(table.table, "INSERT", (table.key, table.component, *columns))
    yield AuditTrigger(table.table, "UPDATE", (table.key, table.component, *columns))
    yield AuditTrigger(table.table, "DELETE", (table.key, table.component_left, *columns))
    yield AuditTrigger(table.table, "TRUNCATE", ())


def _array(names: tuple[str, ...]) -> str:
    return "{" + ",".join(names) + "}"


def install_audit(**_: object) -> None:
    """Have the tables audited that are there: after a migration, which may have gone back."""
    if not _can_record():
        return
    present, tables = _present(), set(connection.introspection.table_names())
    wanted = {(t.table, t.name): t for t in audit_triggers() if t.table in tables}
    with transaction.atomic(), connection.cursor() as cursor:
        for table, name in sorted(present - wanted.keys()):
            cursor.execute(f"DROP TRIGGER {name} ON {table}")
        for key in sorted(wanted.keys() - present):
            cursor.execute(wanted[key].definition(key[1]))


def _can_record() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regprocedure('core_record_changes()') IS NOT NULL")
        return bool(cursor.fetchone()[0])


def _present(enabled: str = "OADR") -> set[tuple[str, str]]:
    """Find the triggers that are there, in any of the states given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
            "WHERE tgname LIKE %s AND NOT tgisinternal AND position(tgenabled IN %s) > 0",
            [f"{PREFIX}%", enabled],
        )
        return set(cursor.fetchall())


def unaudited_tables() -> list[str]:
    """List the tables of which something is not audited, though it should: a trigger is off."""
    missing = {(t.table, t.name) for t in audit_triggers()} - _present("OA")
    return sorted({table for table, _ in missing})
