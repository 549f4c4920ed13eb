"""A machine that writes what people write, in any order, and knows what must come of it.

Each step goes the product's own way (the API, the verb of a decision, the import, a sweep) and
into the memory of `tests.rollup.model`. What one refuses the other must refuse. After every
sweep all columns must be equal, to the last decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import DataObject

from portfolios.deciding import Actor, RefusedError, decide
from ppm.core.models import Component, Snapshot
from projects.models import ClosureEvaluation, Lesson
from projects.models import Task as TaskRow
from tests import oracle
from tests.factories import make_user
from tests.rollup.files import PROJECTS, TASKS, imported
from tests.rollup.laws import fits, is_sound_project, may_be_deleted, may_become, may_move
from tests.rollup.model import Benefit, Figures, Node, Task, everything
from tests.rollup.states import rolled_back, stored, sweep
from tests.rollup.ways import ByApi, ByRows, Way

T = TypeVar("T")

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WHY = "The steering group has agreed on it."
OFFSETS = [-120, -61, -36, -35, -31, -14, -5, -1, 0, 0, 0, 1, 3, 20]
LENGTHS = [0, 1, 4, 11, 25, 60, 130]
BUDGETS = ["0", "100", "100", "1000", "250000", "333.3333", "0.0001"]
AMOUNTS = ["10", "50", "400", "1000", "-50", "33.3334", "0.0001", "-1000", "0"]
PERCENTS = ["0", "10", "33", "66.67", "90", "100", "100", "101"]
WEIGHTS = ["1", "2.5", "0.333333", None]
STATES = ["executing"] * 5 + ["authorized", "proposal", "idea", "closing"]
AFTER = ["closing", "closed", "on_hold", "executing", "terminated", "authorized", "archived"]
KINDS = ["project"] * 4 + ["program"] * 2 + ["portfolio"]

STEPS = 50
BATCH = 9
"""How many runs one seed makes. After ten Hypothesis begins to repeat parts of a run in the next,
so that few of many would be new."""


def run_batch(number: int) -> None:
    """Let machines run, always the same ones for a number; the first does what is simplest."""
    few = settings(
        max_examples=BATCH,
        stateful_step_count=STEPS,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    run_state_machine_as_test(seed(number)(Company), settings=few)


@dataclass
class Tally:
    """How much all machines of this process did."""

    runs: int = 0
    steps: int = 0
    figures: int = 0

    def counted(self) -> tuple[int, int, int]:
        """Return the counts."""
        return self.runs, self.steps, self.figures


TALLY = Tally()


class Company(RuleBasedStateMachine):
    """Two trees of one currency, the root of another, and all that happens to them."""

    def __init__(self) -> None:
        """Begin a transaction that is taken back in the end."""
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
        TALLY.runs += 1

    def check_invariants(self, *args: Any, **options: Any) -> None:
        """Count the step."""
        TALLY.steps += 1
        super().check_invariants(*args, **options)

    def teardown(self) -> None:
        """Compare a last time, also with the oracle that reads the database; take all back."""
        try:
            self.compare()
            wanted = oracle.expected(now=self.now)
            assert oracle.differences(wanted, stored(now=self.now)) == []
        finally:
            self.scope.close()

    @property
    def today(self) -> date:
        """The date in all trees."""
        return self.now.date()

    # The beginning, the days, the figures

    @initialize(is_online=st.sampled_from([False] * 9 + [True]))
    def found(self, is_online: bool) -> None:
        """Found the company: in each of two trees a program with a project at work."""
        if is_online:
            self.way = ByApi(self.user)
        for currency in ("EUR", "EUR", "USD"):
            tree = {"currency": currency, "time_zone": "Europe/Vienna"}
            root = self.add("portfolio", None, "active", **tree)
            if currency == "EUR":
                project = self.add("project", self.add("program", root, "executing"), "executing")
                start = self.today - timedelta(20)
                self.add_task(project, "1", start, start + timedelta(60), "1000")
                self.freeze(project)

    @rule(days=st.sampled_from([1, 1, 1, 3, 7, 30, 36]))
    def days_pass(self, days: int) -> None:
        """Let days pass."""
        self.now += timedelta(days)

    @rule()
    def compare(self) -> None:
        """Sweep, and find stored what the memory says."""
        sweep(now=self.now)
        wanted = everything(self.nodes.values(), self.today)
        TALLY.figures += sum(map(len, wanted.values()))
        assert differences(wanted, figures_on(self.today)) == []

    # Components

    @rule(data=st.data())
    def create(self, data: DataObject) -> None:
        """Enter a component, with or without dates and budget."""
        kind, parent = one(data, KINDS), self.a_node(data)
        state = one(data, ["active", "active", "archived"] if kind == "portfolio" else STATES)
        start, finish = self.period(data)
        said: dict[str, Any] = {"start_date": start, "finish_date": finish}
        said |= {"budget": one(data, BUDGETS)} if kind == "project" else {}
        self.add(kind, parent, state, **(said if data.draw(st.booleans()) else {}))

    @rule(data=st.data())
    def change(self, data: DataObject) -> None:
        """Change budget and dates of a project."""
        project = self.a_project(data)
        start, finish = self.period(data)
        finish, budget = one(data, [finish, finish, start - timedelta(1)]), one(data, BUDGETS)
        said = {"start_date": start, "finish_date": finish, "budget": budget}
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

    # Work

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
        said = {"start_date": start, "finish_date": finish, "budget": budget}
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

    # Money

    @rule(data=st.data(), kind=st.sampled_from(["actual", "actual", "commitment"]))
    def book(self, data: DataObject, kind: str) -> None:
        """Book a cost on a component, or take one back by its reverse."""
        node = self.a_node(data)
        new = (self.day(data), Fraction(one(data, AMOUNTS)), kind)
        back = [(day, -amount, kind) for day, amount, kind in node.costs]
        day, amount, kind = one(data, [new, new, *back])
        said = {"component": self.ids[node], "date": day, "amount": text(amount), "kind": kind}
        if self.post("costs", is_allowed=amount != 0, **said):
            node.costs.append((day, amount, kind))

    @rule(data=st.data())
    def estimate(self, data: DataObject) -> None:
        """Say what is still to be spent, and when it will be over."""
        node, day = self.a_node(data), self.day(data)
        amount, finish = one(data, [*BUDGETS, "-1"]), one(data, [None, self.day(data)])
        said = {"estimate_to_complete": amount, "forecast_finish": finish}
        is_allowed = Fraction(amount) >= 0
        if self.post("estimates", is_allowed, component=self.ids[node], date=day, **said):
            node.estimates.append((day, Fraction(amount), finish))

    # Benefits

    @rule(data=st.data(), worth=st.sampled_from(["1", "1", "2.5", "-1"]))
    def promise(self, data: DataObject, worth: str) -> None:
        """Promise a benefit, or foresee a dis-benefit, of a program or portfolio."""
        home, name, target = self.a_node(data), self.new("B"), one(data, BUDGETS)
        said = {"component": self.ids[home], "name": name, "target_value": target}
        said |= {"unit_value": worth.lstrip("-"), "owner": self.user.pk}
        said |= {"sign": "dis_benefit"} if worth.startswith("-") else {}
        pk = self.post("benefits", is_allowed=home.kind != "project", **said)
        if pk:
            benefit = home.benefits[name] = Benefit(Fraction(target), Fraction(worth))
            self.ids[benefit] = pk

    @precondition(lambda self: self.benefits)
    @rule(data=st.data())
    def link(self, data: DataObject) -> None:
        """Let a benefit rest on a project, also of another tree."""
        benefit, project, weight = (
            one(data, self.benefits),
            self.a_project(data),
            one(data, WEIGHTS),
        )
        confidence = one(data, [None, None, "0.9", "0.3333"])
        said = {"benefit": self.ids[benefit], "project": self.ids[project], **weighted(weight)}
        is_new = project not in benefit.links
        pk = self.post("benefit-links", is_new, delivery_confidence=confidence, **said)
        if pk:
            benefit.links[project] = (known(weight), known(confidence))
            self.ids[benefit, project] = pk

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
        said = {"benefit": self.ids[benefit], "period_end": day, "value": value}
        if self.post("benefit-plans", day not in benefit.plan, **said):
            benefit.plan[day] = Fraction(value)

    @precondition(lambda self: self.benefits)
    @rule(data=st.data(), number=st.integers(1, 3))
    def measure(self, data: DataObject, number: int) -> None:
        """Measure a benefit; the newest of a date counts."""
        benefit = one(data, self.benefits)
        for _ in range(number):
            day, value = self.day(data), one(data, AMOUNTS)
            said = {"benefit": self.ids[benefit], "date": day, "value": value}
            assert self.post("benefit-measurements", **said)
            benefit.measured[day] = Fraction(value)

    # Files

    @rule(data=st.data())
    def import_projects(self, data: DataObject) -> None:
        """Import two projects, new ones or such as are there: both, or none."""
        rows = []
        for _ in range(2):
            node = one(data, [self.a_project(data), None, None])
            parent = one(data, [node.parent if node else None, self.a_node(data)])
            start, finish = self.period(data)
            row: dict[str, Any] = {"code": node.code if node else self.new("C")}
            row |= {"parent": (parent or self.a_node(data)).code, "start": start, "finish": finish}
            row |= {name: one(data, BUDGETS) for name in ("budget", "at_completion")}
            rows.append(row)
        sound = [is_sound_project(row, self.nodes, today=self.today) for row in rows]
        is_double = rows[0]["code"] == rows[1]["code"]
        report = imported(rows, PROJECTS, as_of=self.today)
        assert report.written == (all(sound) and not is_double), [*map(str, report.rejections)]
        for row in rows if report.written else []:
            self.take_project(row)

    def take_project(self, row: dict[str, Any]) -> None:
        """Remember an imported project."""
        code, parent = row["code"], self.nodes[row["parent"]]
        node = self.nodes.setdefault(code, Node(code, "project", parent, "executing"))
        self.ids[node] = Component.objects.get(code=code).pk
        node.state, node.start, node.finish = "executing", row["start"], row["finish"]
        node.budget = Fraction(row["budget"])
        left = Fraction(row["at_completion"]) - (node.booked("actual", self.today) or 0)
        node.estimates.append((self.today, left, None))
        self.freeze_where_different(node)

    @rule(data=st.data(), number=st.integers(1, 3))
    def import_tasks(self, data: DataObject, number: int) -> None:
        """Import the tasks of a project with their progress, new ones and others."""
        project, rows = self.a_project(data), []
        for wbs in {one(data, [*project.tasks, self.new("T")]) for _ in range(number)}:
            start, finish = self.period(data)
            row = {"project": project.code, "wbs": wbs, "start": start, "finish": finish}
            rows.append(row | {"budget": one(data, BUDGETS), "percent": one(data, PERCENTS)})
        report = imported(rows, TASKS, as_of=self.today)
        assert report.written == all(Fraction(row["percent"]) <= 100 for row in rows)
        for row in rows if report.written else []:
            task = Task(row["wbs"], row["start"], row["finish"], Fraction(row["budget"]))
            task = project.tasks.setdefault(task.wbs, task)
            task.start, task.finish, task.budget = (
                row["start"],
                row["finish"],
                Fraction(row["budget"]),
            )
            task.progress.append((self.today, Fraction(row["percent"])))
            self.ids[task] = TaskRow.objects.get(project=self.ids[project], wbs=task.wbs).pk
        if report.written:
            self.freeze_where_different(project)

    # What the rules share

    def add(self, kind: str, parent: Node | None, state: str, **said: Any) -> Node | None:
        code = self.new("C")
        is_allowed = parent is None or fits(kind, parent)
        named = {"code": code, "name": code, "state": state, "manager": self.user.pk}
        pk = self.post(f"{kind}s", is_allowed, parent=self.ids.get(parent), **named, **said)
        if not pk:
            return None
        budget = known(said.get("budget"))
        dates = said.get("start_date"), said.get("finish_date")
        node = Node(code, kind, parent, state, said.get("currency", ""), *dates, budget)
        self.nodes[code], self.ids[node] = node, pk
        return node

    def add_task(self, project: Node, wbs: str, start: date, finish: date, budget: str) -> None:
        said = {"project": self.ids[project], "wbs": wbs, "name": wbs, "start_date": start}
        said |= {"finish_date": finish, "budget": budget, "earning_method": "physical_percent"}
        pk = self.post("tasks", **said)
        task = project.tasks[wbs] = Task(wbs, start, finish, Fraction(budget))
        self.ids[task] = pk

    def add_progress(self, task: Task, day: date, percent: str) -> None:
        said = {"task": self.ids[task], "date": day, "percent": percent}
        if self.post("progress", Fraction(percent) <= 100, **said):
            task.progress.append((day, Fraction(percent)))

    def freeze(self, project: Node) -> None:
        if self.post("baselines", bool(project.plan()), project=self.ids[project]):
            project.baseline = project.plan()

    def freeze_where_different(self, project: Node) -> None:
        plans = [
            {(task.wbs, task.start, task.finish, task.budget) for task in plan}
            for plan in (project.plan(), project.baseline)
        ]
        if plans[0] and plans[0] != plans[1]:
            project.baseline = project.plan()

    def post(self, resource: str, is_allowed: bool = True, **said: Any) -> int | None:
        pk = self.way.add(resource, said)
        assert (pk is not None) == is_allowed, said
        return pk

    def patch(self, resource: str, row: Any, *, is_allowed: bool = True, **said: Any) -> bool:
        assert self.way.change(resource, self.ids[row], said) == is_allowed, said
        return is_allowed

    def new(self, letter: str) -> str:
        self.number += 1
        return f"{letter}{self.number}"

    @property
    def benefits(self) -> list[Benefit]:
        return [benefit for node in self.nodes.values() for benefit in node.benefits.values()]

    def a_node(self, data: DataObject) -> Node:
        return self.nodes[one(data, [*self.nodes])]

    def a_project(self, data: DataObject) -> Node:
        projects = [code for code, node in self.nodes.items() if node.kind == "project"]
        return self.nodes[one(data, projects)]

    def a_task(self, data: DataObject) -> tuple[Node, Task]:
        planned = [(n.code, wbs) for n in self.nodes.values() for wbs in n.tasks]
        code, wbs = one(data, planned)
        return self.nodes[code], self.nodes[code].tasks[wbs]

    def day(self, data: DataObject) -> date:
        return self.today + timedelta(one(data, OFFSETS))

    def period(self, data: DataObject) -> tuple[date, date]:
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


def weighted(weight: str | None) -> dict[str, str | None]:
    """Say how a project bears on a benefit."""
    return {"mode": "additive" if weight else "essential", "weight": weight}


def figures_on(day: date) -> dict[str, Figures]:
    """Read all columns and ratios that the model has, by the code of the component."""
    found = Snapshot.objects.newest_on(day).select_related("component")
    return {snapshot.component.code: vars(snapshot) | ratios(snapshot) for snapshot in found}


def ratios(snapshot: Snapshot) -> Figures:
    """Read the ratios, which are not stored."""
    return {name: getattr(snapshot, name) for name in ("cpi", "spi", "roi")}


def differences(wanted: dict[str, Figures], found: dict[str, Figures]) -> list[str]:
    """Tell component, column, and what the model and the database say."""
    assert wanted.keys() == found.keys()
    return [
        f"{code} {column}: {value} in memory, {found[code][column]} stored"
        for code, figures in wanted.items()
        for column, value in figures.items()
        if value != found[code][column]
    ]
