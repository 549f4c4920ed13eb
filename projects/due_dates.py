"""What is due next in a project: key milestones and deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from projects.breakdown import Line, breakdown
from projects.performance import Performance


@dataclass(frozen=True)
class DueDate:
    """A date by which a task is to be finished, seen from the status date."""

    line: Line
    as_of: date

    @property
    def is_deadline(self) -> bool:
        """Whether the deadline comes first, not the planned finish."""
        deadline = self.line.plan.deadline
        return deadline is not None and deadline <= self.line.finish

    @property
    def date(self) -> date:
        """The deadline or the planned finish, whichever comes first."""
        return min(self.line.plan.deadline or self.line.finish, self.line.finish)

    @property
    def overdue_days(self) -> int:
        """For how many days it has passed."""
        return max((self.as_of - self.date).days, 0)


def due_dates(work: Performance, *, as_of: date) -> list[DueDate]:
    """List the key milestones and deadlines of what is unfinished, the first one first."""
    open_lines = (
        line
        for line in breakdown(work)
        if (line.plan.is_key or line.plan.deadline) and not line.is_complete
    )
    return sorted((DueDate(line, as_of) for line in open_lines), key=lambda due: due.date)
