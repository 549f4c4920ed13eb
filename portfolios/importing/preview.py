"""What a page shows of an uploaded file, and guesses from: read once, kept with the import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portfolios.importing.reading import Table, read_table
from portfolios.parsing.layout import Layout

ANY_LAYOUT = Layout()
FIRST_ROWS = 5
MOST_COLUMNS = 200
MOST_VALUES = 30
LONGEST_TEXT = 80
LONGEST_NAME = 60


@dataclass(frozen=True)
class Preview:
    """The headings that a mapping can name, the first rows, and the first values of each column.

    A column with more than `MOST_VALUES` different texts keeps one more than that.
    """

    sheet: str = ""
    row_count: int = 0
    headings: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return asdict(self)

    def has_all_values(self, heading: str) -> bool:
        """Tell whether all different texts of a column are known."""
        return len(self.values[heading]) <= MOST_VALUES


def read_preview(name: str, content: bytes, sheet: str, layout: Layout = ANY_LAYOUT) -> Preview:
    """Read the preview of a file; raise `UnreadableFileError` where it cannot be read."""
    with on_disk(name, content) as path:
        table = read_table(path, replace(layout, sheet=sheet or layout.sheet))
    headings = _usable(table.headings)
    first = list(table.rows.values())[:FIRST_ROWS]
    rows = [[_short(row[heading]) for heading in headings] for row in first]
    values = {heading: _values(table, heading) for heading in headings}
    return Preview(sheet, table.number_of_rows, headings, rows, values)


@contextmanager
def on_disk(name: str, content: bytes) -> Iterator[Path]:
    """Hold a file's content in a file of that name, for readers that need one."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name[-LONGEST_NAME:])
        path.write_bytes(content)
        yield path


def _usable(headings: list[str]) -> list[str]:
    """Keep the headings that the template of a mapping can name, each once."""
    named = [h for h in headings if h and not set(h) & set("{}|")]
    return list(dict.fromkeys(named))[:MOST_COLUMNS]


def _values(table: Table, heading: str) -> list[str]:
    found: dict[str, None] = {}
    for row in table.rows.values():
        if text := row[heading]:
            found[text] = None
        if len(found) > MOST_VALUES:
            break
    return list(found)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
