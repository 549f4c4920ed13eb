"""The process: the file is its input, the rows are its output, a problem is its last word."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

from portfolios.parsing.delimited import delimited
from portfolios.parsing.headings import with_headings
from portfolios.parsing.kinds import Kind, kind_of
from portfolios.parsing.layout import Layout, layout_of
from portfolios.parsing.limits import MEMORY, MEMORY_OF_WORKBOOKS, OUTPUT, confine
from portfolios.parsing.problem import REFUSED, ProblemError
from portfolios.parsing.records import records
from portfolios.parsing.workbook import workbook

TOO_MUCH = "it needs more memory than a file may take: {}"
ADVICE = {
    Kind.WORKBOOK: "save the sheet as “CSV UTF-8”, which needs little",
    Kind.DELIMITED: "split it into several files",
    Kind.JSON: "export less at once",
}


def main(suffix: str, argument: str) -> int:
    """Write the table of the file at the standard input; return how that ended."""
    # What is looked up at the first use has to be there before no file can be opened any more.
    for encoding in ("utf-8-sig", "cp437"):
        codecs.lookup(encoding)
    layout, kind = layout_of(argument), None
    is_workbook = suffix.lower() in Kind.WORKBOOK.value
    confine(MEMORY_OF_WORKBOOKS if is_workbook else MEMORY)
    try:
        kind = kind_of(sys.stdin.buffer, suffix)
        _write(_rows(sys.stdin.buffer, kind, layout), layout)
    except ProblemError as problem:
        sys.stderr.write(str(problem))
        return REFUSED
    except RecursionError:
        sys.stderr.write("it is nested too deeply")
        return REFUSED
    except MemoryError:
        sys.stderr.write(TOO_MUCH.format(ADVICE[kind or Kind.DELIMITED]))
        return REFUSED
    return 0


def _rows(file: BinaryIO, kind: Kind, layout: Layout) -> Iterator[list[str]]:
    if kind is Kind.WORKBOOK:
        return workbook(file, layout.sheet)
    if kind is Kind.JSON:
        return records(file, layout)
    return delimited(file)


def _write(rows: Iterator[list[str]], layout: Layout) -> None:
    encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
    left = OUTPUT
    for row in with_headings(rows, layout.heading_rows):
        line = f"{encode(row)}\n".encode()
        left -= len(line)
        if left < 0:
            raise ProblemError("it holds too much text: split it into several files")
        sys.stdout.buffer.write(line)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
