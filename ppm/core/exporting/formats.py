"""What a file looks like: CSV, a workbook, or a JSON object a line.

Numbers stay numbers and dates dates; text is text, whatever it begins with.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any, Protocol

import xlsxwriter  # type: ignore[import-untyped]

from ppm.core.exporting.columns import Column
from ppm.core.exporting.parts import Parts
from ppm.core.jobs import JobRefusedError
from ppm.core.spreadsheet import MARK, harmless

MOST_ROWS = 1_048_576
"""Rows of a sheet, the headings among them."""
LONGEST = 32_767
"""Characters of a cell."""
CUT = " … (cut)"
WIDTH = 16
TOO_MANY = (
    f"A sheet holds {MOST_ROWS - 1:,} rows, and the list has more. Narrow the list, or take CSV."
)

About = Mapping[str, str]
"""What the file says of itself."""


class File(Protocol):
    """A file to be filled."""

    def add(self, rows: Sequence[Any]) -> None:
        """Add rows as the API writes them."""

    def close(self) -> None:
        """Write what is left."""


class CsvFile:
    """Text in UTF-8 with commas; it begins with the mark that spreadsheets need.

    What is no number is quoted where a spreadsheet would compute it.
    """

    suffix = "csv"

    def __init__(self, parts: Parts, columns: Sequence[Column], about: About) -> None:
        """Write the headings."""
        self.parts, self.columns = parts, columns
        self._write([[column.name for column in columns]], MARK)

    def add(self, rows: Sequence[Any]) -> None:
        """Write a line each."""
        self._write([[self._cell(column, row) for column in self.columns] for row in rows])

    def _cell(self, column: Column, row: Any) -> str:
        value = column.of(row)
        if isinstance(value, str):
            # The API writes amounts as text: by their kind they are numbers.
            return value if column.read is float else harmless(value)
        return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)

    def _write(self, lines: Sequence[Sequence[str]], start: str = "") -> None:
        text = StringIO()
        csv.writer(text).writerows(lines)
        self.parts.write(f"{start}{text.getvalue()}".encode())

    def close(self) -> None:
        """All is written."""


class JsonLinesFile:
    """Each row as the API answers it, an object a line."""

    suffix = "jsonl"

    def __init__(self, parts: Parts, columns: Sequence[Column], about: About) -> None:
        """Begin."""
        self.parts, self.columns = parts, columns

    def add(self, rows: Sequence[Any]) -> None:
        """Write a line each."""
        lines = (json.dumps(self._kept(row), ensure_ascii=False, default=str) for row in rows)
        self.parts.write("".join(f"{line}\n" for line in lines).encode())

    def _kept(self, row: Any) -> dict[str, Any]:
        """Keep the columns that were asked for, in their parts."""
        kept: dict[str, Any] = {}
        for column in self.columns:
            *parts, name = column.path
            place, source = kept, row
            for part in parts:
                source = source[part]
                if source is None:
                    place[part] = None
                    break
                place = place.setdefault(part, {})
            else:
                place[name] = source[name]
        return kept

    def close(self) -> None:
        """All is written."""


class XlsxFile:
    """A workbook: a sheet of typed cells, and one that says what it is about."""

    suffix = "xlsx"

    def __init__(self, parts: Parts, columns: Sequence[Column], about: About) -> None:
        """Begin the sheet; its rows wait on disk, not in memory."""
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(parts, options)
        self.columns, self.about, self.row = columns, about, 0
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.strong = self.book.add_format({"bold": True})
        self.sheet = self.book.add_worksheet("Rows")
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, max(len(columns) - 1, 0), WIDTH)
        for place, column in enumerate(columns):
            self.sheet.write_string(0, place, column.name, self.strong)

    def add(self, rows: Sequence[Any]) -> None:
        """Write a row each."""
        if self.row + len(rows) >= MOST_ROWS:
            raise JobRefusedError(TOO_MANY)
        for row in rows:
            self.row += 1
            for place, column in enumerate(self.columns):
                self._write(place, column.typed(row))

    def _write(self, place: int, value: Any) -> None:
        """Write a cell as what it is; text by `write_string`, which makes no formulas or links."""
        at = (self.row, place)
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self.sheet.write_boolean(*at, value)
        elif isinstance(value, int | float):
            self.sheet.write_number(*at, value)
        elif isinstance(value, date):
            style = self.moment if isinstance(value, datetime) else self.day
            self.sheet.write_datetime(*at, value, style)
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            is_short = len(text) <= LONGEST
            self.sheet.write_string(*at, text if is_short else text[: LONGEST - len(CUT)] + CUT)

    def close(self) -> None:
        """Say on a second sheet what the first holds, and pack both."""
        sheet = self.book.add_worksheet("About")
        sheet.set_column(0, 1, 2 * WIDTH)
        for number, (name, value) in enumerate({**self.about, "Rows": str(self.row)}.items()):
            sheet.write_string(number, 0, name, self.strong)
            sheet.write_string(number, 1, value)
        self.book.close()
