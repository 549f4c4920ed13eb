"""What the process that reads a file may use.

The system holds it to that: whatever a file makes a reader of formats do, there is nothing to
gain, and nobody else has to pay.
"""

from __future__ import annotations

import resource

MEMORY = 120 << 20
"""Bytes, with the program itself."""
MEMORY_OF_WORKBOOKS = 140 << 20
"""Their reader holds the whole sheet: a million cells of text."""
SECONDS = 12
"""Of a processor."""
OUTPUT = 64 << 20
"""Bytes; they wait in a file, which may be in memory, too."""
MOST_ROWS = 100_000
MOST_COLUMNS = 2_000
LONGEST_CELL = 1_000_000
"""Characters."""

_STANDARD_STREAMS = 3


def confine(memory: int = MEMORY) -> None:
    """Give up everything but reading, computing and writing; before the first byte is read."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 2 * OUTPUT),
        (resource.RLIMIT_CORE, 0),
        # No other file can be opened, and no socket: a socket is a file, too.
        (resource.RLIMIT_NOFILE, _STANDARD_STREAMS),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))
    # At the first limit it can be told why, at the second it is killed like for anything else.
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
