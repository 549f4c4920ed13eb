"""How each task of a project stands against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery, Sum

from ppm.core.models import AnyUser, CalendarDay, Known
from projects.evm import earned_value, money, planned_value
from projects.models import (
    Baseline,
    BaselineMilestone,
    EarningMethod,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
)

ZERO = Decimal()
ALL_WORK = Decimal(10) ** 9
"""What all budgets of a project come to where their amounts are not shown: a number for parts."""
WHOLE = Decimal(100)
"""The percent of what is complete."""
BY_TIME_OR_STEPS = (EarningMethod.LEVEL_OF_EFFORT, EarningMethod.WEIGHTED_MILESTONES)
"""The methods that do not ask how far a task has come in percent."""


class Report(NamedTuple):
    """The newest progress entry of a task."""

    task_id: int
    percent: Decimal
    date: date
    author: str


class Weights(NamedTuple):
    """The weights of a task's milestones: all, due by the date, accomplished."""

    whole: Decimal
    due: Decimal
    accomplished: Decimal


class Plan(NamedTuple):
    """A task, now and in the baseline; of what is not in a baseline the second half is null."""

    id: int
    parent_id: int | None
    wbs: str
    name: str
    is_key: bool
    duration_minutes: int | None
    start_date: date
    finish_date: date
    deadline: date | None
    task_budget: Decimal | None
    baseline_task_id: int | None
    baseline_start: date | None
    baseline_finish: date | None
    budget: Decimal | None
    method: str | None
    start_elapsed: int | None
    finish_elapsed: int | None


PRESENT = (
    *("id", "parent_id", "wbs", "name", "is_key", "duration_minutes"),
    *("start_date", "finish_date", "deadline", "budget"),
)
FROZEN = (
    *("id", "start_date", "finish_date", "budget", "earning_method"),
    *("start_elapsed", "finish_elapsed"),
)
"""The columns of a task and of its row in the baseline, in the order of a plan."""


@dataclass(frozen=True)
class TaskPerformance:
    """A task's plan, its newest report, and its planned and earned value on the date.

    Both are `None` for a task that is not in the baseline. `late_days` is how much later than in
    the baseline it is to finish; a key milestone also counts as late while it is not reported.
    """

    plan: Plan
    report: Report | None
    planned: Decimal | None = None
    earned: Decimal | None = None
    late_days: int | None = None

    @property
    def behind(self) -> Decimal | None:
        """Money that should have been earned and was not; negative is ahead."""
        if self.planned is None or self.earned is None:
            return None
        return self.planned - self.earned

    @property
    def takes_percent(self) -> bool:
        """Whether it is reported in percent, and does not earn by time or by milestones."""
        return self.plan.method not in BY_TIME_OR_STEPS

    @property
    def is_complete(self) -> bool:
        """Whether it is reported to be finished, by percent or by all that it earns."""
        if self.plan.method == EarningMethod.WEIGHTED_MILESTONES:
            return bool(self.earned) and self.earned == self.plan.budget
        return self.report is not None and self.report.percent >= WHOLE

    @property
    def method(self) -> str:
        """The earning method in words."""
        return EarningMethod(self.plan.method).label if self.plan.method else ""


@dataclass(frozen=True)
class Performance:
    """Work packages of a project, those furthest behind first, and the summaries above them.

    A work package is a leaf. What was one when the baseline was taken still counts there, though
    it is a summary by now.
    """

    tasks: list[TaskPerformance]
    summaries: list[Plan] = field(default_factory=list)

    @property
    def is_measured(self) -> bool:
        """Whether any of it is in the baseline."""
        return any(task.planned is not None for task in self.tasks)

    @property
    def budget(self) -> Decimal:
        """Budget of the baseline."""
        return sum((task.plan.budget or ZERO for task in self.tasks), ZERO)

    @property
    def planned(self) -> Decimal:
        """Planned value of all tasks."""
        return sum((task.planned or ZERO for task in self.tasks), ZERO)

    @property
    def earned(self) -> Decimal:
        """Earned value of all tasks."""
        return sum((task.earned or ZERO for task in self.tasks), ZERO)

    @property
    def behind(self) -> Decimal:
        """Planned less earned value of all tasks."""
        return self.planned - self.earned


def current_baseline(
    project: Project, user: AnyUser, *, known: Known | None = None
) -> Baseline | None:
    """Find the baseline that performance is measured against, or was by what was known then."""
    baselines = Baseline.objects.visible_to(user).filter(project=project)
    if known is None or known.until is None:
        baselines = baselines.filter(is_current=True)
    else:
        baselines = baselines.filter(approved_at__lt=known.until).order_by("-number")
    return baselines.select_related("calendar").first()


def performance_of(
    project: Project, baseline: Baseline | None, *, user: AnyUser, known: Known
) -> Performance:
    """Measure every work package by what is known, in four queries whatever their number.

    For a reader who sees no amounts they are parts of `ALL_WORK`, so that what is derived stays.
    """
    as_of = known.day
    every = _plans(project, baseline, user)
    if not project.shows_amounts:
        every = _in_parts(every)
    parents = {plan.parent_id for plan in every}
    plans = [plan for plan in every if plan.id not in parents or plan.baseline_task_id]
    reports = _reports(project, user, known)
    elapsed = elapsed_on(baseline, as_of) if baseline else 0
    weights = _weights(baseline, plans, known)
    tasks = [
        _measured(plan, reports.get(plan.id), weights, elapsed=elapsed, as_of=as_of)
        for plan in plans
    ]
    tasks.sort(key=lambda task: -task.behind if task.behind is not None else Decimal("Infinity"))
    return Performance(tasks, [plan for plan in every if plan.id in parents])


