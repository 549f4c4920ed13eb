"""A work package of a baseline, as it stands on a date."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from projects.evm import earned_value, planned_value
from projects.models import BaselineMilestone, MilestoneAccomplishment, Progress, Task
from tests.oracle.facts import ZERO, Facts, Row, newest


class Package:
    """One package: its planned and earned value, its last report, and how late a key one is."""

    def __init__(self, facts: Facts, frozen: Row, *, elapsed: int, as_of: date) -> None:
        """Take its row in the baseline, and the working minutes gone by since that began."""
        self.facts, self.frozen, self.elapsed, self.as_of = facts, frozen, elapsed, as_of

    @cached_property
    def report(self) -> Row | None:
        """The newest progress entry."""
        return newest(self.facts.of(Progress, task_id=self.frozen["task_id"]), self.as_of)

    @cached_property
    def milestones(self) -> list[tuple[Row, Row | None]]:
        """The weighted milestones as planned, each with what was last said of it."""
        planned = self.facts.of(BaselineMilestone, baseline_task_id=self.frozen["id"])
        return [(row, newest(self._said(row["milestone_id"]), self.as_of)) for row in planned]

    @cached_property
    def planned(self) -> Decimal:
        """PV."""
        return planned_value(
            method=self.frozen["earning_method"],
            budget=self.frozen["budget"],
            elapsed=Decimal(self.elapsed),
            start_elapsed=Decimal(self.frozen["start_elapsed"]),
            finish_elapsed=Decimal(self.frozen["finish_elapsed"]),
            due_weight=_weight(m for m, _ in self.milestones if m["planned_date"] <= self.as_of),
            total_weight=_weight(m for m, _ in self.milestones),
        )

    @cached_property
    def earned(self) -> Decimal:
        """EV; without a report nothing is earned."""
        return earned_value(
            method=self.frozen["earning_method"],
            budget=self.frozen["budget"],
            percent=self.report["percent"] if self.report else ZERO,
            planned=self.planned,
            accomplished_weight=_weight(
                m for m, said in self.milestones if said and said["is_accomplished"]
            ),
            total_weight=_weight(m for m, _ in self.milestones),
        )

    @cached_property
    def reported_on(self) -> date | None:
        """The date of the last report."""
        facts = [self.report, *(said for _, said in self.milestones)]
        return max((fact["date"] for fact in facts if fact), default=None)

    @cached_property
    def days_late(self) -> int | None:
        """How much later than approved a key milestone finishes; `None` for all others."""
        tasks = self.facts.of(Task, id=self.frozen["task_id"])
        if not tasks or not tasks[0]["is_key"]:
            return None
        finish: date = max(tasks[0]["finish_date"], self.as_of)
        if self.report is not None and self.report["percent"] == 100:
            finish = self.report["date"]
        late: timedelta = finish - self.frozen["finish_date"]
        return late.days

    def _said(self, milestone_id: int) -> list[Row]:
        return self.facts.of(MilestoneAccomplishment, milestone_id=milestone_id)


def _weight(milestones: Iterable[Row]) -> Decimal:
    return sum((milestone["weight"] for milestone in milestones), ZERO)
