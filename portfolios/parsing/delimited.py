"""Reading text with a delimiter: CSV in all its dialects."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import TextIOWrapper
from typing import BinaryIO, TextIO

from portfolios.parsing.limits import LONGEST_CELL
from portfolios.parsing.problem import ProblemError

DELIMITERS = ",;\t"
_UNDECODED = re.compile("[\udc80-\udcff]")
_SENTENCES = {
    "field larger": f"a cell has more than {LONGEST_CELL:,} characters",
    "unexpected end": "a quoted cell is not closed",
    "' expected after '": "a quote stands within a quoted cell: double it",
}


def delimited(file: BinaryIO) -> Iterator[list[str]]:
    """Yield the records."""
    csv.field_size_limit(LONGEST_CELL)
    text = TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
    try:
        for number, record in enumerate(reader, start=1):
            if _UNDECODED.search("".join(record)):
                raise ProblemError(f"row {number} is not UTF-8: save it as “CSV UTF-8”")
            yield record
    except csv.Error as error:
        raise ProblemError(f"line {reader.line_num}: {_sentence(error)}") from error
    except MemoryError as error:
        raise ProblemError(f"line {reader.line_num + 1} is too long to be read") from error


def _delimiter(text: TextIO) -> str:
    """Return the comma, unless it leaves the headings whole and another delimiter does not."""
    widths = {}
    for delimiter in DELIMITERS:
        try:
            widths[delimiter] = len(next(csv.reader(text, delimiter=delimiter), []))
        except csv.Error as error:
            raise ProblemError(f"line 1: {_sentence(error)}") from error
        text.seek(0)
    return "," if widths[","] > 1 else max(widths, key=lambda delimiter: widths[delimiter])


def _sentence(error: csv.Error) -> str:
    said = str(error)
    return next((ours for part, ours in _SENTENCES.items() if part in said), said)
