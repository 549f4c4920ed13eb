"""How each task of a project stands against the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Sum

from ppm.core.models import AnyUser, CalendarDay
from projects.evm import earned_value, planned_value
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
    """A leaf task, now and in the baseline; without a baseline the second half is null."""

    id: int
    wbs: str
    name: str
    is_key: bool
    finish_date: date
    task_budget: Decimal | None
    baseline_task_id: int | None
    baseline_finish: date | None
    budget: Decimal | None
    method: str | None
    start_elapsed: int | None
    finish_elapsed: int | None


@dataclass(frozen=True)
class TaskPerformance:
    """A task's plan, its newest report, and its planned and earned value on the date.

    Both are `None` for a task that is not in the baseline. `late_days` is how much later than in
    the baseline it finishes, of key milestones only.
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
    def is_reported(self) -> bool:
        """Whether anybody said how far it has come."""
        earns_by_steps = self.plan.method == EarningMethod.WEIGHTED_MILESTONES
        return self.report is not None or (earns_by_steps and bool(self.earned))

    @property
    def method(self) -> str:
        """The earning method in words."""
        return EarningMethod(self.plan.method).label if self.plan.method else ""


@dataclass(frozen=True)
class Performance:
    """All leaf tasks of a project, those furthest behind first."""

    tasks: list[TaskPerformance]

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

    @property
    def is_reported(self) -> bool:
        """Whether anybody said how far any of it has come."""
        return any(task.is_reported for task in self.tasks)


def current_baseline(project: Project, user: AnyUser) -> Baseline | None:
    """Find the baseline that performance is measured against."""
    baselines = Baseline.objects.visible_to(user).filter(project=project, is_current=True)
    return baselines.select_related("calendar").first()


def performance_of(
    project: Project, baseline: Baseline | None, *, user: AnyUser, as_of: date
) -> Performance:
    """Measure every leaf task on a date, in four queries whatever their number."""
    plans = _plans(project, baseline, user)
    reports = _reports(project, user, as_of)
    elapsed = elapsed_on(baseline, as_of) if baseline else 0
    weights = _weights(baseline, plans, as_of)
    tasks = [
        _measured(plan, reports.get(plan.id), weights, elapsed=elapsed, as_of=as_of)
        for plan in plans
    ]
    tasks.sort(key=lambda task: -task.behind if task.behind is not None else Decimal("Infinity"))
    return Performance(tasks)


def elapsed_on(baseline: Baseline, as_of: date) -> int:
    """Count the working minutes from the baseline's start through the end of a day."""
    before = baseline.start_date - timedelta(days=1)
    days = CalendarDay.objects.filter(calendar=baseline.calendar_id, day__in=[before, as_of])
    minutes = dict(days.values_list("day", "cumulative_minutes"))
    return minutes.get(as_of, 0) - minutes.get(before, 0)


def _plans(project: Project, baseline: Baseline | None, user: AnyUser) -> list[Plan]:
    """Read the leaf tasks and, beside each, its row in the baseline."""
    leaves = Task.objects.visible_to(user).filter(
        ~Exists(Task.objects.filter(parent=OuterRef("pk"))), project=project
    )
    in_baseline = Q(baseline_tasks__baseline=baseline.pk if baseline else None)
    frozen = FilteredRelation("baseline_tasks", condition=in_baseline)
    rows = leaves.annotate(frozen=frozen).order_by("wbs")
    return [
        Plan(*row)
        for row in rows.values_list(
            "id",
            "wbs",
            "name",
            "is_key",
            "finish_date",
            "budget",
            "frozen__id",
            "frozen__finish_date",
            "frozen__budget",
            "frozen__earning_method",
            "frozen__start_elapsed",
            "frozen__finish_elapsed",
        )
    ]


def _reports(project: Project, user: AnyUser, as_of: date) -> dict[int, Report]:
    """Read the newest progress of each task."""
    entries = Progress.objects.visible_to(user).filter(task__project=project, date__lte=as_of)
    newest = entries.order_by("task", "-date", "-pk").distinct("task")
    author = ("recorded_by__first_name", "recorded_by__last_name", "recorded_by__username")
    return {
        task_id: Report(task_id, percent, on, f"{first or ''} {last or ''}".strip() or name or "")
        for task_id, percent, on, first, last, name in newest.values_list(
            "task", "percent", "date", *author
        )
    }


def _weights(
    baseline: Baseline | None, plans: list[Plan], as_of: date
) -> Mapping[int | None, Weights]:
    """Sum the weighted milestones of each task that earns by them."""
    methods = {plan.method for plan in plans}
    if baseline is None or EarningMethod.WEIGHTED_MILESTONES not in methods:
        return {}
    newest = MilestoneAccomplishment.objects.filter(
        milestone=OuterRef("milestone"), date__lte=as_of
    ).order_by("-date", "-pk")
    milestones = (
        BaselineMilestone.objects.filter(baseline_task__baseline=baseline)
        .annotate(is_done=Subquery(newest.values("is_accomplished")[:1]))
        .values(task=F("baseline_task"))
        .annotate(
            whole=Sum("weight"),
            due=Sum("weight", filter=Q(planned_date__lte=as_of), default=ZERO),
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
    """Compare a key milestone's finish, done or expected, with the baseline."""
    if not plan.is_key or plan.baseline_finish is None:
        return None
    is_done = report is not None and report.percent >= 100
    finish = report.date if report and is_done else max(plan.finish_date, as_of)
    return (finish - plan.baseline_finish).days
