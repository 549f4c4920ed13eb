"""Steps about benefits: promised, linked, weighed, planned, measured."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from hypothesis.strategies import DataObject

from tests.rollup.machine.base import AMOUNTS, BUDGETS, Base, known, one, weighted

WEIGHTS = ["1", "2.5", "0.333333", None]


class BenefitSteps(Base):
    """Promise, link, weigh, plan, measure."""

    @rule(data=st.data(), worth=st.sampled_from(["1", "1", "2.5", "-1"]))
    def promise(self, data: DataObject, worth: str) -> None:
        """Promise a benefit, or foresee a dis-benefit, of a program or portfolio."""
        home, target = self.a_node(data), one(data, BUDGETS)
        if home.kind == "project":
            said = {"component": self.ids[home], "name": "Vain", "target_value": target}
            assert not self.post("benefits", False, **said)
        else:
            self.add_benefit(home, target, worth)

    @precondition(lambda self: self.benefits)
    @rule(data=st.data())
    def link(self, data: DataObject) -> None:
        """Let a benefit rest on a project, also of another tree."""
        benefit, project = one(data, self.benefits), self.a_project(data)
        self.add_link(benefit, project, one(data, WEIGHTS), one(data, [None, None, "0.9"]))

    @precondition(lambda self: any(benefit.links for benefit in self.benefits))
    @rule(data=st.data(), weight=st.sampled_from(WEIGHTS), is_over=st.booleans())
    def weigh_again(self, data: DataObject, weight: str | None, is_over: bool) -> None:
        """Give a link another weight, or end it."""
        benefit = one(data, [benefit for benefit in self.benefits if benefit.links])
        project = one(data, [*benefit.links])
        if is_over:
            assert self.way.remove("benefit-links", self.ids[benefit, project])
            del benefit.links[project]
        elif self.patch("benefit-links", (benefit, project), **weighted(weight)):
            benefit.links[project] = (known(weight), benefit.links[project][1])

    @precondition(lambda self: self.benefits)
    @rule(data=st.data())
    def plan_benefit(self, data: DataObject) -> None:
        """Plan what is to come in a period, once."""
        benefit, day, value = one(data, self.benefits), self.day(data), one(data, AMOUNTS)
        said: dict[str, Any] = {"benefit": self.ids[benefit], "period_end": day, "value": value}
        if self.post("benefit-plans", day not in benefit.plan, **said):
            benefit.plan[day] = Fraction(value)

    @precondition(lambda self: self.benefits)
    @rule(data=st.data(), number=st.integers(1, 3))
    def measure(self, data: DataObject, number: int) -> None:
        """Measure a benefit; the newest of a date counts."""
        benefit = one(data, self.benefits)
        for _ in range(number):
            day, value = self.day(data), one(data, AMOUNTS)
            said: dict[str, Any] = {"benefit": self.ids[benefit], "date": day, "value": value}
            assert self.post("benefit-measurements", **said)
            benefit.measured[day] = Fraction(value)
