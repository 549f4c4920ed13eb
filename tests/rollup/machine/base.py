"""What all steps share: the company and its memory, choices, and writes held to the law."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.strategies import DataObject

from tests.factories import make_user
from tests.rollup.machine.model import Benefit, Node, Task
from tests.rollup.machine.ways import ByRows, Way
from tests.rollup.states import rolled_back

T = TypeVar("T")

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHY = "The steering group has agreed on it."
OFFSETS = [-120, -61, -36, -35, -31, -14, -5, -1, 0, 0, 0, 1, 3, 20]
LENGTHS = [0, 1, 4, 11, 25, 60, 130]
BUDGETS = ["0", "100", "100", "1000", "250000", "333.3333", "0.0001"]
AMOUNTS = ["10", "50", "400", "1000", "-50", "33.3334", "0.0001", "-1000", "0"]
PERCENTS = ["0", "10", "33", "66.67", "90", "100", "100", "101"]


class Base(RuleBasedStateMachine):
    """A company in a transaction, which is taken back in the end."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.scope = ExitStack()
        self.scope.enter_context(rolled_back())
        self.user = make_user("boss", superuser=True)
        self.way: Way = ByRows()
        self.now, self.number = MORNING, 0
        self.nodes: dict[str, Node] = {}
        self.ids: dict[Any, int] = {}
        self.decided: set[Node] = set()
        self.evaluated: set[Node] = set()

    @property
    def today(self) -> date:
        """The date in all trees."""
        return self.now.date()

    def named(self, parent: Node | None, state: str) -> dict[str, Any]:
        """Name a new component."""
        code = self.new("C")
        named = {"code": code, "name": code, "state": state, "manager": self.user.pk}
        return named | {"parent": self.ids.get(parent)}

    def add(self, kind: str, parent: Node | None, state: str, **said: Any) -> Node:
        """Enter a component where it may stand."""
        named = self.named(parent, state)
        pk = self.post(f"{kind}s", **named, **said)
        dates, budget = (
            (said.get("start_date"), said.get("finish_date")),
            known(said.get("budget")),
        )
        node = Node(named["code"], kind, parent, state, said.get("currency", ""), *dates, budget)
        self.nodes[node.code], self.ids[node] = node, pk
        return node

    def add_task(self, project: Node, wbs: str, start: date, finish: date, budget: str) -> None:
        """Plan a task."""
        said: dict[str, Any] = {
            "project": self.ids[project],
            "wbs": wbs,
            "name": wbs,
            "start_date": start,
        }
        said |= {"finish_date": finish, "budget": budget, "earning_method": "physical_percent"}
        pk = self.post("tasks", **said)
        task = project.tasks[wbs] = Task(wbs, start, finish, Fraction(budget))
        self.ids[task] = pk

    def add_progress(self, task: Task, day: date, percent: str) -> None:
        """Report progress."""
        said: dict[str, Any] = {"task": self.ids[task], "date": day, "percent": percent}
        if self.post("progress", Fraction(percent) <= 100, **said):
            task.progress.append((day, Fraction(percent)))

    def add_benefit(self, home: Node, target: str, worth: str) -> Benefit:
        """Promise a benefit; one of negative worth is a dis-benefit."""
        name = self.new("B")
        said: dict[str, Any] = {"component": self.ids[home], "name": name, "target_value": target}
        said |= {"unit_value": worth.lstrip("-"), "owner": self.user.pk}
        said |= {"sign": "dis_benefit"} if worth.startswith("-") else {}
        benefit = home.benefits[name] = Benefit(Fraction(target), Fraction(worth))
        self.ids[benefit] = self.post("benefits", **said)
        return benefit

    def add_link(
        self, benefit: Benefit, project: Node, weight: str | None, confidence: str | None
    ) -> None:
        """Let a benefit rest on a project, once."""
        said = {"benefit": self.ids[benefit], "project": self.ids[project], **weighted(weight)}
        is_new = project not in benefit.links
        pk = self.post("benefit-links", is_new, delivery_confidence=confidence, **said)
        if pk:
            benefit.links[project] = (known(weight), known(confidence))
            self.ids[benefit, project] = pk

    def freeze(self, project: Node) -> None:
        """Take a baseline, where there is something to plan by."""
        if self.post("baselines", bool(project.plan()), project=self.ids[project]):
            project.baseline = project.plan()

    def freeze_where_different(self, project: Node) -> None:
        """Remember the baseline that an import takes of another plan."""
        plans = [
            {(task.wbs, task.start, task.finish, task.budget) for task in plan}
            for plan in (project.plan(), project.baseline)
        ]
        if plans[0] and plans[0] != plans[1]:
            project.baseline = project.plan()

    def post(self, resource: str, is_allowed: bool = True, **said: Any) -> int:
        """Add a row; return its id, or 0 where it is rightly refused."""
        pk = self.way.add(resource, said)
        assert (pk is not None) == is_allowed, said
        return pk or 0

    def patch(self, resource: str, row: Any, *, is_allowed: bool = True, **said: Any) -> bool:
        """Change a row; tell whether that was rightly allowed."""
        assert self.way.change(resource, self.ids[row], said) == is_allowed, said
        return is_allowed

    def new(self, letter: str) -> str:
        """Make a code or name that nothing has."""
        self.number += 1
        return f"{letter}{self.number}"

    @property
    def benefits(self) -> list[Benefit]:
        """All benefits."""
        return [benefit for node in self.nodes.values() for benefit in node.benefits.values()]

    def a_node(self, data: DataObject) -> Node:
        """Choose a component."""
        return self.nodes[one(data, [*self.nodes])]

    def a_project(self, data: DataObject) -> Node:
        """Choose a project."""
        projects = [code for code, node in self.nodes.items() if node.kind == "project"]
        return self.nodes[one(data, projects)]

    def a_task(self, data: DataObject) -> tuple[Node, Task]:
        """Choose a task; return it after its project."""
        planned = [(n.code, wbs) for n in self.nodes.values() for wbs in n.tasks]
        code, wbs = one(data, planned)
        return self.nodes[code], self.nodes[code].tasks[wbs]

    def day(self, data: DataObject) -> date:
        """Choose a day near today."""
        return self.today + timedelta(one(data, OFFSETS))

    def period(self, data: DataObject) -> tuple[date, date]:
        """Choose a start and a finish."""
        start = self.day(data)
        return start, start + timedelta(one(data, LENGTHS))


def one(data: DataObject, choices: Sequence[T]) -> T:
    """Choose one."""
    return data.draw(st.sampled_from(choices))


def known(number: str | None) -> Fraction | None:
    """Read a number that may be missing."""
    return None if number is None else Fraction(number)


def text(amount: Fraction) -> str:
    """Write an amount as JSON has it."""
    return f"{float(amount):.4f}"


def weighted(weight: str | None) -> dict[str, Any]:
    """Say how a project bears on a benefit."""
    return {"mode": "additive" if weight else "essential", "weight": weight}
