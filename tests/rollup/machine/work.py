"""Steps about work: plans, baselines, progress, cost, estimates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from hypothesis.strategies import DataObject

from projects.models import ClosureEvaluation, Lesson
from tests.rollup.machine.base import AMOUNTS, BUDGETS, PERCENTS, WHY, Base, one, text


class WorkSteps(Base):
    """Plan, approve, report, book, estimate."""

    @rule(data=st.data())
    def plan(self, data: DataObject) -> None:
        """Plan a task; approve the plan, or do not yet."""
        project = self.a_project(data)
        self.add_task(project, self.new("T"), *self.period(data), one(data, BUDGETS))
        if data.draw(st.booleans()):
            self.freeze(project)

    @rule(data=st.data())
    def plan_again(self, data: DataObject) -> None:
        """Give a task other dates and another budget; approve, or do not yet."""
        project, task = self.a_task(data)
        start, finish = self.period(data)
        budget = one(data, BUDGETS)
        said: dict[str, Any] = {"start_date": start, "finish_date": finish, "budget": budget}
        if self.patch("tasks", task, **said):
            task.start, task.finish, task.budget = start, finish, Fraction(budget)
        if data.draw(st.booleans()):
            self.freeze(project)

    @rule(data=st.data())
    def approve(self, data: DataObject) -> None:
        """Take a baseline, also where there is nothing to plan by."""
        self.freeze(self.a_project(data))

    @rule(data=st.data())
    def report(self, data: DataObject) -> None:
        """Report progress, or report once more for a date that has a report."""
        _, task = self.a_task(data)
        day = one(data, [self.day(data), *(day for day, _ in task.progress)])
        self.add_progress(task, day, one(data, PERCENTS))

    @rule(data=st.data())
    def wrap_up(self, data: DataObject) -> None:
        """Do all that is left, and look back."""
        project = self.a_project(data)
        for task in project.tasks.values():
            self.add_progress(task, self.today, "100")
        if project not in self.evaluated:
            looked_back = {"project_id": self.ids[project], "verdict": "met", "summary": WHY}
            ClosureEvaluation.objects.create(date=self.today, **looked_back)
            Lesson.objects.create(project_id=self.ids[project], event=WHY, recommendation=WHY)
            self.evaluated.add(project)

    @rule(data=st.data(), kind=st.sampled_from(["actual", "actual", "commitment"]))
    def book(self, data: DataObject, kind: str) -> None:
        """Book a cost on a component, or take one back by its reverse."""
        node = self.a_node(data)
        new = (self.day(data), Fraction(one(data, AMOUNTS)), kind)
        back = [(day, -amount, kind) for day, amount, kind in node.costs]
        day, amount, kind = one(data, [new, new, *back])
        said: dict[str, Any] = {
            "component": self.ids[node],
            "date": day,
            "amount": text(amount),
            "kind": kind,
        }
        if self.post("costs", is_allowed=amount != 0, **said):
            node.costs.append((day, amount, kind))

    @rule(data=st.data())
    def estimate(self, data: DataObject) -> None:
        """Say what is still to be spent, and when it will be over."""
        node, day = self.a_node(data), self.day(data)
        amount, finish = one(data, [*BUDGETS, "-1"]), one(data, [None, self.day(data)])
        said: dict[str, Any] = {"estimate_to_complete": amount, "forecast_finish": finish}
        is_allowed = Fraction(amount) >= 0
        if self.post("estimates", is_allowed, component=self.ids[node], date=day, **said):
            node.estimates.append((day, Fraction(amount), finish))
