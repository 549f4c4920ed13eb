"""What has to be known of a file to find its table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

FAILED = "\0failed"
"""Stands for a cell whose formula failed; no cell can say that itself."""


@dataclass(frozen=True)
class Layout:
    """Where the table is: on which sheet, below how many rows of headings, in which list.

    `sheet` is of a workbook, None takes the first. `records` and `refers` are of JSON: the list
    whose entries are the rows (none: the one that looks like it), and for a field that holds the
    `id` of an entry of another list, that list.
    """

    sheet: str | None = None
    heading_rows: int = 1
    records: str = ""
    refers: Mapping[str, str] = field(default_factory=dict)

    def as_argument(self) -> str:
        """Write it for the command line of the process that reads the file."""
        return json.dumps(asdict(self))


def layout_of(argument: str) -> Layout:
    """Read what `as_argument` wrote."""
    return Layout(**json.loads(argument))
