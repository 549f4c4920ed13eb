"""What an import did, what it refused, and how both are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_REJECTIONS = 10_000
NAMED = 5
"""How many new roots are named."""
GRANT = "run.py manage grant USER ROLE CODE"


Say = Callable[[str, int, int], None]
"""Is told what is being done now, and how many of how many things were done before it."""


def say_nothing(line: str, done: int, total: int) -> None:
    """Keep quiet."""


class MappingError(Exception):
    """The mapping itself is wrong; the sentence says where."""


class UnreadableFileError(Exception):
    """The file cannot be read at all; the sentence says why."""


class RefusedError(Exception):
    """The database refused a whole level; the sentence is its own."""


@dataclass(frozen=True, order=True)
class Rejection:
    """A row that cannot be imported. Rows count as in a spreadsheet: the heading is row 1.

    `column` holds the headings at fault, or the mapping's key where the value is a constant.
    """

    row: int
    column: str
    reason: str
    level: str = ""

    def __str__(self) -> str:
        """Say where and why."""
        place = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.reason}"


def refuse_too_many(rejections: Sequence[Rejection]) -> None:
    """Refuse a file whose faults would fill the memory; then it is not a matter of rows."""
    if len(rejections) > MOST_REJECTIONS:
        raise UnreadableFileError(
            f"More than {MOST_REJECTIONS:,} cells cannot be imported, first in {rejections[0]}"
        )


@dataclass
class Count:
    """What became of the things that one part of the mapping makes."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    moved: int = 0
    rejected: int = 0


@dataclass
class Report:
    """What an import did, by part of the mapping, and every rejection."""

    rows_read: int = 0
    counts: dict[str, Count] = field(default_factory=dict)
    baselines: int = 0
    status_dates: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """The rows that the mapping has no place for, by the reason."""
    written: bool = False
    dry_run: bool = False
    new_roots: list[str] = field(default_factory=list)
    """The codes of new roots: nobody has a role on them yet."""
    component_ids: list[int] = field(default_factory=list)
    """The components that the rows are about; of tasks the projects that they belong to."""

    @property
    def rejected_rows(self) -> frozenset[int]:
        """The numbers of the rows that were rejected."""
        return frozenset(rejection.row for rejection in self.rejections)

    @property
    def has_changes(self) -> bool:
        """Tell whether anything was written, if only to be taken back."""
        counts = self.counts.values()
        return any(count.created or count.updated or count.moved for count in counts)

    def is_acceptable(self, partial: bool) -> bool:
        """Tell whether there is something to write: no row is rejected, or some are left."""
        return not self.rejections or (partial and len(self.rejected_rows) < self.rows_read)

    def count_rejections(self) -> None:
        """Count for each part the rows that it rejected."""
        for name, count in self.counts.items():
            rows = {rejection.row for rejection in self.rejections if rejection.level == name}
            count.rejected = len(rows)

    def take_back(self) -> None:
        """Count nothing as done: what was written has been rolled back."""
        self.baselines = self.status_dates = 0
        for count in self.counts.values():
            count.created = count.updated = count.moved = 0

    def lines(self) -> Iterator[str]:
        """Tell it to a person."""
        yield f"{self.rows_read} rows read, {len(self.rejected_rows)} rejected{self._rest()}"
        width = max(map(len, self.counts), default=0)
        for name, count in self.counts.items():
            told = ", ".join(f"{number} {word}" for word, number in asdict(count).items())
            yield f"{name:{width}}  {told}"
        if self.baselines:
            yield f"{self.baselines} baselines taken"
        if self.status_dates:
            yield f"{self.status_dates} status dates set"
        for reason, rows in self.left_out.most_common():
            yield f"{rows} left out, as {reason}"
        yield from map(str, self.rejections)
        yield self._verdict()
        if self.written and self.new_roots:
            codes = ", ".join(self.new_roots[:NAMED]) + ", …" * (len(self.new_roots) > NAMED)
            yield f"Nobody but administrators can see {codes} yet: {GRANT}"

    def _verdict(self) -> str:
        if self.dry_run:
            return "dry run: nothing was written"
        if not self.written:
            return "nothing was written"
        is_changed = self.has_changes or self.baselines or self.status_dates
        return "written" if is_changed else "nothing to change"

    def summary(self) -> str:
        """Tell it in two sentences."""
        rows = f"{self.rows_read} row{'' if self.rows_read == 1 else 's'} read"
        verdict = "nothing is written yet" if self.dry_run else self._verdict()
        rejected = len(self.rejected_rows)
        return f"{rows}, {rejected} rejected{self._rest()}. {verdict.capitalize()}."

    def _rest(self) -> str:
        """Tell of the rows that are neither imported nor rejected."""
        return f", {self.left_out.total()} left out" if self.left_out else ""

    def as_json(self) -> dict[str, Any]:
        """Tell it to a program."""
        return {
            "rows_read": self.rows_read,
            "rows_rejected": len(self.rejected_rows),
            "rows_left_out": self.left_out.total(),
            "left_out": [
                {"reason": reason, "rows": rows} for reason, rows in self.left_out.most_common()
            ],
            "written": self.written,
            "dry_run": self.dry_run,
            "levels": [{"level": name, **asdict(count)} for name, count in self.counts.items()],
            "baselines_taken": self.baselines,
            "status_dates_set": self.status_dates,
            "rejections": [asdict(rejection) for rejection in self.rejections],
        }
