"""Workbooks that would not fit into memory.

A workbook of some kilobytes can unpack to gigabytes. And its reader holds every cell between the
first and the last one: of two cells in opposite corners, hundreds of gigabytes. It then ends the
whole process, so both are looked at before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from portfolios.importing.formula_errors import column_number
from portfolios.importing.report import UnreadableFileError

LARGEST_UNPACKED = 200_000_000
"""Bytes."""
MOST_CELLS = 10_000_000
_CHUNK = 1 << 20
# They may stand in text too, or name empty cells: better too many than one too few. Without them,
# rows and cells count on.
_PLACE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{0,3})(\d{1,7})")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")


def refuse_oversized(path: Path) -> None:
    """Refuse a workbook that unpacks to too much, or whose cells are spread too far apart."""
    with ZipFile(path) as archive:
        left = LARGEST_UNPACKED
        for member in archive.infolist():
            part = b"".join(_chunks(archive, member, left))
            left -= len(part)
            if left < 0:
                raise UnreadableFileError(f"{path.name}: the workbook is too large when unpacked")
            rows, columns = _extent(part)
            if rows * columns > MOST_CELLS:
                raise UnreadableFileError(
                    f"{path.name}: cells are spread over {rows} rows and {columns} columns: "
                    "delete those far away"
                )


def _chunks(archive: ZipFile, member: ZipInfo, left: int) -> Iterator[bytes]:
    """Unpack a part of the archive, until there is more of it than is left."""
    # What the archive says of the size may be a lie; then it would be cut off there.
    member.file_size = left + _CHUNK
    with archive.open(member) as part:
        while left >= 0 and (chunk := part.read(_CHUNK)):
            left -= len(chunk)
            yield chunk


def _extent(part: bytes) -> tuple[int, int]:
    """Return the last row and the last column in which a sheet may have a cell."""
    places, rows = _PLACE.findall(part), _ROW.split(part)
    letters = {letters.decode() for letters, _ in places}
    last_row = max((int(row) for _, row in places), default=0)
    last_column = max(map(column_number, letters), default=0)
    longest = max(len(_CELL.findall(row)) for row in rows)
    return max(last_row, len(rows) - 1), max(last_column, longest)
