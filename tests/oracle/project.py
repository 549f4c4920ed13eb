"""A project's snapshot by its definitions. Formulas are those of `projects.evm` and `.health`."""

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from ppm.core.health_scale import Entry, Verdict, verdict
from ppm.core.models import Health
from projects.evm import (
    EarnedTime,
    bottom_up_estimate,
    earned_schedule,
    headline_estimate,
    is_estimate_current,
    planned_duration,
    whole_minutes,
)
from projects.evm.numbers import difference
from projects.health import (
    cost_health,
    is_outdated,
    is_stale,
    overall,
    risk_health,
    schedule_health,
    scope_health,
)
from projects.models import Baseline, BaselineCurve, BaselineTask, Task
from tests.oracle.facts import ZERO, Figures, Row, total, without_nulls
from tests.oracle.package import Package
from tests.oracle.register import Own


class ProjectOracle(Own):
    """One project. What is not known is `None`."""

    @cached_property
    def performs(self) -> bool:
        """Whether its performance counts."""
        return self.state in ("authorized", "executing", "closing", "closed")

    @cached_property
    def is_open(self) -> bool:
        """Whether work is still to come."""
        return self.state in ("authorized", "executing", "closing", "on_hold")

    @cached_property
    def is_active(self) -> bool:
        """Whether it is rated."""
        return self.state in ("executing", "closing")

    @cached_property
    def spends(self) -> bool:
        """Whether its cost counts."""
        return self.state not in ("idea", "proposal", "rejected")

    @cached_property
    def tasks(self) -> list[Row]:
        """Its tasks as planned now."""
        return self.facts.of(Task, project_id=self.id)

    @cached_property
    def baseline(self) -> Row | None:
        """The plan that performance is measured against."""
        baselines = self.facts.of(Baseline, project_id=self.id)
        return next((b for b in baselines if b["is_current"]), None)

    @cached_property
    def frozen(self) -> list[Row]:
        """Its work packages as they were approved."""
        return (
            self.facts.of(BaselineTask, baseline_id=self.baseline["id"]) if self.baseline else []
        )

    @cached_property
    def packages(self) -> list[Package]:
        """Its work packages as they stand."""
        elapsed = self.elapsed_by(self.as_of) or 0
        return [Package(self.facts, row, elapsed=elapsed, as_of=self.as_of) for row in self.frozen]

    @cached_property
    def is_measured(self) -> bool:
        """Whether anything measures progress; a project without tasks has nothing."""
        return any(row["task_id"] for row in self.frozen)

    @cached_property
    def budget(self) -> Decimal | None:
        """BAC; unknown without a baseline."""
        return total(*(row["budget"] for row in self.frozen))

    @cached_property
    def planned(self) -> Decimal | None:
        """PV, where progress is measured."""
        return total(*(p.planned for p in self.packages)) if self.is_measured else None

    @cached_property
    def earned(self) -> Decimal | None:
        """EV, where progress is measured."""
        return total(*(p.earned for p in self.packages)) if self.is_measured else None

    @cached_property
    def is_complete(self) -> bool:
        """Whether everything is earned."""
        return (
            self.earned is not None and self.budget is not None and self.earned >= self.budget > 0
        )

    @cached_property
    def reported_on(self) -> date | None:
        """The last report of progress."""
        return max((p.reported_on for p in self.packages if p.reported_on), default=None)

    def elapsed_by(self, day: date | None) -> int | None:
        """Working minutes from the baseline's start through the end of a day."""
        if self.baseline is None or day is None:
            return None
        calendar, before = self.baseline["calendar_id"], self.baseline["start_date"] - timedelta(1)
        through = self.facts.working_minutes(calendar, day)
        origin = self.facts.working_minutes(calendar, before)
        return None if through is None or origin is None else through - origin

    @cached_property
    def actual_time(self) -> int | None:
        """AT; of finished work it stands still on the day of the last report."""
        is_over = self.is_complete or self.state == "closed"
        return self.elapsed_by(self.reported_on if is_over else self.as_of)

    @cached_property
    def curve(self) -> list[tuple[Decimal, Decimal]]:
        """The approved plan over time."""
        if self.baseline is None:
            return []
        points = self.facts.of(BaselineCurve, baseline_id=self.baseline["id"])
        return sorted((Decimal(p["elapsed"]), p["planned_value"]) for p in points)

    @cached_property
    def planned_duration(self) -> int | None:
        """PD; unknown without a baseline."""
        if self.budget is None:
            return None
        return int(planned_duration(self.curve, budget=self.budget))

    @cached_property
    def earned_schedule(self) -> int | None:
        """ES, where progress is measured."""
        if self.earned is None or self.budget is None:
            return None
        return whole_minutes(earned_schedule(self.curve, earned=self.earned, budget=self.budget))

    @cached_property
    def bottom_up(self) -> Decimal | None:
        """EAC by the manager's newest estimate."""
        if self.estimate is None:
            return None
        return bottom_up_estimate(
            estimate_to_complete=self.estimate["estimate_to_complete"],
            actual_at_estimate=self.spent_by(self.estimate["date"]) or ZERO,
            actual=self.actual or ZERO,
        )

    @cached_property
    def headline(self) -> tuple[Decimal | None, str | None]:
        """EAC and its method. Closed work costs what it cost."""
        if self.state == "closed":
            if self.actual is not None:
                return self.actual, "AC"
            return (self.estimate["estimate_to_complete"], "BU") if self.estimate else (None, None)
        if not self.is_open:
            return None, None
        is_current = self.estimate is not None and is_estimate_current(
            age_days=(self.as_of - self.estimate["date"]).days, has_tasks=bool(self.tasks)
        )
        return headline_estimate(
            budget=self.budget,
            earned=self.earned,
            actual=self.actual,
            bottom_up=self.bottom_up if is_current else None,
        )

    @cached_property
    def to_complete(self) -> Decimal | None:
        """ETC; nothing once closed."""
        estimate, _ = self.headline
        if estimate is None:
            return None
        return ZERO if self.state == "closed" else estimate - (self.actual or ZERO)

    @cached_property
    def dates(self) -> tuple[date | None, date | None]:
        """Start and finish: the baseline's, else its own, else the tasks'."""
        baseline = self.baseline or {"start_date": None, "finish_date": None}
        starts = min((task["start_date"] for task in self.tasks), default=None)
        return (
            baseline["start_date"] or self.component["start_date"] or starts,
            baseline["finish_date"] or self.component["finish_date"] or self.planned_finish,
        )

    @cached_property
    def planned_finish(self) -> date | None:
        """When the last task is to finish by the present plan."""
        return max((task["finish_date"] for task in self.tasks), default=None)

    @cached_property
    def forecast_finish(self) -> date | None:
        """What the manager says, else the present plan; work that goes on is not in the past."""
        approved = self.baseline["finish_date"] if self.baseline else None
        said = self.estimate["forecast_finish"] if self.estimate else None
        finish: date | None
        finish = said or self.planned_finish or self.component["finish_date"] or approved
        if finish and self.is_open and not self.is_complete:
            return max(finish, self.as_of)
        return finish

    @cached_property
    def inputs_as_of(self) -> date | None:
        """The oldest of what is needed to judge; what never came is as old as the work."""
        if not self.is_active:
            return None
        start = self.component["start_date"] or self.dates[0]
        booked = [c["date"] for c in self.costs if c["kind"] == "actual"]
        said = self.estimate and self.estimate["date"]
        required = (self.reported_on if self.tasks else said) or start
        return min((day for day in (required, max(booked, default=None)) if day), default=None)

    @cached_property
    def age(self) -> int:
        """Days since the oldest input."""
        return (self.as_of - self.inputs_as_of).days if self.inputs_as_of else 0

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """The dimensions; only active work is rated."""
        if not self.is_active:
            return dict.fromkeys(("schedule", "cost", "scope", "risk", "issue"), verdict([]))
        estimate, _ = self.headline
        return {
            "schedule": self._schedule(),
            "cost": cost_health(self.policy, estimate=estimate, budget=self.budget),
            "scope": scope_health(
                self.policy,
                change_value=self.change_value,
                budget=self.budget,
                dropped_requirements=self.dropped_requirements,
            ),
            "risk": risk_health(
                self.policy,
                exposure=(self.exposure or ZERO) if self.risks else None,
                estimate_to_complete=self.to_complete,
                contingency=self.component["contingency"],
                extreme_risks=self.extreme_risks,
            ),
            "issue": self.issues,
        }

    def _schedule(self) -> Verdict:
        index = slip = days = None
        if self.earned_schedule is not None and self.actual_time is not None:
            index = EarnedTime(
                elapsed=Decimal(self.actual_time),
                earned=Decimal(self.earned_schedule),
                planned=ZERO,
            ).schedule_index
        if self.baseline and self.forecast_finish:
            first, last = self.baseline["start_date"], self.baseline["finish_date"]
            slip, days = (self.forecast_finish - last).days, (last - first).days + 1
        late = [p.days_late for p in self.packages if p.days_late is not None]
        is_timed = self.actual_time is not None and self.planned_duration is not None
        return schedule_health(
            self.policy,
            schedule_index_time=index,
            elapsed=Decimal(self.actual_time or 0) if is_timed else None,
            planned_duration=Decimal(self.planned_duration or 0) if is_timed else None,
            slip_days=slip,
            baseline_days=days,
            milestone_slip_days=max(late, default=None),
        )

    @cached_property
    def computed_health(self) -> Health:
        """What the state says, else the worst dimension."""
        if self.state in ("idea", "proposal", "authorized"):
            return Health.NOT_STARTED
        if self.state == "on_hold":
            return Health.ON_HOLD
        if not self.is_active:
            return Health.DONE
        return overall({name: verdict.health for name, verdict in self.verdicts.items()})

    def figures(self) -> Figures:
        """The snapshot."""
        old = is_outdated(age_days=self.age, half_life_days=self.policy.half_life_days)
        result = self.overridden(self.computed_health, is_outdated=old)
        health = result["health"]
        return {
            **self._amounts(),
            **self._counts(health),
            **self._times(),
            "health": health,
            "computed_health": self.computed_health,
            **{f"{name}_health": verdict.health for name, verdict in self.verdicts.items()},
            "benefit_health": Health.UNKNOWN,
            "coverage": {"green": 1, "amber": 1, "red": 1, "unknown": 0}.get(health),
            "reasons": without_nulls({**self._reasons(), "override": result["override"]}),
        }

    def _amounts(self) -> Figures:
        return self._performance() | {
            "spent": self.actual if self.spends else None,
            "sunk": self.actual if self.state == "terminated" else None,
            "pipeline": self.pipeline if self.state == "proposal" else None,
            "etc": self.to_complete,
            "eac": self.headline[0],
            "own_cost": None,
            "committed": self.committed if self.spends else None,
            "risk_exposure": self.exposure if self.is_open else None,
            **dict.fromkeys(
                ("benefit_target", "benefit_planned", "benefit_realised", "benefit_forecast")
            ),
        }

    def _performance(self) -> Figures:
        """What counts only while the work is authorized or later; on hold it stands apart."""
        variance = difference(self.budget, self.headline[0])
        has_cost = self.actual is not None and self.actual > 0
        figures = {
            "bac": self.budget,
            "pv": self.planned,
            "ev": self.earned,
            "ev_costed": self.earned if has_cost else None,
            "ac": self.actual if self.is_measured else None,
            "vac": variance,
            "held": None,
        }
        if self.performs:
            return figures
        held = {"held": self.budget, "vac": variance} if self.state == "on_hold" else {}
        return dict.fromkeys(figures) | held

    @cached_property
    def pipeline(self) -> Decimal | None:
        """What a proposal asks for: the budgets of its tasks, else its own."""
        planned = total(*(task["budget"] for task in self.tasks))
        return self.component["budget"] if planned is None else planned

    def _counts(self, health: Health) -> Figures:
        is_counted = self.state not in ("terminated", "rejected")
        weight = self.budget if self.performs or self.state == "on_hold" else None
        counts = {
            f"count_{colour}": int(is_counted and colour == health) for colour in Health.values
        }
        return counts | {f"budget_{c}": weight if c == health else None for c in Health.values}

    def _times(self) -> Figures:
        counts = self.performs or self.state == "on_hold"
        start, finish = self.dates
        return {
            "start": start if counts else None,
            "finish": finish if counts else None,
            "forecast_finish": self.forecast_finish if counts else None,
            "earned_schedule": self.earned_schedule if self.performs else None,
            "actual_time": self.actual_time if self.performs and self.is_measured else None,
            "planned_duration": self.planned_duration if self.performs else None,
            "inputs_as_of": self.inputs_as_of,
        }

    def _reasons(self) -> Figures:
        entries: list[Entry] = [e for verdict in self.verdicts.values() for e in verdict.entries]
        _, method = self.headline
        stale = is_stale(age_days=self.age, half_life_days=self.policy.half_life_days)
        missing = self._missing()
        no_cost = None
        if self.actual is None or self.actual <= 0:
            no_cost = "NO_COSTS" if self.actual is None else "DIV_ZERO"
        return {
            "health": entries,
            "state": self.state,
            "eac": method,
            "cpi": missing or no_cost,
            "spi": missing or ("NOT_STARTED" if self.planned == 0 else None),
            "roi": "NO_BENEFITS",
            "stale_days": self.age if stale else None,
        }

    def _missing(self) -> str | None:
        """Why there is no performance at all."""
        if not self.performs:
            return "NOT_APPLICABLE"
        if self.baseline is None:
            return "NO_BASELINE"
        return None if self.is_measured else "NO_PROGRESS_MEASURE"
