"""Columns that a mapping names and a file need not have.

Tools leave out columns that nobody has filled. And where a row names another of the same file,
such as its parent, a mapping can name the cells of that row: `{Parent.Issue Type}`.
"""

from __future__ import annotations

from portfolios.importing.mapping import Mapping
from portfolios.importing.reading import Table
from portfolios.importing.template import Cells

NOBODY: Cells = {}


def complete(table: Table, mapping: Mapping) -> None:
    """Add the columns that the mapping needs and may be missing, or are those of another row."""
    absent = [name for name in mapping.may_lack if name not in table.headings]
    if absent:
        table.rows.add_columns(absent, lambda _: [""] * len(absent))
    for column, key in mapping.lookups.items():
        own = f"{column}."
        needed = (name for name in mapping.columns() if name.startswith(own))
        names = {name: name.removeprefix(own) for name in needed if name not in table.headings}
        if names and {column, key, *names.values()} <= set(table.headings):
            _look_up(table, column, key, names)


def _look_up(table: Table, column: str, key: str, names: dict[str, str]) -> None:
    """Add the cells of the row whose `key` a row has in its `column`; empty if there is none."""
    numbers = {cells[key]: number for number, cells in table.rows.items() if cells[key]}

    def cells_of(cells: Cells) -> list[str]:
        number = numbers.get(cells[column])
        other = NOBODY if number is None else table.rows[number]
        return [other.get(there, "") for there in names.values()]

    table.rows.add_columns(list(names), cells_of)
