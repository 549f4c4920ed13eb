"""Reading a sheet of a workbook as text."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from portfolios.parsing.bounds import LARGEST_UNPACKED, pieces, refuse_oversized
from portfolios.parsing.formula_errors import Place, failed_cells, sheet_part
from portfolios.parsing.layout import FAILED
from portfolios.parsing.problem import ProblemError

EXCEL_DIGITS = 15
BROKEN = (
    OSError,
    CalamineError,
    # What an archive raises that was cut off, mixed up, encrypted, or is none of a workbook.
    BadZipFile,
    NotImplementedError,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
)


def workbook(file: BinaryIO, name: str | None) -> Iterator[list[str]]:
    """Yield the rows of a sheet; of the first one if no name is given."""
    try:
        with ZipFile(file) as archive:
            refuse_oversized(archive)
            file.seek(0)
            sheet = _sheet(CalamineWorkbook.from_filelike(file), name)
            failed = _failed(archive, sheet_part(archive, sheet.name))
        yield from _texts(sheet, failed)
    except BROKEN as error:
        raise ProblemError(f"it cannot be read: {error}") from error


def _sheet(book: CalamineWorkbook, name: str | None) -> CalamineSheet:
    if not book.sheet_names:
        raise ProblemError("there is no sheet")
    if name is not None and name not in book.sheet_names:
        raise ProblemError(f"there is no sheet “{name}”")
    return book.get_sheet_by_name(name or book.sheet_names[0])


def _failed(archive: ZipFile, part: str) -> set[Place]:
    """Return where the sheet's formulas failed."""
    unpacked = pieces(archive, archive.getinfo(part), LARGEST_UNPACKED)
    return {place for piece in unpacked if b't="e"' in piece for place in failed_cells(piece)}


def _texts(sheet: CalamineSheet, failed: set[Place]) -> Iterator[list[str]]:
    if sheet.start is None:
        return
    left = [""] * sheet.start[1]
    for row, record in enumerate(sheet.iter_rows(), start=1):
        yield [
            FAILED if (row, column) in failed else _text(cell)
            for column, cell in enumerate([*left, *record], start=1)
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
    return str(cell)
