"""The file that a job makes, stored part by part: no more than a part is in memory."""

from __future__ import annotations

from hashlib import sha256

from ppm.core.models import Job, JobPart

PART = 1 << 20
"""Bytes of a part."""


class Parts:
    """A file to be written, from its beginning to its end."""

    def __init__(self, job: Job) -> None:
        """Begin; what an earlier attempt has left is not there, as it was not committed."""
        self.job, self.size, self.digest = job, 0, sha256()
        self._number, self._kept = 0, bytearray()

    def write(self, content: bytes) -> int:
        """Add to the file."""
        self.size += len(content)
        self.digest.update(content)
        self._kept += content
        while len(self._kept) >= PART:
            self._store(PART)
        return len(content)

    def flush(self) -> None:
        """Keep what is no whole part yet: the file's end stores it."""

    def close(self) -> None:
        """Store the rest."""
        if self._kept:
            self._store(len(self._kept))

    def _store(self, length: int) -> None:
        content = bytes(self._kept[:length])
        del self._kept[:length]
        JobPart.objects.create(job=self.job, number=self._number, content=content)
        self._number += 1
