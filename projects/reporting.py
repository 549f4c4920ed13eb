"""Reports of progress: the newest of each task, and what is unusual about one more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from ppm.core.models import AnyUser
from projects.models import Progress, Task


@dataclass(frozen=True)
class Reported:
    """How far a task had come, as it was said last."""

    percent: Decimal
    date: date


def newest_reports(tasks: QuerySet[Task], *, user: AnyUser) -> dict[int, Reported]:
    """Read the newest report of each task, of whatever date."""
    entries = Progress.objects.visible_to(user).filter(task__in=tasks)
    newest = entries.order_by("task", "-date", "-pk").distinct("task")
    return {
        task_id: Reported(percent, on)
        for task_id, percent, on in newest.values_list("task", "percent", "date")
    }


def doubts(
    on: date | None, percent: Decimal | None, *, newest: Reported | None, as_of: date | None
) -> list[str]:
    """Say what is unusual about a report: it may be a slip, and it cannot be taken back."""
    if on is None or percent is None:
        return []
    found = []
    if as_of is not None and on > as_of:
        found.append(future(on, as_of))
    if newest and on >= newest.date and percent < newest.percent:
        found.append(f"It goes down from {in_percent(newest.percent)} to {in_percent(percent)}.")
    return found


def future(on: date, as_of: date) -> str:
    """Say that a fact will only count on its day."""
    return f"{in_words(on)} lies after the status date, {in_words(as_of)}: it counts from then on."


def in_percent(percent: Decimal) -> str:
    """Write a percentage without idle zeros."""
    return f"{percent.normalize():f} %"


def in_words(day: date) -> str:
    """Write a date as 31 Aug 2012."""
    return f"{day.day} {day:%b %Y}"
