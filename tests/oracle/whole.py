"""The snapshot of a program or portfolio, from its children's figures and its own facts."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from portfolios.health import PortfolioHealth, portfolio_health
from ppm.core.health_scale import (
    ONE,
    SEVERITY,
    Entry,
    Limits,
    Part,
    Verdict,
    judged_count,
    judged_ratio,
    rounded_ratio,
    severity_index,
    six_decimals,
    worst,
)
from ppm.core.models import Component, Health
from programs.benefits import benefit_forecast, planned_dependence
from programs.health import (
    Pull,
    ScheduledPart,
    benefits_health,
    cost_health,
    delivery_factor,
    driving_path,
    schedule_health,
)
from programs.models import Benefit, BenefitLink
from projects.evm import money
from projects.health import risk_health
from projects.models import Dependency, Task
from tests.oracle.benefit import map_of, measured_values, planned_value
from tests.oracle.facts import ZERO, Facts, Figures, Row, total, without_nulls
from tests.oracle.register import Own

SUMMED = (
    *("bac", "pv", "ev", "ev_costed", "ac", "sunk", "held", "pipeline", "etc", "eac", "vac"),
    *(f"budget_{health}" for health in Health.values),
)
OVER = ("closed", "terminated", "rejected")
ENDED = ("closed", "terminated", "archived")
UNBEGUN = ("idea", "proposal", "rejected")
Known = Callable[[int, date], Figures | None]
"""What is known on a date of a component, which may stand in another tree."""


class WholeOracle(Own):
    """One program or portfolio; its kind decides how the parts make its health."""

    def __init__(self, facts: Facts, component: Row, as_of: date, known: Known) -> None:
        """Take what is known of the children and of linked projects."""
        super().__init__(facts, component, as_of)
        self.known = known

    @cached_property
    def is_program(self) -> bool:
        """Programs are judged by their worst dimension, portfolios by the mean of their parts."""
        return bool(self.component["kind"] == "program")

    @cached_property
    def is_active(self) -> bool:
        """Whether it is rated."""
        return self.state in ("active", "executing", "closing")

    @cached_property
    def children(self) -> dict[int, Figures]:
        """The children's figures."""
        rows = self.facts.of(Component, parent_id=self.id)
        return {row["id"]: self.known(row["id"], self.as_of) or {} for row in rows}

    def sum_of(self, column: str) -> Decimal | None:
        """Add a column of the children."""
        return total(*(child[column] for child in self.children.values()))

    @cached_property
    def benefits(self) -> list[Figures]:
        """The benefits at home here."""
        rows = self.facts.of(Benefit, component_id=self.id)
        return [self._benefit(row) for row in rows]

    @cached_property
    def amounts(self) -> Figures:
        """Sums of the children and what is the component's own."""
        own: Figures = {"spent": self.actual, "committed": self.committed}
        own["own_cost"] = self.own_cost
        if self.state in UNBEGUN:
            own = dict.fromkeys(own)
        is_exposed = self.state not in (*UNBEGUN, *ENDED)
        own["risk_exposure"] = self.exposure if is_exposed else None
        for name in ("target", "planned", "realised", "forecast"):
            own[f"benefit_{name}"] = total(*(b[name] for b in self.benefits if b["is_counted"]))
        return {column: self.sum_of(column) for column in SUMMED} | {
            column: total(self.sum_of(column), amount) for column, amount in own.items()
        }

    @property
    def own_cost(self) -> Decimal | None:
        """What the level itself will have cost; once it is over, what it has cost."""
        if self.estimate is None or self.state in ENDED:
            return self.actual
        before = self.spent_by(self.estimate["date"]) or ZERO
        estimated: Decimal = before + self.estimate["estimate_to_complete"]
        return estimated if self.actual is None else max(estimated, self.actual)

    def _benefit(self, row: Row) -> Figures:
        target = row["target_value"] or ZERO
        planned = planned_value(self.facts, row["id"], self.as_of)
        values = measured_values(self.facts, row["id"], self.as_of)
        links = self.facts.of(BenefitLink, benefit_id=row["id"])
        states = [self.facts.one(Component, link["project_id"])["state"] for link in links]
        forecast = benefit_forecast(
            realised=sum(values, ZERO),
            planned=planned,
            target=target,
            rate=self._rate(links),
            measurements=len(values),
            are_contributors_closed=all(state in OVER for state in states),
        )
        worth = row["unit_value"] if row["sign"] == "benefit" else -row["unit_value"]
        return {
            "links": links,
            "is_counted": row["category"] == "cashable",
            "target": money(worth * target),
            "planned": money(worth * planned),
            "realised": money(worth * sum(values, ZERO)),
            "forecast": None if forecast is None else money(worth * forecast),
        }

    def _rate(self, links: list[Row]) -> Decimal | None:
        """The share of a benefit that its projects let expect."""
        factors: dict[str, Decimal | None] = {}
        for link in links:
            figures = self.known(link["project_id"], self.as_of)
            factors[str(link["project_id"])] = delivery_factor(
                self.policy,
                state=self.facts.one(Component, link["project_id"])["state"],
                health=figures["health"] if figures else Health.UNKNOWN,
                confidence=link["delivery_confidence"],
            )
        return map_of(links).rate("benefit", factors)

    @cached_property
    def parts(self) -> dict[int, Part]:
        """Each child's health and weight: its budget, at work or on hold."""
        return {
            id_: Part(
                child["health"],
                max((child["bac"] or ZERO) + (child["held"] or ZERO), ZERO),
                ONE if child["coverage"] is None else child["coverage"],
            )
            for id_, child in self.children.items()
        }

    @cached_property
    def rated(self) -> PortfolioHealth:
        """The parts judged together by the policy's rule."""
        return portfolio_health(self.policy, list(self.parts.values()))

    @cached_property
    def cost(self) -> Verdict:
        """Cost over the whole budget."""
        bac, held, vac = (self.amounts[column] for column in ("bac", "held", "vac"))
        return cost_health(self.policy, budget=bac, held=held, variance=vac)

    @cached_property
    def risk(self) -> Verdict:
        """Exposure of everything below and of the own register; extreme risks of the own only."""
        exposure = self.amounts["risk_exposure"]
        return risk_health(
            self.policy,
            exposure=(exposure or ZERO) if self.risks or exposure is not None else None,
            estimate_to_complete=self.amounts["etc"],
            contingency=None,
            extreme_risks=self.extreme_risks,
        )

    @cached_property
    def schedule(self) -> Verdict:
        """The parts that drive the finish of a program, else the weighted mean of all."""
        driving = self._driving() if self.is_program else set()
        parts = {
            id_: ScheduledPart(self.children[id_]["schedule_health"], part.weight, id_ in driving)
            for id_, part in self.parts.items()
        }
        health = schedule_health(self.policy, list(parts.values()))
        if health not in SEVERITY:
            return Verdict(health, [])
        if driving:
            entry = judged_count("schedule", "driving_path", len(driving), 0, health)
            return Verdict(health, [entry])
        index = severity_index(Part(part.health, part.weight) for part in parts.values()).value
        limits = Limits(self.policy.index_green, self.policy.index_amber)
        entry = judged_ratio("schedule", "schedule_index", index or ZERO, limits)
        entry |= {"health": health, "threshold": six_decimals(limits.threshold(health))}
        return Verdict(health, [entry])

    def _driving(self) -> set[int]:
        predecessors: dict[int, set[int]] = defaultdict(set)
        for link in self.facts.all(Dependency):
            first, then = (self._child_of(link[end]) for end in ("predecessor_id", "successor_id"))
            if link["is_hard"] and first and then and first != then:
                predecessors[then].add(first)
        finishes = {
            id_: child["forecast_finish"]
            for id_, child in self.children.items()
            if child["forecast_finish"]
        }
        return driving_path(finishes, predecessors)

    def _child_of(self, task_id: int) -> int | None:
        """The child that a task stands in or below."""
        project = self.facts.one(Component, self.facts.one(Task, task_id)["project_id"])
        path: list[int] = project["path"]
        return path[path.index(self.id) + 1] if self.id in path else None

    @cached_property
    def pulls(self) -> list[tuple[int, Pull]]:
        """How much of the target rests on each linked project, and how that one is going."""
        if not self.is_program:
            return []
        whole = sum((_positive_target(benefit) for benefit in self.benefits), ZERO)
        amounts: dict[int, Decimal] = defaultdict(Decimal)
        essential: set[int] = set()
        for benefit in self.benefits:
            map_, target = map_of(benefit["links"]), _positive_target(benefit)
            for link in benefit["links"]:
                project = link["project_id"]
                share = planned_dependence(map_, "benefit", str(project), target=target)
                amounts[project] += share or ZERO
                essential |= {project} if link["mode"] == "essential" else set()
        return [
            (
                id_,
                Pull(
                    figures["health"], rounded_ratio(a, whole) if whole else ZERO, id_ in essential
                ),
            )
            for id_, a in amounts.items()
            if (figures := self.known(id_, self.as_of))
        ]

    @cached_property
    def benefit(self) -> Verdict:
        """Forecast against target, and the weakest project that it rests on."""
        reds = [
            Pull(Health.RED, ZERO) for part in self.parts.values() if part.health == Health.RED
        ]
        return benefits_health(
            self.policy,
            forecast=self.amounts["benefit_forecast"],
            target=self.amounts["benefit_target"],
            pulls=[*(pull for _, pull in self.pulls), *reds[: self.is_program]],
        )

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """The dimensions in the order of their explanation; only active components are rated."""
        names = ("cost", "risk", "issue", "benefit", "schedule")
        if not self.is_active:
            return dict.fromkeys(names, Verdict(Health.UNKNOWN, []))
        judged = (self.cost, self.risk, self.issues, self.benefit, self.schedule)
        return dict(zip(names, judged, strict=True))

    @cached_property
    def computed_health(self) -> Health:
        """What the state says; else a program's worst dimension, a portfolio's parts."""
        if self.is_program and self.state in ("idea", "proposal", "authorized"):
            return Health.NOT_STARTED
        if self.state == "on_hold":
            return Health.ON_HOLD
        if not self.is_active:
            return Health.DONE
        if not self.is_program:
            return self.rated.health
        health = worst(verdict.health for verdict in self.verdicts.values())
        if health in SEVERITY or self.rated.coverage is not None:
            return health
        return self.rated.health

    def figures(self) -> Figures:
        """The snapshot."""
        result = self.overridden(self.computed_health)
        return {
            **self.amounts,
            **{f"count_{h}": int(self.sum_of(f"count_{h}") or 0) for h in Health.values},
            **self._times(),
            "health": result["health"],
            "computed_health": self.computed_health,
            **{f"{name}_health": verdict.health for name, verdict in self.verdicts.items()},
            "scope_health": Health.UNKNOWN,
            **dict.fromkeys(("earned_schedule", "actual_time", "planned_duration")),
            "coverage": self.rated.coverage,
            "reasons": without_nulls({**self._reasons(), "override": result["override"]}),
        }

    def _times(self) -> Figures:
        def extreme(pick: Callable[..., Any], column: str) -> Any:
            days = (child[column] for child in self.children.values())
            return pick((day for day in days if day), default=None)

        finish = self.component["finish_date"]
        return {
            "start": extreme(min, "start") or self.component["start_date"],
            "finish": extreme(max, "finish") or finish,
            "forecast_finish": extreme(max, "forecast_finish") or finish,
            "inputs_as_of": extreme(min, "inputs_as_of"),
        }

    def _reasons(self) -> Figures:
        amounts = self.amounts
        ev_costed, ac, pv = amounts["ev_costed"], amounts["ac"], amounts["pv"]
        cost = total(amounts["eac"], amounts["sunk"], amounts["own_cost"]) or ZERO
        no_cpi = "NO_COSTS" if ev_costed is None else "DIV_ZERO" if ac <= 0 else None
        no_spi = "NO_PROGRESS_MEASURE" if pv is None else "NOT_STARTED" if pv == 0 else None
        no_roi = "NO_COST" if cost <= 0 else None
        return {
            "health": [*self._entries()],
            "state": self.state,
            "cpi": no_cpi,
            "spi": no_spi,
            "roi": "NO_BENEFITS" if amounts["benefit_forecast"] is None else no_roi,
            "drivers": self._drivers(),
            "pull": self._pull() if self.is_active else None,
        }

    def _entries(self) -> list[Entry]:
        """Explain the dimensions, a pull after the schedule, a portfolio's rule last."""
        entries = [entry for verdict in self.verdicts.values() for entry in verdict.entries]
        entries.sort(key=lambda entry: entry["measure"] == "pull")
        return [*entries, *self._rule()]

    def _rule(self) -> list[Entry]:
        if self.is_program or not self.is_active or self.rated.coverage is None:
            return []
        coverage, least = self.rated.coverage, self.policy.coverage_min
        if coverage < least:
            value, threshold = six_decimals(coverage), six_decimals(least)
            return [_overall("coverage", value, threshold, Health.UNKNOWN)]
        return [self._by_rule(self.policy.rule, self.rated.health)]

    def _by_rule(self, rule: str, health: Health) -> Entry:
        policy, healths = self.policy, [part.health for part in self.parts.values()]
        known = [one for one in healths if one in SEVERITY]
        is_red = health == Health.RED
        if rule == "worst_of":
            return _overall(rule, str(SEVERITY[worst(known)]), "0", health)
        if rule == "count_based":
            share = rounded_ratio(known.count(Health.GREEN), len(known))
            limit = policy.count_amber if is_red else policy.count_green
            return _overall(rule, six_decimals(share), six_decimals(limit), health)
        limit = policy.index_amber if is_red else policy.index_green
        index = self.rated.index
        return _overall(rule, six_decimals(index or ZERO), six_decimals(limit), health)

    def _drivers(self) -> list[Figures] | None:
        """At most three children that make the most of the severity."""
        rated = [p for p in self.parts.values() if p.health in (*SEVERITY, Health.UNKNOWN)]
        has_weights = any(part.weight > 0 for part in rated)
        severe = {
            id_: (part.weight if has_weights else Decimal(1)) * SEVERITY.get(part.health, 0)
            for id_, part in self.parts.items()
        }
        worst_first = sorted((-amount, id_) for id_, amount in severe.items() if amount > 0)[:3]
        whole = sum(severe.values(), ZERO)
        return [
            {
                "component": id_,
                "health": self.parts[id_].health,
                "share": six_decimals(rounded_ratio(-amount, whole)),
            }
            for amount, id_ in worst_first
        ] or None

    def _pull(self) -> list[Figures] | None:
        """Each project whose colour pulls the benefits down."""
        told = []
        for id_, pull in self.pulls:
            entries = benefits_health(
                self.policy, forecast=None, target=None, pulls=[pull]
            ).entries
            order = [(-SEVERITY[entry["health"]], -pull.share, id_) for entry in entries]
            what = {
                "project": id_,
                "share": six_decimals(pull.share),
                "essential": pull.is_essential,
                "health": pull.health,
            }
            told += [(place, what) for place in order]
        return [what for _, what in sorted(told, key=lambda pair: pair[0])] or None


def _overall(measure: str, value: str, threshold: str, health: Health) -> Entry:
    return Entry(
        dimension="overall", measure=measure, value=value, threshold=threshold, health=health
    )


def _positive_target(benefit: Figures) -> Decimal:
    return max(benefit["target"], ZERO) if benefit["is_counted"] else ZERO
