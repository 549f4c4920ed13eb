"""Headings: of one line or two, and each with a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from portfolios.parsing.limits import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS
from portfolios.parsing.problem import ProblemError

JOINED_BY = " / "


def with_headings(rows: Iterator[list[str]], heading_rows: int) -> Iterator[list[str]]:
    """Yield the headings as one row, then the rows below them; refuse what is too large."""
    numbered = enumerate(rows, start=1)
    lines = [[cell.strip() for cell in _bounded(*row)] for row in islice(numbered, heading_rows)]
    if not lines:
        return
    yield lines[0] if heading_rows == 1 else joined(*lines)
    for number, row in numbered:
        if number > MOST_ROWS + heading_rows:
            raise ProblemError(
                f"there are more than {MOST_ROWS:,} rows: split it into several files"
            )
        yield _bounded(number, row)


def _bounded(number: int, row: list[str]) -> list[str]:
    if len(row) > MOST_COLUMNS:
        raise ProblemError(
            f"row {number} has {len(row):,} cells; at most {MOST_COLUMNS:,} can be read"
        )
    if max(map(len, row), default=0) > LONGEST_CELL:
        raise ProblemError(f"row {number}: a cell has more than {LONGEST_CELL:,} characters")
    return row


def joined(groups: list[str], columns: list[str] | None = None) -> list[str]:
    """Join two lines of headings as “Group / Column”.

    A group stands over its first column only, since the cells over the others are merged with
    it. A column without a heading of its own has that of its group, and ends the group.
    """
    columns = columns or []
    width = max(len(groups), len(columns))
    group, names = "", []
    for above, below in zip(_filled(groups, width), _filled(columns, width), strict=True):
        group = above or (group if below else "")
        names.append(JOINED_BY.join(part for part in (group, below) if part))
        if not below:
            group = ""
    return names


def _filled(line: list[str], width: int) -> list[str]:
    return [*line, *[""] * (width - len(line))]
