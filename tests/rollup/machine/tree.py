"""Steps about components: their place, their life, their end."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from hypothesis.strategies import DataObject

from portfolios.deciding import Actor, RefusedError, decide
from ppm.core.models import Component
from tests.rollup.machine.base import BUDGETS, WHY, Base, one
from tests.rollup.machine.laws import fits, may_be_deleted, may_become, may_move

STATES = ["executing"] * 5 + ["authorized", "proposal", "idea", "closing"]
AFTER = ["closing", "closed", "on_hold", "executing", "terminated", "authorized", "archived"]
KINDS = ["project"] * 4 + ["program"] * 2 + ["portfolio"]


class TreeSteps(Base):
    """Create, change, move, delete, decide."""

    @rule(data=st.data())
    def create(self, data: DataObject) -> None:
        """Enter a component, with or without dates and budget."""
        kind, parent = one(data, KINDS), self.a_node(data)
        state = one(data, ["active", "active", "archived"] if kind == "portfolio" else STATES)
        start, finish = self.period(data)
        said: dict[str, Any] = {"start_date": start, "finish_date": finish}
        said |= {"budget": one(data, BUDGETS)} if kind == "project" else {}
        given = said if data.draw(st.booleans()) else {}
        if fits(kind, parent):
            self.add(kind, parent, state, **given)
        else:
            assert not self.post(f"{kind}s", False, **self.named(parent, state), **given)

    @rule(data=st.data())
    def change(self, data: DataObject) -> None:
        """Change budget and dates of a project."""
        project = self.a_project(data)
        start, finish = self.period(data)
        finish, budget = one(data, [finish, finish, start - timedelta(1)]), one(data, BUDGETS)
        said: dict[str, Any] = {"start_date": start, "finish_date": finish, "budget": budget}
        if self.patch("projects", project, is_allowed=start <= finish, **said):
            project.start, project.finish, project.budget = start, finish, Fraction(budget)

    @rule(data=st.data())
    def move(self, data: DataObject) -> None:
        """Move a component below any other, or make it a root."""
        node = self.a_node(data)
        parent = self.nodes.get(one(data, [*self.nodes, ""]))
        is_allowed = may_move(node, parent, self.nodes.values())
        currency = node.path[0].currency
        if self.patch(f"{node.kind}s", node, is_allowed=is_allowed, parent=self.ids.get(parent)):
            node.parent = parent
            node.currency = "" if parent else currency

    @rule(data=st.data())
    def delete(self, data: DataObject) -> None:
        """Delete a component."""
        node = self.a_node(data)
        is_free = may_be_deleted(node, self.nodes.values()) and node not in self.decided
        assert self.way.remove(f"{node.kind}s", self.ids[node]) == is_free
        if is_free:
            del self.nodes[node.code]

    @rule(data=st.data(), after=st.sampled_from(AFTER), cost=st.sampled_from(["0", "75.5"]))
    def decide(self, data: DataObject, after: str, cost: str) -> None:
        """Close, hold, resume, terminate or archive a component."""
        node = self.a_node(data)
        is_possible = may_become(
            node,
            after,
            self.nodes.values(),
            today=self.today,
            is_evaluated=node in self.evaluated,
        )
        component = Component.objects.get(pk=self.ids[node])
        by = Actor(self.user, self.now)
        refusal = nullcontext() if is_possible else pytest.raises(RefusedError)
        with refusal:
            decide(component, after, by=by, rationale=WHY, termination_cost=Decimal(cost))
        if not is_possible:
            return
        node.state = after
        self.decided.add(node)
        if after == "terminated" and Fraction(cost):
            node.costs.append((self.today, Fraction(cost), "actual"))
