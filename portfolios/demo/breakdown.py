"""The breakdown of a project: its phases, tasks and milestones, planned and as they really go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random

from portfolios.demo.company import ProjectContent
from portfolios.demo.content.phases import PHASES, STAGED, Phase
from portfolios.demo.content.words import about
from portfolios.demo.course import Course, Job, Step, Work
from portfolios.demo.days import Days, workday
from portfolios.demo.dice import dice
from ppm.core.models import State
from projects.models import EarningMethod

MANAGEMENT = 0.04
SHORT, LONG = 12, 45
"""Days below which a task is all or nothing, and above which its percentage is estimated."""
SMALL_SHARE = 0.012
"""The part of the project's budget up to which a task need not be estimated."""
DEVIATION = (-0.05, 0.015)
"""How far the cost of a healthy project deviates from its budget."""
STOPS = (State.ON_HOLD, State.TERMINATED)


def work_of(content: ProjectContent, *, days: Days) -> Work:
    """Break a project down and let it go its way."""
    chance = dice(content.code)
    start = workday(days.day(content.start))
    finish = workday(days.day(content.finish))
    stops = [days.day(day) for day, state in content.life if state in STOPS]
    plan = _Plan(content, start, finish, _course(content, start, finish, days), chance)
    jobs = [*plan.phases(), plan.management()] if content.parts else []
    return Work(content, start, finish, jobs, stopped=stops[0] if stops else None)


def _course(content: ProjectContent, start: date, finish: date, days: Days) -> Course:
    turn = finish if content.turn is None else days.day(content.turn)
    return Course(start, content.pace, turn)


@dataclass
class _Plan:
    """The planning of one project."""

    content: ProjectContent
    start: date
    finish: date
    course: Course
    chance: Random

    @property
    def unit(self) -> int:
        """The roundness of amounts."""
        return 1000 if self.content.budget >= 1_000_000 else 500

    @cached_property
    def price(self) -> float:
        """What work costs over what it was to cost, about the same for all of it."""
        return self.content.cost or 1 + dice(self.content.code, "cost").uniform(*DEVIATION)

    def phases(self) -> Iterator[Job]:
        """Yield the jobs phase by phase, each summary before what is below it."""
        phases = PHASES[self.content.trade]
        left = self.content.budget - self._management_budget()
        for number, phase in enumerate(phases, 1):
            share = phase.budget / sum(later.budget for later in phases[number - 1 :])
            budget = round(left * share / self.unit) * self.unit
            left -= budget
            below = list(self._tasks(str(number), phase, budget))
            yield Job(
                str(number),
                phase.name,
                min(job.start for job in below),
                max(job.finish for job in below),
                min(job.real_start for job in below),
                max(job.real_finish for job in below),
                is_summary=True,
            )
            yield from below

    def management(self) -> Job:
        """Make the job that goes on as long as the project does."""
        return Job(
            str(len(PHASES[self.content.trade]) + 1),
            "Project management",
            self.start,
            self.finish,
            self.start,
            self.course.really(self.finish),
            budget=self._management_budget(),
            method=EarningMethod.LEVEL_OF_EFFORT,
            price=self.price,
        )

    def _management_budget(self) -> int:
        return round(self.content.budget * MANAGEMENT / self.unit) * self.unit

    def _tasks(self, wbs: str, phase: Phase, budget: int) -> Iterator[Job]:
        names = [name for task in phase.tasks for name in self._named(task)]
        slots = self._slots(phase, len(names))
        budgets = self._split(budget, slots)
        for number, name in enumerate(names, 1):
            slot = slots[number - 1]
            yield self._task(f"{wbs}.{number}", name, phase, slot, budgets[number - 1])
        yield self._milestone(f"{wbs}.{len(names) + 1}", phase, max(end for _, end in slots))

    def _named(self, task: str) -> list[str]:
        if "{part}" not in task:
            return [task]
        return [about(task, part) for part in self.content.parts]

    def _slots(self, phase: Phase, number: int) -> list[tuple[date, date]]:
        """Spread tasks over the time of a phase, so that two or three run at a time."""
        length = (self.finish - self.start).days
        first = self.start + timedelta(round(length * phase.begin))
        whole = max(length * (phase.end - phase.begin), 4)
        width = whole * min(1.0, 0.3 + 3.6 / number)
        step = (whole - width) / max(1, number - 1)
        slots = []
        for place in range(number):
            wobble = self.chance.uniform(0.7, 1.0) if place < number - 1 else 1.0
            begin = workday(first + timedelta(round(step * place)))
            end = workday(first + timedelta(round(step * place + width * wobble)))
            slots.append((min(begin, self.finish), min(max(begin, end), self.finish)))
        return slots

    def _split(self, budget: int, slots: Sequence[tuple[date, date]]) -> list[int]:
        """Split a budget over tasks by their length, in round amounts."""
        weights = [
            ((end - begin).days + 5) * self.chance.uniform(0.6, 1.4) for begin, end in slots
        ]
        amounts = [
            max(1, round(budget * weight / sum(weights) / self.unit)) * self.unit
            for weight in weights
        ]
        amounts[amounts.index(max(amounts))] += budget - sum(amounts)
        return amounts

    def _task(
        self, wbs: str, name: str, phase: Phase, slot: tuple[date, date], budget: int
    ) -> Job:
        start, finish = slot
        late = timedelta(self.content.late.get(name, 0))
        real_start = self.course.really(start)
        real_finish = max(real_start, self.course.really(finish) + late)
        return Job(
            wbs,
            name,
            start,
            finish,
            real_start,
            real_finish,
            parent=wbs.partition(".")[0],
            budget=budget,
            method=self._method(name, slot, budget),
            price=self.price * self.chance.uniform(0.97, 1.03),
            contractor=phase.contractor,
            steps=self._steps(name, slot, late),
        )

    def _method(self, name: str, slot: tuple[date, date], budget: int) -> EarningMethod:
        if name in STAGED:
            return EarningMethod.WEIGHTED_MILESTONES
        length, is_small = (slot[1] - slot[0]).days, budget <= SMALL_SHARE * self.content.budget
        if is_small and length <= SHORT:
            return EarningMethod.ZERO_HUNDRED
        if is_small and length <= LONG:
            return EarningMethod.FIFTY_FIFTY
        return EarningMethod.PHYSICAL_PERCENT

    def _steps(self, name: str, slot: tuple[date, date], late: timedelta) -> tuple[Step, ...]:
        names, (start, finish) = STAGED.get(name, ()), slot
        length = (finish - start).days
        steps = []
        for number, step in enumerate(names, 1):
            planned = start + timedelta(length * number // len(names))
            steps.append(Step(step, number, planned, self.course.really(planned) + late))
        return tuple(steps)

    def _milestone(self, wbs: str, phase: Phase, day: date) -> Job:
        late = timedelta(self.content.late.get(phase.milestone, 0))
        really = self.course.really(day) + late
        return Job(
            wbs,
            phase.milestone,
            day,
            day,
            really,
            really,
            parent=wbs.partition(".")[0],
            is_milestone=True,
            is_key=phase.is_key,
        )
