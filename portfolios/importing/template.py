"""Templates of a mapping: text with columns in braces, such as `{agency_code|pad:3}-{id}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from portfolios.importing.report import MappingError

Cells = Mapping[str, str]
"""A row of the file: the text of each cell by its column's heading."""

_PIECES = re.compile(r"\{([^{}]*)\}")
_WIDTH = re.compile(r"\d{1,2}", re.ASCII)
_NO_CODE = re.compile(r"[^a-z0-9]+")


def _slug(text: str, _: str) -> str:
    return _NO_CODE.sub("-", text.lower()).strip("-")


FUNCTIONS: dict[str, Callable[[str, str], str]] = {
    "slug": _slug,
    "upper": lambda text, _: text.upper(),
    "lower": lambda text, _: text.lower(),
    "pad": lambda text, width: text.zfill(int(width)),
    "then": lambda _, instead: instead,
}
"""What a template can do with a cell, by name: the text and the argument after the colon."""


@dataclass(frozen=True)
class Piece:
    """Fixed text followed by a column's cell, after its functions; the last has no column."""

    text: str
    column: str = ""
    functions: tuple[tuple[str, str], ...] = ()

    def fill(self, cells: Cells) -> str:
        """Return the piece as it reads for the row."""
        cell = cells[self.column].strip() if self.column else ""
        for name, argument in self.functions:
            cell = FUNCTIONS[name](cell, argument)
        return self.text + cell


@dataclass(frozen=True)
class Template:
    """A text made of a row's cells; empty as soon as one of its columns is."""

    pieces: tuple[Piece, ...]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that it needs, in their order."""
        return tuple(piece.column for piece in self.pieces if piece.column)

    def fill(self, cells: Cells) -> str:
        """Return the text for the row."""
        if any(not cells[column] for column in self.columns):
            return ""
        if self.is_cell:
            return cells[self.columns[0]]
        return "".join(piece.fill(cells) for piece in self.pieces)

    @cached_property
    def is_cell(self) -> bool:
        """Tell whether it is one cell as it stands."""
        first, *others = self.pieces
        is_whole = bool(first.column) and not first.text and not first.functions
        return is_whole and others == [Piece("")]


def parse_template(source: str, where: str) -> Template:
    """Read a template; `where` is its place in the mapping, for the error's sentence."""
    parts = _PIECES.split(source)
    if any(brace in text for text in parts[::2] for brace in "{}"):
        raise MappingError(f"{where}: a brace in “{source}” has no partner")
    pieces = [
        _parse_piece(text, column, where)
        for text, column in zip(parts[0:-1:2], parts[1::2], strict=True)
    ]
    return Template((*pieces, Piece(parts[-1])))


def _parse_piece(text: str, inside: str, where: str) -> Piece:
    column, *calls = (part.strip() for part in inside.split("|"))
    if not column:
        raise MappingError(f"{where}: braces without a column")
    return Piece(text, column, tuple(_parse_call(call, where) for call in calls))


def _parse_call(call: str, where: str) -> tuple[str, str]:
    name, _, argument = call.partition(":")
    if name not in FUNCTIONS:
        raise MappingError(f"{where}: there is no function “{name}”, only {', '.join(FUNCTIONS)}")
    if name == "pad" and not _WIDTH.fullmatch(argument):
        raise MappingError(f"{where}: pad needs a width, as in pad:3")
    return name, argument
