"""The work breakdown: all tasks in the order of their numbers, summaries with their sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from ppm.core.models.snapshot import total
from projects.performance import WHOLE, Performance, Plan, Report, TaskPerformance

DEEPEST = 9
"""How far a row is indented at most."""

Place = tuple[tuple[tuple[tuple[int, int, str], ...], int], ...]
"""Where a task stands: its WBS number below those of the tasks above it."""


class Numbered(Protocol):
    """A task, as far as its place is concerned."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def parent_id(self) -> int | None:
        """The id of the task above it."""

    @property
    def wbs(self) -> str:
        """Its WBS number."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True)
class Line:
    """A task of the breakdown, and the work packages at or below it, whose sums it shows."""

    plan: Plan
    work: Performance
    depth: int = 0
    is_summary: bool = False

    @property
    def indent(self) -> int:
        """How far the row is indented."""
        return min(self.depth, DEEPEST)

    @property
    def is_milestone(self) -> bool:
        """Whether it takes no time."""
        return self.plan.duration_minutes == 0

    @property
    def method(self) -> str:
        """The earning method in words; none of a summary."""
        return "" if self.is_summary else self.work.tasks[0].method

    @property
    def report(self) -> Report | None:
        """The newest report; none of a summary."""
        return None if self.is_summary else self.work.tasks[0].report

    @property
    def budget(self) -> Decimal | None:
        """The budget in the baseline; of what is in none, the present one."""
        if self.work.is_measured:
            return self.work.budget
        return total(*(task.plan.task_budget for task in self.work.tasks))

    @property
    def percent(self) -> Decimal | None:
        """How far it has come: as reported, else what is earned of the budget."""
        if not self.is_summary and self.work.tasks[0].takes_percent:
            return self.report.percent if self.report else None
        return WHOLE * self.work.earned / self.work.budget if self.work.budget else None

    @property
    def is_complete(self) -> bool:
        """Whether all of it is reported to be finished."""
        return bool(self.work.tasks) and all(task.is_complete for task in self.work.tasks)

    @property
    def start(self) -> date:
        """When the first of it starts."""
        starts = (task.plan.start_date for task in self.work.tasks)
        return min(starts, default=self.plan.start_date)

    @property
    def finish(self) -> date:
        """When the last of it finishes."""
        finishes = (task.plan.finish_date for task in self.work.tasks)
        return max(finishes, default=self.plan.finish_date)

    @property
    def baseline_start(self) -> date | None:
        """When the first of it was to start."""
        return min(
            filter(None, (task.plan.baseline_start for task in self.work.tasks)), default=None
        )

    @property
    def baseline_finish(self) -> date | None:
        """When the last of it was to finish."""
        return max(
            filter(None, (task.plan.baseline_finish for task in self.work.tasks)), default=None
        )

    @property
    def late_days(self) -> int | None:
        """How much later than in the baseline it finishes."""
        if not self.is_summary:
            return self.work.tasks[0].late_days
        return (self.finish - self.baseline_finish).days if self.baseline_finish else None

    @property
    def overdrawn_days(self) -> int:
        """By how many days it is to finish after its deadline."""
        return max((self.finish - self.plan.deadline).days, 0) if self.plan.deadline else 0


def wbs_key(wbs: str) -> tuple[tuple[int, int, str], ...]:
    """Order WBS numbers as people count: 1.10 comes after 1.9."""
    parts = wbs.split(".")
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)


def next_wbs(above: str, taken: Iterable[str]) -> str:
    """Tell the next free WBS number below another one, or on top where that is empty."""
    prefix = f"{above}." if above else ""
    rests = (wbs.removeprefix(prefix) for wbs in taken if wbs.startswith(prefix))
    return f"{prefix}{max((int(rest) for rest in rests if rest.isdecimal()), default=0) + 1}"


def in_order(tasks: Collection[N]) -> list[tuple[N, int]]:
    """Put all tasks of a project in the order of the breakdown, each with its depth."""
    places = _places(tasks)
    ordered = sorted(tasks, key=lambda task: places[task.id])
    return [(task, len(places[task.id]) - 1) for task in ordered]


def _places(tasks: Iterable[N]) -> dict[int, Place]:
    by_id = {task.id: task for task in tasks}
    places: dict[int, Place] = {}
    for task in by_id.values():
        chain = [task]
        while chain[-1].parent_id is not None and chain[-1].parent_id not in places:
            chain.append(by_id[chain[-1].parent_id])
        for link in reversed(chain):
            above = places[link.parent_id] if link.parent_id is not None else ()
            places[link.id] = (*above, (wbs_key(link.wbs), link.id))
    return places


def breakdown(work: Performance) -> list[Line]:
    """Put all tasks in the order of the breakdown: below each the tasks that it is made of."""
    measured = {task.plan.id: task for task in work.tasks}
    plans = {plan.id: plan for plan in (*work.summaries, *(task.plan for task in work.tasks))}
    summaries = {plan.id for plan in work.summaries}
    above: list[list[TaskPerformance]] = []
    lines = []
    for plan, depth in in_order(plans.values()):
        above = [*above[:depth], []]
        for packages in above if plan.id in measured else ():
            packages.append(measured[plan.id])
        lines.append(Line(plan, Performance(above[-1]), depth, plan.id in summaries))
    return lines


def packages(work: Performance) -> list[Line]:
    """List the work packages, those furthest behind first."""
    summaries = {plan.id for plan in work.summaries}
    return [
        Line(task.plan, Performance([task]), is_summary=task.plan.id in summaries)
        for task in work.tasks
    ]


def narrowed(lines: list[Line], ids: Collection[int]) -> list[Line]:
    """Keep some of the tasks, no longer indented: what stands above may not be among them."""
    return [
        Line(line.plan, line.work, is_summary=line.is_summary)
        for line in lines
        if line.plan.id in ids
    ]


def together(lines: list[Line]) -> Performance:
    """Collect the work packages at or below the lines, each once."""
    tasks = {task.plan.id: task for line in lines for task in line.work.tasks}
    return Performance(list(tasks.values()))
