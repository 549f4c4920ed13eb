"""Reading a table from CSV or XLSX as text, with the row numbers of a spreadsheet."""

from __future__ import annotations

import csv
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO
from zipfile import BadZipFile

from python_calamine import CalamineError, CalamineWorkbook, load_workbook

from portfolios.importing.bounds import refuse_oversized
from portfolios.importing.formula_errors import formula_errors
from portfolios.importing.report import Rejection, UnreadableFileError

LONGEST_CELL = 10_000_000
EXCEL_DIGITS = 15
FAILED = "\0failed"
"""Stands for a cell whose formula failed; no cell can say that itself."""
DELIMITERS = ",;\t"
BROKEN = (
    OSError,
    csv.Error,
    CalamineError,
    # What an archive raises that was cut off, mixed up, encrypted, or is none of a workbook.
    BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,
)
_ARCHIVE = b"PK\x03\x04"
_UNDECODED = re.compile("[\udc80-\udcff]")
_LOOK = 1024


@dataclass
class Table:
    """The rows of a file by number, each with the text of its cells by heading."""

    headings: list[str]
    heading_errors: list[Rejection]
    nameless: int = 0
    """How many columns at the end have no heading; they must be empty."""
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def number_of_rows(self) -> int:
        """How many rows the file has, those included that do not fit the headings."""
        return len(self.rows.keys() | {rejection.row for rejection in self.rejections})


def read_table(path: Path, sheet: str | None) -> Table:
    """Read the file; `sheet` names the sheet of a workbook, None takes the first.

    Rows without any text are skipped. A row that does not fit the headings is rejected.
    """
    try:
        _refuse_misnamed(path)
        return _table(path, _workbook(path, sheet) if _is_workbook(path) else _csv(path))
    except BROKEN as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}") from error


def _table(path: Path, records: Iterator[list[str]]) -> Table:
    headings = next(records, None)
    if headings is None:
        raise UnreadableFileError(f"{path.name} is empty")
    if any("\0" in heading for heading in headings):
        raise UnreadableFileError(
            f"{path.name}: a heading has a null character or a formula that failed"
        )
    width = len(headings)
    while headings and not headings[-1]:
        headings.pop()
    table = Table(headings, list(_bad_headings(headings)), width - len(headings))
    for number, record in enumerate(records, start=2):
        if any(record):
            _take(table, number, record)
    return table


def _is_workbook(path: Path) -> bool:
    return path.suffix.lower() in {".xlsx", ".xlsm"}


def _refuse_misnamed(path: Path) -> None:
    """Refuse a workbook that is named as text, and text that is named as a workbook."""
    with path.open("rb") as file:
        start = file.read(_LOOK)
    is_archive = start.startswith(_ARCHIVE)
    if is_archive and not _is_workbook(path):
        raise UnreadableFileError(f"{path.name}: this is a workbook: name it .xlsx")
    # An encrypted or an older workbook is neither: it is binary, but no archive.
    if start and not is_archive and _is_workbook(path) and b"\0" not in start:
        raise UnreadableFileError(f"{path.name}: this is text: name it .csv")


def _csv(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=_delimiter(file), strict=True)
        # Columns repeat their texts: each is kept in memory once.
        known: dict[str, str] = {}
        try:
            for number, record in enumerate(reader, start=1):
                if _UNDECODED.search("".join(record)):
                    raise UnreadableFileError(
                        f"{path.name} is not UTF-8 in row {number}: save it as “CSV UTF-8”"
                    )
                yield [known.setdefault(cell, cell) for cell in map(str.strip, record)]
        except csv.Error as error:
            raise UnreadableFileError(f"{path.name}, line {reader.line_num}: {error}") from error


def _delimiter(file: TextIO) -> str:
    """Return the comma, unless it leaves the headings whole and another delimiter does not."""
    widths = {}
    for delimiter in DELIMITERS:
        widths[delimiter] = len(next(csv.reader(file, delimiter=delimiter), []))
        file.seek(0)
    return "," if widths[","] > 1 else max(widths, key=lambda delimiter: widths[delimiter])


def _workbook(path: Path, sheet: str | None) -> Iterator[list[str]]:
    refuse_oversized(path)
    workbook: CalamineWorkbook = load_workbook(path)
    if not workbook.sheet_names:
        raise UnreadableFileError(f"{path.name} has no sheet")
    if sheet is not None and sheet not in workbook.sheet_names:
        raise UnreadableFileError(f"{path.name} has no sheet “{sheet}”")
    name = sheet or workbook.sheet_names[0]
    failed = formula_errors(path, name)
    records = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for row, record in enumerate(records, start=1):
        yield [
            FAILED if (row, column) in failed else _text(cell)
            for column, cell in enumerate(record, start=1)
        ]


def _text(cell: Any) -> str:
    """Return what the cell says. Excel keeps 15 digits of a number; the rest is noise."""
    if isinstance(cell, float):
        return f"{cell:.{EXCEL_DIGITS}g}"
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


def _bad_headings(headings: Iterable[str]) -> Iterator[Rejection]:
    seen: set[str] = set()
    for heading in headings:
        if not heading:
            yield Rejection(1, "", "a column has no heading")
        elif heading in seen:
            yield Rejection(1, heading, "this heading is there twice")
        seen.add(heading)


def _take(table: Table, number: int, record: list[str]) -> None:
    """Add a row to the table; one with other cells than headings may be shifted."""
    width = len(table.headings)
    # A sheet is a rectangle: cells beyond the headings are there, but empty. A row of a CSV file
    # that is longer than the row of headings is not: its last cells may have been empty before.
    if len(record) == width + table.nameless:
        while len(record) > width and not record[-1]:
            record.pop()
    if len(record) != width:
        reason = f"has {len(record)} cells, but there are {width} headings: it may be shifted"
        table.rejections.append(Rejection(number, "", reason))
        return
    cells = dict(zip(table.headings, record, strict=True))
    flaws = [Rejection(number, heading, flaw) for heading, flaw in _flaws(cells)]
    table.rejections += flaws
    if not flaws:
        table.rows[number] = cells


def _flaws(cells: dict[str, str]) -> Iterator[tuple[str, str]]:
    for heading, text in cells.items():
        if text == FAILED:
            yield heading, "the formula of this cell failed"
        elif "\0" in text:
            yield heading, "there is a null character in this cell"
