"""Having a file read by a process of its own, and taking nothing from it but texts."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from portfolios.parsing.layout import Layout
from portfolios.parsing.problem import REFUSED, ProblemError

PATIENCE = 18
"""Seconds on the clock; of the processor there are fewer."""
LONGEST_PROBLEM = 500
TOO_LONG = "it takes too long to read: split it into several files"
TOO_MUCH = "it needs more memory than a file may take: save it as “CSV UTF-8”, or split it"
DAMAGED = "it cannot be read: it is damaged"
_ROOT = Path(__file__).resolve().parents[2]
_ENDS = {
    -signal.SIGXCPU: TOO_LONG,
    # The reader of workbooks cannot go on without memory, nor can the system.
    -signal.SIGABRT: TOO_MUCH,
    -signal.SIGKILL: TOO_MUCH,
}


def parsed(path: Path, layout: Layout) -> Iterator[list[str]]:
    """Yield the headings, then every row below them, once the whole file has been read."""
    # The rows wait on disk until the last one is sound, so that a file which is refused costs
    # the caller nothing.
    with path.open("rb") as file, TemporaryFile() as rows, TemporaryFile() as said:
        end = _run(path.suffix, layout, file, rows, said)
        if end:
            said.seek(0)
            raise ProblemError(_sentence(end, said.read(LONGEST_PROBLEM * 4)))
        rows.seek(0)
        yield from map(_row, rows)


def _row(line: bytes) -> list[str]:
    """Take a row, if it is nothing but texts."""
    try:
        row: list[str] = json.loads(line)
        "".join(row)
    except (ValueError, TypeError) as error:
        raise ProblemError(DAMAGED) from error
    return row


def _run(suffix: str, layout: Layout, file: BinaryIO, rows: BinaryIO, said: BinaryIO) -> int:
    command = [sys.executable, "-s", "-E", "-X", "utf8", "-m", "portfolios.parsing", suffix]
    try:
        return subprocess.run(  # noqa: S603 the program is our own
            [*command, layout.as_argument()],
            stdin=file,
            stdout=rows,
            stderr=said,
            timeout=PATIENCE,
            cwd=_ROOT,
            # Nothing that is secret: no key, no address of a database.
            env={},
            check=False,
        ).returncode
    except subprocess.TimeoutExpired as error:
        raise ProblemError(TOO_LONG) from error


def _sentence(end: int, said: bytes) -> str:
    if end == REFUSED:
        return said.decode("utf-8", "replace")[:LONGEST_PROBLEM]
    return _ENDS.get(end, DAMAGED)
