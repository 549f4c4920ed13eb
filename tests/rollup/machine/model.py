"""The roll-up once more, out of a memory of its own: what was written, and what follows from it.

Written from `docs/formulas.md` alone: it knows no Django, reads no database and imports nothing
of ours, so that a rule which the product and `tests/oracle` both misread shows here. Amounts are
fractions. What the machine does not write (risks, issues, changes, reports, policies, other
earning methods) is left out, and so are the colours of programs and portfolios: `tests/oracle`
has them.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import Any

Amount = Fraction | None
Figures = dict[str, Any]

DAY = timedelta(1)
ZERO, ONE = Fraction(0), Fraction(1)
HEALTHS = ("green", "amber", "red", "unknown", "not_started", "on_hold", "done")
COUNTS = [f"count_{health}" for health in HEALTHS]
ADDED = [*("bac", "pv", "ev", "ev_costed", "ac", "spent", "sunk", "held", "pipeline", "etc")]
ADDED += ["eac", "vac", "own_cost", "committed", *(f"budget_{health}" for health in HEALTHS)]
BENEFITS = ["benefit_target", "benefit_planned", "benefit_realised", "benefit_forecast"]
TIMES = ["earned_schedule", "actual_time", "planned_duration"]
COST = ["eac", "sunk", "own_cost"]
DATES = ["start", "finish", "forecast_finish"]
UNBEGUN, ENDED = ("idea", "proposal", "rejected"), ("closed", "terminated", "rejected", "archived")
PERFORMS, ACTIVE = ("authorized", "executing", "closing", "closed"), ("executing", "closing")
COLOURS = {"on_hold": "on_hold", **dict.fromkeys((*UNBEGUN[:2], "authorized"), "not_started")}
DELIVERED = {"closed": ONE, "on_hold": ONE / 4, **dict.fromkeys((*UNBEGUN, "terminated"), ZERO)}
EXPECTED = {"not_started": ONE * 95 / 100, "green": ONE * 95 / 100, "amber": ONE * 80 / 100}


@dataclass(eq=False)
class Task:
    """A work package by physical percent; a baseline keeps a copy, which shares the progress."""

    wbs: str
    start: date
    finish: date
    budget: Fraction
    progress: list[tuple[date, Fraction]] = field(default_factory=list)

    def planned(self, day: date) -> Fraction:
        """PV through a day."""
        gone, length = minutes(self.start, day), minutes(self.start, self.finish)
        share = ONE if gone >= length else Fraction(gone, length) if gone > 0 else ZERO
        return rounded(self.budget * share)

    def earned(self, day: date) -> Fraction:
        """EV by the newest report."""
        report = last(self.progress, day)
        return rounded(self.budget * report[1] / 100) if report else ZERO


@dataclass(eq=False)
class Benefit:
    """A benefit; a link has a weight, or none where essential, and a confidence or none."""

    target: Fraction
    worth: Fraction
    links: dict["Node", tuple[Amount, Amount]] = field(default_factory=dict)
    plan: dict[date, Fraction] = field(default_factory=dict)
    measured: dict[date, Fraction] = field(default_factory=dict)


@dataclass(eq=False)
class Node:
    """A component with its facts, each list in the order of their coming."""

    code: str
    kind: str
    parent: "Node | None"
    state: str
    currency: str = ""
    start: date | None = None
    finish: date | None = None
    budget: Amount = None
    tasks: dict[str, Task] = field(default_factory=dict)
    baseline: list[Task] = field(default_factory=list)
    costs: list[tuple[date, Fraction, str]] = field(default_factory=list)
    estimates: list[tuple[date, Fraction, date | None]] = field(default_factory=list)
    benefits: dict[str, Benefit] = field(default_factory=dict)

    @property
    def path(self) -> list["Node"]:
        """The root, all between, and the component."""
        return [*(self.parent.path if self.parent else []), self]

    def booked(self, kind: str, until: date) -> Amount:
        """What was booked of a kind."""
        return total(amount for day, amount, of in self.costs if of == kind and day <= until)

    def plan(self) -> list[Task]:
        """What a baseline would freeze; without tasks the project is one package."""
        if self.tasks or self.budget is None or self.start is None or self.finish is None:
            return [copy(task) for task in self.tasks.values()]
        return [Task("", self.start, self.finish, self.budget)]


def total(amounts: Iterable[Amount]) -> Amount:
    """Add what is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def last(facts: list[Any], as_of: date) -> Any:
    """The newest by date; of one date the one that came last."""
    known = [(fact[0], number) for number, fact in enumerate(facts) if fact[0] <= as_of]
    return facts[max(known)[1]] if known else None


