"""What the application's own database role may do: everything but change what is recorded.

The tables belong to another role, which migrates. As the application is no owner and no superuser
it can neither change facts and audit events nor switch triggers off; the triggers that refuse the
same are a second wall.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import sql
from django.db.models import Model

from ppm.core.models import AuditEvent, AuditSeal, Fact


class TooMightyError(Exception):
    """The role owns the tables, or may do everything anyway."""


def only_added() -> list[str]:
    """List the tables whose rows are only added: facts, and the audit trail."""
    facts = [model for model in apps.get_models() if issubclass(model, Fact)]
    models: list[type[Model]] = [AuditEvent, AuditSeal, *facts]
    return sorted(model._meta.db_table for model in models)


@transaction.atomic
def grant_application(role: str, *, password: str | None) -> None:
    """Give a role what the application needs, and no more; it is made if there is none.

    Repeated after each migration, which may have made tables.
    """
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        verb = sql.SQL("ALTER" if cursor.fetchone() is not None else "CREATE")
        cursor.execute(sql.SQL("{} ROLE {} LOGIN").format(verb, name))
        if password is not None:
            secret = sql.Literal(password)
            cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, secret))
        _require_modest(role)
        for statement in _grants():
            cursor.execute(sql.SQL(statement).format(role=name))


def _require_modest(role: str) -> None:
    """Refuse a role that no grant holds back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR pg_has_role(rolname, (SELECT relowner FROM pg_class "
            "WHERE oid = 'core_auditevent'::regclass), 'USAGE') FROM pg_roles WHERE rolname = %s",
            [role],
        )
        if cursor.fetchone()[0]:
            raise TooMightyError(f"“{role}” owns the tables or is a superuser: take another role.")


def _grants() -> Iterator[str]:
    """Write the statements; `{role}` is to be put in."""
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    yield f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {{role}}"
    yield "GRANT USAGE ON SCHEMA public TO {role}"
    yield "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    # An import looks at the tables that it has filled: ANALYZE needs MAINTAIN.
    yield (
        "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO {role}"
    )
    yield f"REVOKE UPDATE, DELETE ON {', '.join(only_added())} FROM {{role}}"
    yield "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}"
    yield "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
