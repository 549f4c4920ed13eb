"""Cells of a workbook whose formula failed, such as #REF!.

The reader of workbooks returns them as empty cells, and empty means "not known": a budget would
be lost without a word. So they are looked for in the sheet's own XML.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

Place = tuple[int, int]
"""Row and column, both from 1."""

_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_CELL = re.compile(r"<(?:\w+:)?c\s([^>]*\bt=\"e\"[^>]*)>")
_ATTRIBUTE = re.compile(r"([\w:]+)=\"([^\"]*)\"")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")
_LETTERS = 26


def formula_errors(path: Path, sheet: str) -> set[Place]:
    """Return where the sheet's formulas failed; KeyError if the archive is no workbook."""
    with ZipFile(path) as archive:
        part = _part(archive, sheet)
        text = archive.read(part).decode("utf-8", "replace")
    return {_place(_attributes(cell)["r"]) for cell in _CELL.findall(text)}


def _part(archive: ZipFile, sheet: str) -> str:
    """Return the name of the archive's file that holds the sheet."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets = {tag["Id"]: tag["Target"] for tag in map(_attributes, _RELATION.findall(relations))}
    links = {unescape(tag["name"]): tag["r:id"] for tag in map(_attributes, _SHEET.findall(book))}
    target = PurePosixPath("/xl") / targets[links[sheet]]
    return str(target).removeprefix("/")


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
