"""The table of a file as text, with the row numbers of a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portfolios.importing.report import Rejection, UnreadableFileError, refuse_too_many
from portfolios.importing.template import Cells
from portfolios.parsing.layout import FAILED, Layout
from portfolios.parsing.problem import ProblemError
from portfolios.parsing.process import parsed


class Rows(Mapping[int, Cells]):
    """The rows of a file by number, each with the text of its cells by heading.

    Only the texts are kept: a file has many rows, and few are looked at twice.
    """

    def __init__(self, headings: list[str]) -> None:
        """Begin without a row."""
        self._headings = headings
        self._texts: dict[int, tuple[str, ...]] = {}

    def add(self, number: int, texts: Iterable[str]) -> None:
        """Add a row."""
        self._texts[number] = tuple(texts)

    def add_columns(self, names: list[str], texts_of: Callable[[Cells], list[str]]) -> None:
        """Add columns to every row, with what its other cells say of them."""
        added = {number: tuple(texts_of(cells)) for number, cells in self.items()}
        self._headings += names
        for number, texts in added.items():
            self._texts[number] += texts

    def __getitem__(self, number: int) -> Cells:
        """Return a row's cells."""
        return dict(zip(self._headings, self._texts[number], strict=True))

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers of the rows."""
        return iter(self._texts)

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._texts)


@dataclass
class Table:
    """The rows of a file, and what is wrong with its headings and rows."""

    headings: list[str]
    heading_errors: list[Rejection]
    nameless: int = 0
    """How many columns at the end have no heading; they must be empty."""
    rejections: list[Rejection] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without a row."""
        self.rows = Rows(self.headings)

    @property
    def number_of_rows(self) -> int:
        """How many rows the file has, those included that do not fit the headings."""
        return len(self.rows.keys() | {rejection.row for rejection in self.rejections})


def read_table(path: Path, layout: Layout) -> Table:
    """Read the file.

    Rows without any text are skipped. A row that does not fit the headings is rejected.
    """
    try:
        return _table(path, parsed(path, layout), layout.heading_rows)
    except OSError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error.strerror}") from error
    except ProblemError as problem:
        raise UnreadableFileError(f"{path.name}: {problem}") from problem


def _table(path: Path, records: Iterator[list[str]], heading_rows: int) -> Table:
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
    table = Table(_distinct(headings), [], width - len(headings))
    table.heading_errors += _bad_headings(table.headings)
    # Columns repeat their texts: each is kept in memory once.
    known: dict[str, str] = {}
    for number, record in enumerate(records, start=1 + heading_rows):
        cells = [known.setdefault(cell, cell) for cell in map(_cell, record)]
        if any(cells):
            _take(table, number, cells)
            refuse_too_many(table.rejections)
    return table


def _cell(text: str) -> str:
    """Drop the blanks around a text; a tab in front may be meant: it tames formulas."""
    return text.strip(" \n") if text.strip() else ""


def _distinct(headings: list[str]) -> list[str]:
    """Number the headings that are there several times: Labels (1), Labels (2)."""
    several = {heading for heading, times in Counter(headings).items() if heading and times > 1}
    seen: Counter[str] = Counter()
    names = []
    for heading in headings:
        seen[heading] += 1
        names.append(nth(heading, seen[heading]) if heading in several else heading)
    return names


def nth(heading: str, number: int) -> str:
    """Name one of several columns with the same heading."""
    return f"{heading} ({number})"


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
    flaws = [Rejection(number, heading, flaw) for heading, flaw in _flaws(table, record)]
    table.rejections += flaws
    if not flaws:
        table.rows.add(number, record)


def _flaws(table: Table, record: list[str]) -> Iterator[tuple[str, str]]:
    for heading, text in zip(table.headings, record, strict=True):
        if text == FAILED:
            yield heading, "the formula of this cell failed"
        elif "\0" in text:
            yield heading, "there is a null or a broken character in this cell"