def rounded(value: Fraction, digits: int = 4) -> Fraction:
    """Round halves away from zero."""
    size = floor(abs(value) * 10**digits + ONE / 2)
    return Fraction(size if value > 0 else -size, 10**digits)


def quotient(number: Amount | int, by: Amount | int) -> Amount:
    """Divide to 6 decimals; unknown unless the denominator is above zero."""
    return None if number is None or by is None or by <= 0 else rounded(ONE * number / by, 6)


def minutes(first: date, through: date) -> int:
    """Working minutes from the start of a day through the end of another: 8 hours a weekday."""
    weeks = [divmod(day.toordinal(), 7) for day in (first - DAY, through)]
    before, after = (week * 5 + min(day, 5) for week, day in weeks)
    return 480 * (after - before)


def bottom_up(node: Node, estimate: tuple[date, Fraction, Any], actual: Amount) -> Fraction:
    """What the manager's estimate comes to: later costs use it up."""
    return max((node.booked("actual", estimate[0]) or 0) + estimate[1], actual or ZERO)


class Project:
    """What is known of a project on a date."""

    def __init__(self, node: Node, as_of: date) -> None:
        """Compute what other figures need."""
        self.node, self.as_of, self.state, self.plan = node, as_of, node.state, node.baseline
        self.origin = min((task.start for task in self.plan), default=as_of)
        self.end = max((task.finish for task in self.plan), default=None)
        self.bac, self.ac = total(task.budget for task in self.plan), node.booked("actual", as_of)
        measured = [task for task in self.plan if task.wbs]
        self.pv = total(task.planned(as_of) for task in measured)
        self.ev = total(task.earned(as_of) for task in measured)
        reports = [last(task.progress, as_of) for task in self.plan]
        self.reported = max((report[0] for report in reports if report), default=None)
        self.is_complete = bool(self.bac and self.ev is not None and self.ev >= self.bac)
        until = self.reported if self.is_complete or self.state == "closed" else as_of
        self.at = minutes(self.origin, until) if self.plan and until else None
        self.is_open = self.state in (*PERFORMS[:3], "on_hold")
        self.estimate = last(node.estimates, as_of)
        self.eac = self._eac()
        self.pd, self.es = self._schedule(self.end)

    def _eac(self) -> Amount:
        ac, bac, ev = self.ac, self.bac, self.ev
        if self.state == "closed" or not self.is_open:
            said = self.estimate[1] if ac is None and self.estimate else ac
            return said if self.state == "closed" else None
        if self.estimate and (not self.node.tasks or (self.as_of - self.estimate[0]).days <= 35):
            return bottom_up(self.node, self.estimate, ac)
        if bac is None or ac is None or ev is None:
            return bac if bac is None or ac is None else max(bac, ac)
        is_blended = 0 < ev < bac and ac > 0
        return rounded(ac + (bac - ev) * ((ac + bac - ev) / bac if is_blended else 1))

    def _schedule(self, end: date | None) -> list[int | None]:
        """PD and ES, read on the curve of month ends."""
        if end is None or self.bac is None:
            return [None, None]
        days, month, bac = [end], self.origin, self.bac
        while (month := (month.replace(day=1) + 31 * DAY).replace(day=1)) <= end:
            days.append(month - DAY)
        value = {day: sum(task.planned(day) for task in self.plan) for day in days}
        curve = sorted((minutes(self.origin, day), value[day]) for day in days)
        duration = next(at for at, planned in curve if planned >= bac)
        if self.ev is None or self.ev <= 0 or self.ev >= bac:
            return [duration, None if self.ev is None else duration if self.ev > 0 else 0]
        past, before = max([(0, ZERO), *(point for point in curve if point[1] <= self.ev)])
        then, after = next(point for point in curve if point[1] > self.ev)
        reading = past + (self.ev - before) * (then - past) / (after - before)
        return [duration, int(rounded(reading, 0))]

    @property
    def dates(self) -> list[date | None]:
        """Start and finish as approved, else as said, else as planned; the forecast."""
        node, tasks = self.node, self.node.tasks.values()
        start = self.origin if self.plan else node.start
        planned = max((task.finish for task in tasks), default=None)
        said = self.estimate[2] if self.estimate else None
        forecast = said or planned or node.finish or self.end
        if forecast and self.is_open and not self.is_complete:
            forecast = max(forecast, self.as_of)
        start = start or min((task.start for task in tasks), default=None)
        return [start, self.end or node.finish or planned, forecast]

    @property
    def inputs(self) -> date | None:
        """The oldest of what the colour rests on, while work is under way."""
        said = self.reported if self.node.tasks else self.estimate and self.estimate[0]
        costs = [(day, kind) for day, _, kind in self.node.costs if day <= self.as_of]
        booked = max((day for day, kind in costs if kind == "actual"), default=None)
        needed = (said or self.node.start or self.dates[0], booked)
        known = [day for day in needed if day and self.state in ACTIVE]
        return min(known, default=None)

    @property
    def health(self) -> str:
        """The colour by schedule and cost, while work is under way and its inputs not too old."""
        if self.state not in ACTIVE:
            return COLOURS.get(self.state, "done")
        measures = [(quotient(self.eac, self.bac), "1.05", "1.10")]
        if self.at is None or self.pd is None or self.at * 10 >= self.pd:
            index = quotient(self.es, self.at)
            measures.append((None if index is None else -index, "-0.95", "-0.85"))
            if self.end and (forecast := self.dates[2]):
                days, late = (self.end - self.origin).days + 1, (forecast - self.end).days
                measures.append((quotient(late, days), "0.05", "0.10"))
        known = [(value, limits) for value, *limits in measures if value is not None]
        judged = [sum(value > Fraction(limit) for limit in limits) for value, limits in known]
        is_old = self.inputs is not None and (self.as_of - self.inputs).days > 60
        return "unknown" if is_old or not judged else HEALTHS[max(judged)]

    def figures(self) -> Figures:
        """The columns of the snapshot."""
        node, ac, eac, ev, health = self.node, self.ac, self.eac, self.ev, self.health
        shown: Figures = dict.fromkeys((*ADDED, *BENEFITS, *TIMES, *DATES))
        shown |= dict.fromkeys(COUNTS, 0)
        shown |= {"health": health, "inputs_as_of": self.inputs, "eac": eac}
        shown[f"count_{health}"] = int(self.state not in ("terminated", "rejected"))
        shown["etc"] = None if eac is None else ZERO if self.state == "closed" else eac - (ac or 0)
        if self.state in PERFORMS:
            shown |= {"bac": self.bac, "pv": self.pv, "ev": ev, "ac": None if ev is None else ac}
            shown["ev_costed"] = ev if ac is not None and ac > 0 else None
            times = (self.es, None if ev is None else self.at, self.pd)
            shown |= zip(TIMES, times, strict=True)
        if self.state in (*PERFORMS, "on_hold"):
            shown |= zip(DATES, self.dates, strict=True)
            vac = None if self.bac is None or eac is None else self.bac - eac
            shown |= {"vac": vac, f"budget_{health}": self.bac}
        if self.state not in UNBEGUN:
            shown |= {"spent": ac, "committed": node.booked("commitment", self.as_of)}
        shown["sunk"] = ac if self.state == "terminated" else None
        shown["held"] = self.bac if self.state == "on_hold" else None
        if self.state == "proposal":
            tasks = node.tasks.values()
            shown["pipeline"] = total(task.budget for task in tasks) if tasks else node.budget
        return shown


