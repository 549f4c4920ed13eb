"""Cells of a workbook whose formula failed, such as #REF!.

The reader of workbooks returns them as empty cells, and empty means "not known": a budget would
be lost without a word. So they are looked for in the sheet's own XML.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import PurePosixPath
from zipfile import ZipFile

Place = tuple[int, int]
"""Row and column, both from 1."""

LARGEST_INDEX = 1_000_000
"""Bytes of the parts that name the sheets."""
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*\bt=\"e\"[^>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")
_LETTERS = 26


def sheet_part(archive: ZipFile, sheet: str) -> str:
    """Return the name of the archive's part that holds the sheet."""
    book = _index(archive, "xl/workbook.xml")
    relations = _index(archive, "xl/_rels/workbook.xml.rels")
    targets = {tag["Id"]: tag["Target"] for tag in map(_attributes, _RELATION.findall(relations))}
    links = {unescape(tag["name"]): tag["r:id"] for tag in map(_attributes, _SHEET.findall(book))}
    target = PurePosixPath("/xl") / targets[links[sheet]]
    return str(target).removeprefix("/")


def failed_cells(piece: bytes) -> set[Place]:
    """Return where formulas failed in a piece of a sheet's XML."""
    text = piece.decode("utf-8", "replace")
    return {_place(_attributes(cell)["r"]) for cell in _CELL.findall(text)}


def _index(archive: ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(LARGEST_INDEX).decode("utf-8", "replace")


def _attributes(tag: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(tag))


def _place(reference: str) -> Place:
    match = _REFERENCE.fullmatch(reference)
    letters, row = match.groups() if match else ("A", "1")
    return int(row), column_number(letters)


def column_number(letters: str) -> int:
    """Return the number of a column: 1 for A, 27 for AA."""
    column = 0
    for letter in letters.upper():
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return column
