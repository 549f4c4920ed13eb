"""How the database is emptied after a test that commits.

A worker or a web server may still write. So all tables are locked at once or not at all: whoever
waits with locks in hand can wait in a circle, and PostgreSQL then ends one of the two.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from django.core.management.color import Style
from django.db import OperationalError, connection, transaction

PATIENCE = 60
"""Seconds for others to end what they are at."""

GROWN = 2**20
"""Bytes of a table from which on it is truncated: rows that are only deleted leave their place."""

LOCK_NOT_AVAILABLE = "55P03"


def teach_emptying() -> None:
    """Have Django's flush empty our tables, and put back what migrations had created.

    They refuse TRUNCATE, and some start with rows.
    """
    initial = _keep_initial_rows()
    connection.ops.sql_flush = _tables  # type: ignore[method-assign]
    connection.ops.execute_sql_flush = partial(_empty, initial)  # type: ignore[method-assign]


def _tables(style: Style, tables: Sequence[str], **options: bool) -> list[str]:
    return list(tables)


def _keep_initial_rows() -> list[str]:
    """Copy the rows that migrations created aside; return the statements that put them back."""
    restore = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS initial")
        for table in connection.introspection.table_names(cursor):
            if table == "django_migrations":
                continue
            name = connection.ops.quote_name(table)
            cursor.execute(f"DROP TABLE IF EXISTS initial.{name}")
            cursor.execute(f"CREATE TABLE initial.{name} AS TABLE public.{name}")
            cursor.execute(f"SELECT EXISTS (SELECT FROM initial.{name})")  # noqa: S608
            if cursor.fetchone() == (True,):
                restore.append(f"INSERT INTO public.{name} TABLE initial.{name}")
    return restore


def _empty(initial: Sequence[str], tables: Sequence[str]) -> None:
    """Empty the tables as soon as nobody else is at any of them."""
    deadline = time.monotonic() + PATIENCE
    while not _is_emptied(initial, tables):
        assert time.monotonic() < deadline, f"still at work: {_others()}"
        time.sleep(0.02)


def _is_emptied(initial: Sequence[str], tables: Sequence[str]) -> bool:
    """Empty the tables; False where somebody is at one of them."""
    names = ", ".join(map(connection.ops.quote_name, tables))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE NOWAIT")
            # Neither our triggers nor foreign keys have a say in this.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for statement in [*_emptying(tables), *initial]:
                cursor.execute(statement)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            return False
        raise
    return True


def _emptying(tables: Sequence[str]) -> list[str]:
    """Say how the tables are emptied: with few rows in few of them, not all are made anew."""
    quoted = {table: connection.ops.quote_name(table) for table in tables}
    query = " UNION ALL ".join(
        f"SELECT '{table}', pg_relation_size('{name}') WHERE EXISTS (SELECT FROM {name})"  # noqa: S608
        for table, name in quoted.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        sizes = dict(cursor.fetchall())
    if any(size > GROWN for size in sizes.values()):
        return [f"TRUNCATE {', '.join(quoted.values())}"]
    return [f"DELETE FROM {quoted[table]}" for table in sizes]  # noqa: S608


def _others() -> list[str]:
    """Tell what other sessions of the database are at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%s: %s', state, query) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [row for (row,) in cursor.fetchall()]
