"""Statements that live in files beside their module: read once, run with named placeholders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

_HERE = Path(__file__).parent
SCOPE, POLICY, RISK, ISSUE, CHILDREN, RATED = (
    _HERE / f"{name}.sql" for name in ("scope", "policy", "risk", "issue", "children", "rated")
)
"""The kernel's relations, for the statements of the apps above."""


@cache
def statement(path: Path) -> str:
    """Read the statement of a file. Every `%` in it belongs to a placeholder."""
    return path.read_text(encoding="utf-8")


def relations(paths: Sequence[Path]) -> str:
    """Write the SELECTs of files as a WITH clause, each under the name of its file.

    A file may read from those before it.
    """
    named = (f"{path.stem} AS (\n{statement(path)})" for path in paths)
    return "WITH " + ", ".join(named)


def portions(ids: list[int], size: int) -> Iterator[list[int]]:
    """Split ids so that what a statement keeps of each stays in memory."""
    return (ids[start : start + size] for start in range(0, len(ids), size))


def execute(path: Path, parameters: Mapping[str, Any]) -> int:
    """Run the statement of a file and return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement(path), parameters)
        return int(cursor.rowcount)


def column(query: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> list[Any]:
    """Run a query and return the first value of each row; without parameters a `%` is a `%`."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [row[0] for row in cursor.fetchall()]


def rows(paths: Sequence[Path], parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Select everything from the last of the files' relations, a dictionary a row."""
    with connection.cursor() as cursor:
        cursor.execute(f"{relations(paths)} SELECT * FROM {paths[-1].stem}", parameters)  # noqa: S608
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