def benefit_amounts(benefit: Benefit, health: dict[Node, str], as_of: date) -> list[Amount]:
    """Target, planned, realised and forecast, in money."""
    planned = sum((value for day, value in benefit.plan.items() if day <= as_of), ZERO)
    values = [value for day, value in benefit.measured.items() if day <= as_of]
    realised, quality = sum(values, ZERO), _rate(benefit, health)
    if len(values) >= 3 and planned > 0:
        is_over = all(project.state in ENDED for project in benefit.links)
        trend = realised / planned
        quality = trend if is_over or quality is None else min(quality, trend)
    amounts: list[Amount] = [benefit.target, planned, realised, None]
    if quality is not None:
        share = min(max(quality, ZERO), ONE * 3 / 2)
        amounts[3] = realised + (benefit.target - planned) * share
    return [None if amount is None else rounded(benefit.worth * amount) for amount in amounts]


def _rate(benefit: Benefit, health: dict[Node, str]) -> Amount:
    """The share of the target that the projects let expect."""
    rate, weights, weighted = ONE, ZERO, ZERO
    for project, (weight, confidence) in benefit.links.items():
        expected = EXPECTED.get(health[project], ONE / 2) if confidence is None else confidence
        factor = DELIVERED.get(project.state, expected)
        rate *= factor if weight is None else 1
        weights, weighted = weights + (weight or 0), weighted + (weight or 0) * factor
    return None if not benefit.links else rate * weighted / weights if weights else rate