def elapsed_on(baseline: Baseline, as_of: date) -> int:
    """Count the working minutes from the baseline's start through the end of a day."""
    before = baseline.start_date - timedelta(days=1)
    days = CalendarDay.objects.filter(calendar=baseline.calendar_id, day__in=[before, as_of])
    minutes = dict(days.values_list("day", "cumulative_minutes"))
    return minutes.get(as_of, 0) - minutes.get(before, 0)


def _plans(project: Project, baseline: Baseline | None, user: AnyUser) -> list[Plan]:
    """Read the tasks and, beside each that is in the baseline, its row there."""
    tasks = Task.objects.visible_to(user).filter(project=project)
    in_baseline = Q(baseline_tasks__baseline=baseline.pk if baseline else None)
    frozen = FilteredRelation("baseline_tasks", condition=in_baseline)
    rows = tasks.annotate(frozen=frozen).order_by("wbs")
    frozen_columns = [f"frozen__{column}" for column in FROZEN]
    return [Plan(*row) for row in rows.values_list(*PRESENT, *frozen_columns)]


def _in_parts(plans: list[Plan]) -> list[Plan]:
    """Write budgets as parts of the whole."""
    whole = sum((plan.budget or ZERO for plan in plans), ZERO) or WHOLE
    return [
        plan._replace(
            budget=None if plan.budget is None else money(plan.budget / whole * ALL_WORK),
            task_budget=None,
        )
        for plan in plans
    ]


def _reports(project: Project, user: AnyUser, known: Known) -> dict[int, Report]:
    """Read the newest progress of each task."""
    entries = Progress.objects.visible_to(user).filter(known.facts, task__project=project)
    newest = entries.order_by("task", "-date", "-pk").distinct("task")
    author = ("recorded_by__first_name", "recorded_by__last_name", "recorded_by__username")
    return {
        task_id: Report(task_id, percent, on, f"{first or ''} {last or ''}".strip() or name or "")
        for task_id, percent, on, first, last, name in newest.values_list(
            "task", "percent", "date", *author
        )
    }


def _weights(
    baseline: Baseline | None, plans: list[Plan], known: Known
) -> Mapping[int | None, Weights]:
    """Sum the weighted milestones of each task that earns by them."""
    methods = {plan.method for plan in plans}
    if baseline is None or EarningMethod.WEIGHTED_MILESTONES not in methods:
        return {}
    newest = MilestoneAccomplishment.objects.filter(
        known.facts, milestone=OuterRef("milestone")
    ).order_by("-date", "-pk")
    milestones = (
        BaselineMilestone.objects.filter(baseline_task__baseline=baseline)
        .annotate(is_done=Subquery(newest.values("is_accomplished")[:1]))
        .values(task=F("baseline_task"))
        .annotate(
            whole=Sum("weight"),
            due=Sum("weight", filter=Q(planned_date__lte=known.day), default=ZERO),
            accomplished=Sum("weight", filter=Q(is_done=True), default=ZERO),
        )
    )
    return {m["task"]: Weights(m["whole"], m["due"], m["accomplished"]) for m in milestones}


def _measured(
    plan: Plan,
    report: Report | None,
    weights: Mapping[int | None, Weights],
    *,
    elapsed: int,
    as_of: date,
) -> TaskPerformance:
    """Compute planned and earned value of a task."""
    if plan.method is None:
        return TaskPerformance(plan, report)
    weight = weights.get(plan.baseline_task_id, Weights(ZERO, ZERO, ZERO))
    planned = _planned(plan, weight, elapsed)
    earned = earned_value(
        **_work(plan, weight),
        percent=report.percent if report else ZERO,
        planned=planned,
        accomplished_weight=weight.accomplished,
    )
    return TaskPerformance(plan, report, planned, earned, _late_days(plan, report, as_of))


def _planned(plan: Plan, weight: Weights, elapsed: int) -> Decimal:
    return planned_value(
        **_work(plan, weight),
        elapsed=Decimal(elapsed),
        start_elapsed=Decimal(plan.start_elapsed or 0),
        finish_elapsed=Decimal(plan.finish_elapsed or 0),
        due_weight=weight.due,
    )


def _work(plan: Plan, weight: Weights) -> dict[str, Any]:
    """Take what both values are computed from."""
    budget = plan.budget or ZERO
    return {"method": plan.method, "budget": budget, "total_weight": weight.whole}


def _late_days(plan: Plan, report: Report | None, as_of: date) -> int | None:
    """Compare the finish with the baseline; of a key milestone, when it was done or will be."""
    if plan.baseline_finish is None:
        return None
    if not plan.is_key:
        return (plan.finish_date - plan.baseline_finish).days
    is_done = report is not None and report.percent >= WHOLE
    finish = report.date if report and is_done else max(plan.finish_date, as_of)
    return (finish - plan.baseline_finish).days
