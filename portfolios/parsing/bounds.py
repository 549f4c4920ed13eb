"""Workbooks that would not fit into memory, and archives that are none.

A workbook of some kilobytes can unpack to gigabytes. And its reader holds every cell between the
first and the last one: of two cells in opposite corners, hundreds of gigabytes. Both are looked
at before, to say so in a sentence; the limits of the process stand behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from stat import S_ISLNK
from zipfile import ZipFile, ZipInfo

from portfolios.parsing.formula_errors import column_number
from portfolios.parsing.problem import ProblemError

LARGEST_UNPACKED = 200_000_000
"""Bytes."""
MOST_CELLS = 10_000_000
MOST_PARTS = 5_000
_CHUNK = 1 << 18
_ENCRYPTED = 1
# They may stand in text too, or name empty cells: better too many than one too few. Without them,
# rows and cells count on.
_PLACE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]{0,3})(\d{1,7})")
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def refuse_oversized(archive: ZipFile) -> None:
    """Refuse a workbook that unpacks to too much, or whose cells are spread too far apart."""
    members = archive.infolist()
    _refuse_strange(members)
    left = LARGEST_UNPACKED
    for member in members:
        extent = _Extent()
        for piece in pieces(archive, member, left):
            left -= len(piece)
            if left < 0:
                raise ProblemError("the workbook is too large when unpacked")
            _refuse_declared(member.filename, piece)
            extent.add(piece)
        extent.refuse_spread()


def pieces(archive: ZipFile, member: ZipInfo, most: int) -> Iterator[bytes]:
    """Unpack a part in pieces that split no tag, until there is more than allowed."""
    # What the archive says of the size may be a lie; then it would be cut off there.
    member.file_size = most + _CHUNK
    rest = b""
    with archive.open(member) as part:
        while most >= 0 and (chunk := part.read(_CHUNK)):
            most -= len(chunk)
            whole, tag, begun = (rest + chunk).rpartition(b"<")
            # A text without a tag goes on as it is: a tag is not that long.
            if len(begun) > _CHUNK:
                whole, tag, begun = whole + tag + begun, b"", b""
            rest = tag + begun
            yield whole
    yield rest


def _refuse_declared(name: str, piece: bytes) -> None:
    """Refuse what a reader of XML could expand or call, and a writing that could hide it."""
    if _DECLARATION.search(piece):
        raise ProblemError(f"{name} declares entities, as no workbook does: save it again")
    if name.endswith((".xml", ".rels")) and b"\0" in piece:
        raise ProblemError(f"{name} is no UTF-8, as in no workbook: save it again")


def _refuse_strange(members: list[ZipInfo]) -> None:
    if len(members) > MOST_PARTS:
        raise ProblemError(f"it has {len(members):,} parts, as no workbook has")
    names = [member.filename for member in members]
    if "xl/workbook.xml" not in names:
        raise ProblemError("this is an archive, but no Excel workbook (.xlsx)")
    if len(set(names)) < len(names):
        raise ProblemError("it has two parts of one name, as no workbook has")
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise ProblemError("it has a password: save it without one")
        place = PurePosixPath(member.filename)
        if place.is_absolute() or ".." in place.parts or S_ISLNK(member.external_attr >> 16):
            raise ProblemError(f"it has a part “{member.filename[:80]}”, as no workbook has")


@dataclass
class _Extent:
    """The last row and the last column in which a sheet may have a cell."""

    rows: int = 0
    columns: int = 0
    counted: int = 0
    """Rows, for those that do not say their number."""
    cells: int = 0
    """Of the last row, for the same reason."""

    def add(self, piece: bytes) -> None:
        """Look at some more of the sheet."""
        places = _PLACE.findall(piece)
        self.rows = max(self.rows, *(int(row) for _, row in places), 0)
        letters = {letters.decode() for letters, _ in places}
        first, *others = (len(_CELL.findall(row)) for row in _ROW.split(piece))
        self.cells += first
        self.columns = max(self.columns, self.cells, *others, *map(column_number, letters))
        self.counted += len(others)
        self.cells = others[-1] if others else self.cells

    def refuse_spread(self) -> None:
        """Refuse cells that are spread too far apart."""
        rows = max(self.rows, self.counted)
        if rows * self.columns > MOST_CELLS:
            raise ProblemError(
                f"cells are spread over {rows} rows and {self.columns} columns: "
                "delete those far away"
            )