def whole(node: Node, children: list[Figures], health: dict[Node, str], as_of: date) -> Figures:
    """The columns of a program's or portfolio's snapshot, but for its colours."""
    parts = {column: [child[column] for child in children] for column in (*ADDED, *BENEFITS)}
    if node.state not in UNBEGUN:
        actual, estimate = node.booked("actual", as_of), last(node.estimates, as_of)
        is_going_on = estimate and node.state not in ENDED
        parts["own_cost"].append(bottom_up(node, estimate, actual) if is_going_on else actual)
        parts["spent"].append(actual)
        parts["committed"].append(node.booked("commitment", as_of))
    for benefit in node.benefits.values():
        amounts = benefit_amounts(benefit, health, as_of)
        for column, amount in zip(BENEFITS, amounts, strict=True):
            parts[column].append(amount)
    figures: Figures = {column: total(amounts) for column, amounts in parts.items()}
    figures |= {column: sum(child[column] for child in children) for column in COUNTS}
    figures |= dict.fromkeys(TIMES)
    said: dict[str, Any] = {"start": node.start, "inputs_as_of": None}
    for column in ("inputs_as_of", *DATES):
        days = [child[column] for child in children if child[column]]
        pick = min if column in said else max
        figures[column] = pick(days, default=said.get(column, node.finish))
    return figures


def everything(nodes: Iterable[Node], as_of: date) -> dict[str, Figures]:
    """Compute every component: the projects, then level by level from the deepest."""
    upwards = sorted(nodes, key=lambda node: (node.kind != "project", -len(node.path)))
    done = {node: Project(node, as_of).figures() for node in upwards if node.kind == "project"}
    health = {node: figures["health"] for node, figures in done.items()}
    for node in upwards[len(done) :]:
        children = [figures for child, figures in done.items() if child.parent is node]
        done[node] = whole(node, children, health, as_of)
    for figures in done.values():
        gain, cost = figures["benefit_forecast"], total(figures[name] for name in COST)
        figures["cpi"] = quotient(figures["ev_costed"], figures["ac"])
        figures["spi"] = quotient(figures["ev"], figures["pv"])
        figures["roi"] = None if None in (gain, cost) else quotient(gain - (cost or 0), cost)
    return {node.code: figures for node, figures in done.items()}
