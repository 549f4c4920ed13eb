"""What stands in the way of a project's next state (domain.md 10.1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from ppm.core.models import IssueAssessment, RiskAssessment, State
from projects.models import (
    Baseline,
    ClosureEvaluation,
    EarningMethod,
    Progress,
    Project,
    Task,
)


def obstacles(project: Project, after: str, *, as_of: date) -> list[str]:
    """Say what must be done first, a sentence each; empty where nothing is in the way."""
    checks = {
        State.AUTHORIZED: _before_authorization,
        State.EXECUTING: _before_work,
        State.CLOSING: _before_closing,
        State.CLOSED: _before_the_end,
    }
    check = checks.get(State(after))
    return check(project, as_of) if check else []


def _before_authorization(project: Project, as_of: date) -> list[str]:
    found = []
    if project.budget is None and not project.tasks.exists():
        found.append("It has neither a budget nor tasks: nobody could say what is authorized.")
    if project.finish_date is None and not project.tasks.exists():
        found.append("It has no finish date.")
    return found


def _before_work(project: Project, as_of: date) -> list[str]:
    if project.state == State.ON_HOLD:
        return []
    found = []
    if project.manager_id is None:
        found.append("It has no manager.")
    if not Baseline.objects.filter(project=project, is_current=True).exists():
        found.append("It has no baseline: take one, so that there is a plan to measure against.")
    if project.start_date and project.start_date > as_of:
        found.append(f"It is planned to start on {project.start_date:%Y-%m-%d}.")
    return found


def _before_closing(project: Project, as_of: date) -> list[str]:
    newest = Progress.objects.filter(task=OuterRef("pk"), date__lte=as_of).order_by("-date", "-pk")
    leaves = project.tasks.filter(~Exists(Task.objects.filter(parent=OuterRef("pk"))))
    by_percent = leaves.filter(budget__gt=0).exclude(
        earning_method__in=(EarningMethod.LEVEL_OF_EFFORT, EarningMethod.WEIGHTED_MILESTONES)
    )
    percent = Coalesce(Subquery(newest.values("percent")[:1]), Decimal())
    left = by_percent.annotate(percent=percent).filter(percent__lt=100).count()
    return [f"{_count(left, 'task')} not complete."] if left else []


def _before_the_end(project: Project, as_of: date) -> list[str]:
    found = []
    if not ClosureEvaluation.objects.filter(project=project).exists():
        found.append("It has no closure evaluation.")
    if not project.lessons.exists():
        found.append("It has no lessons.")
    for name, assessments in (
        ("risk", RiskAssessment.objects.filter(risk__component=project)),
        ("issue", IssueAssessment.objects.filter(issue__component=project)),
    ):
        newest = assessments.order_by(name, "-date", "-pk").distinct(name)
        left = sum(assessment.is_open for assessment in newest)
        if left:
            found.append(f"{_count(left, name)} still open.")
    return found


def _count(number: int, word: str) -> str:
    return f"1 {word} is" if number == 1 else f"{number} {word}s are"
