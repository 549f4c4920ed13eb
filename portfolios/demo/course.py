"""How a project really goes: what of its plan is done on a day, and what it has cost by then.

Pure. Everything that the demo records of a project, it records from here, so that its facts fit
together: progress, cost, forecast, exposure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from portfolios.demo.company import ProjectContent
from projects.models import EarningMethod

HEADSTART = 9
"""Days by which work as planned is ahead, so that a report of last week tells of no delay."""

LEARNING = 1.7
"""How soon a manager sees what is coming: the whole truth after the reciprocal of the work."""

UNSEEN = 0.2
"""The part of a project's time in which nobody sees a delay coming."""

NOTICED = 6
"""Days of delay that nobody corrects a plan for."""


@dataclass(frozen=True)
class Step:
    """A milestone inside a work package."""

    name: str
    weight: int
    planned: date
    real: date


@dataclass(frozen=True)
class Job:
    """An element of a project's breakdown: as planned, and as it really goes.

    A summary is `parent` of others and has no budget. `price` is real over planned cost,
    `contractor` the part of it that is invoiced.
    """

    wbs: str
    name: str
    start: date
    finish: date
    real_start: date
    real_finish: date
    parent: str = ""
    budget: int | None = None
    method: EarningMethod | None = None
    is_summary: bool = False
    is_milestone: bool = False
    is_key: bool = False
    price: float = 1.0
    contractor: float = 0.0
    steps: tuple[Step, ...] = ()

    @property
    def is_work(self) -> bool:
        """Tell whether it costs money and time."""
        return self.budget is not None

    def done(self, day: date) -> float:
        """Tell the part that is done at the end of a day, 0 to 1."""
        if day >= self.real_finish:
            return 1.0
        if day < self.real_start:
            return 0.0
        return ((day - self.real_start).days + 1) / ((self.real_finish - self.real_start).days + 1)


@dataclass(frozen=True)
class Course:
    """When planned days really come: at the plan's pace up to `turn`, then at another."""

    start: date
    pace: float
    turn: date

    def really(self, planned: date) -> date:
        """Tell when what is planned for a day really happens."""
        if planned > self.turn:
            return self.turn + timedelta(round((planned - self.turn).days / self.pace))
        return max(self.start, planned - timedelta(HEADSTART))


@dataclass
class Work:
    """A project at work: its content, its jobs, and the day on which it was stopped, if it was."""

    content: ProjectContent
    start: date
    finish: date
    jobs: list[Job]
    stopped: date | None = None
    booked: list[tuple[date, int]] = field(default_factory=list)
    """What was booked of its cost, filled when the money is recorded."""

    @cached_property
    def work(self) -> list[Job]:
        """The jobs that cost money and time."""
        return [job for job in self.jobs if job.is_work]

    @cached_property
    def budget(self) -> int:
        """The sum of the budgets."""
        return sum(job.budget or 0 for job in self.work)

    @cached_property
    def real_cost(self) -> float:
        """What it will have cost in the end."""
        return sum((job.budget or 0) * job.price for job in self.work)

    @cached_property
    def real_finish(self) -> date:
        """The day on which everything is done."""
        return max((job.real_finish for job in self.jobs), default=self.finish)

    def until(self, day: date) -> date:
        """Tell the day itself, or that on which the work was stopped before."""
        return min(day, self.stopped) if self.stopped else day

    def earned(self, day: date) -> float:
        """Tell the part of the budget that is done, 0 to 1."""
        value = sum((job.budget or 0) * job.done(self.until(day)) for job in self.work)
        return value / self.budget

    def cost(self, day: date) -> int:
        """Sum what was booked up to a day."""
        return sum(amount for booked, amount in self.booked if booked <= day)

    def believed_cost(self, day: date) -> float:
        """Tell what the manager believes on a day that it will cost in the end."""
        if not self.content.replans:
            return float(self.budget)
        known = min(1.0, LEARNING * self.earned(day))
        return self.budget + (self.real_cost - self.budget) * known

    @property
    def is_late(self) -> bool:
        """Tell whether it finishes later than planned, by more than happens every day."""
        return (self.real_finish - self.finish).days > NOTICED

    def believed_finish(self, day: date) -> date:
        """Tell when the manager believes on a day that it will be finished."""
        late = max(0, (self.real_finish - self.finish).days)
        return max(self.finish + timedelta(round(late * self._foreseen(day))), day)

    def believed_dates(self, job: Job, day: date) -> tuple[date, date]:
        """Tell when the manager believes on a day that a job will start and finish."""
        foreseen = self._foreseen(day)
        late = timedelta(round(max(0, (job.real_finish - job.finish).days) * foreseen))
        begun = timedelta(round(max(0, (job.real_start - job.start).days) * foreseen))
        finish = job.finish + late if late.days > NOTICED else job.finish
        start = job.start + begun if begun.days > NOTICED else job.start
        return (finish if job.is_milestone else min(start, finish)), finish

    def _foreseen(self, day: date) -> float:
        """Tell the part of the delay to come that the manager sees, 0 to 1."""
        if not self.content.replans:
            return 0.0
        gone = (day - self.start).days / max(1, (self.finish - self.start).days)
        return min(1.0, LEARNING * max(0.0, gone - UNSEEN))
