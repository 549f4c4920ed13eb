"""What tests send to each resource of the API: enough to add a row, and something to change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.models import (
    Change,
    ChangeAssessment,
    CostEntry,
    Decision,
    Estimate,
    HealthPolicy,
    Issue,
    IssueAssessment,
    MonthClose,
    OverrideRuling,
    Risk,
    RiskAssessment,
    RoleAssignment,
    StateRequest,
    StatusReport,
    Webhook,
    WorkCalendar,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.models import (
    Baseline,
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from tests.factories import FINISH, START, make_report
from tests.rows import World, closed

Body = dict[str, Any]

WHY = "The supplier has gone out of business."
FIRST, LAST = START.isoformat(), FINISH.isoformat()


@dataclass(frozen=True)
class Resource:
    """A resource that takes rows: its model, a body that adds one, and a change where allowed.

    `writer` is the fixture of whoever may write it; an open one is read by all who sign in. What
    is taken back is deleted, but never changed. Fields of the writer tell who that was.
    """

    model: type[models.Model]
    body: Callable[[World], Body]
    change: Body = field(default_factory=dict)
    writer: str = "owner"
    is_open: bool = False
    is_taken_back: bool = False
    shown_once: tuple[str, ...] = ()
    of_writer: tuple[str, ...] = ()


def override_of(world: World) -> StatusReport:
    """Store a report that somebody else may approve."""
    return make_report(
        world.project,
        recorded_by=world.user,
        override_reason=WHY * 2,
        valid_until=FINISH,
    )


RESOURCES = {
    "portfolios": Resource(
        Portfolio,
        lambda w: {"code": "P2", "name": "Two", "state": "active", "parent": w.portfolio.pk},
        {"target_roi": "0.2500"},
    ),
    "programs": Resource(
        Program,
        lambda w: {"code": "G2", "name": "Two", "state": "idea", "parent": w.portfolio.pk},
        {"vision": "Dry feet"},
    ),
    "projects": Resource(
        Project,
        lambda w: {"code": "J2", "name": "Two", "state": "idea", "parent": w.program.pk},
        {"budget": "1000.0000"},
    ),
    "month-closes": Resource(
        MonthClose,
        lambda w: {"root": w.portfolio.pk, "month_end": closed(w).month_end.isoformat()},
        is_taken_back=True,
    ),
    "objectives": Resource(
        Objective,
        lambda w: {"portfolio": w.portfolio.pk, "name": "Grow", "weight": "0.5"},
        {"weight": "0.7500"},
    ),
    "objective-contributions": Resource(
        ObjectiveContribution,
        lambda w: {"objective": w.objective.pk, "benefit": w.benefit.pk, "weight": "0.4"},
        {"weight": "0.6000"},
    ),
    "budget-envelopes": Resource(
        BudgetEnvelope,
        lambda w: {
            "portfolio": w.portfolio.pk,
            "start_date": "2027-01-01",
            "finish_date": "2027-12-31",
            "amount": "5",
        },
        {"amount": "6.0000"},
    ),
    "benefits": Resource(
        Benefit,
        lambda w: {"component": w.program.pk, "name": "Less paper", "target_value": "10"},
        {"target_value": "20.0000"},
    ),
    "benefit-links": Resource(
        BenefitLink,
        lambda w: {"benefit": w.benefit.pk, "project": w.neighbour.pk, "weight": "2"},
        {"weight": "3.000000"},
    ),
    "benefit-plans": Resource(
        BenefitPlan,
        lambda w: {"benefit": w.benefit.pk, "period_end": "2027-12-31", "value": "5"},
        {"value": "6.0000"},
    ),
    "benefit-measurements": Resource(
        BenefitMeasurement, lambda w: {"benefit": w.benefit.pk, "date": FIRST, "value": "5"}
    ),
    "tasks": Resource(
        Task,
        lambda w: {
            "project": w.project.pk,
            "wbs": "7",
            "name": "Dig",
            "start_date": FIRST,
            "finish_date": LAST,
            "budget": "100",
            "earning_method": "physical_percent",
        },
        {"name": "Dig deeper"},
    ),
    "weighted-milestones": Resource(
        WeightedMilestone,
        lambda w: {"task": w.task.pk, "name": "Half", "weight": "1", "planned_date": LAST},
        {"weight": "2.0000"},
    ),
    "dependencies": Resource(
        Dependency,
        lambda w: {"predecessor": w.task.pk, "successor": w.other_task.pk},
        {"link": "SS"},
    ),
    "baselines": Resource(Baseline, lambda w: {"project": w.neighbour.pk, "name": "Approved"}),
    "progress": Resource(
        Progress, lambda w: {"task": w.task.pk, "date": FIRST, "percent": "12.5"}
    ),
    "milestone-accomplishments": Resource(
        MilestoneAccomplishment, lambda w: {"milestone": w.milestone.pk, "date": FIRST}
    ),
    "lessons": Resource(
        Lesson,
        lambda w: {"project": w.project.pk, "event": "Rain", "recommendation": "Take a coat"},
        {"cause": "Autumn"},
    ),
    "closure-evaluations": Resource(
        ClosureEvaluation,
        lambda w: {
            "project": w.neighbour.pk,
            "date": LAST,
            "verdict": "met",
            "summary": "All is well",
        },
        {"verdict": "partly"},
    ),
    "costs": Resource(
        CostEntry, lambda w: {"component": w.project.pk, "date": FIRST, "amount": "99.95"}
    ),
    "estimates": Resource(
        Estimate,
        lambda w: {"component": w.project.pk, "date": FIRST, "estimate_to_complete": "1"},
    ),
    "status-reports": Resource(
        StatusReport, lambda w: {"component": w.project.pk, "date": FIRST, "health": "green"}
    ),
    "override-rulings": Resource(
        OverrideRuling,
        lambda w: {"report": override_of(w).pk, "date": FIRST, "outcome": "approved"},
    ),
    "state-requests": Resource(
        StateRequest,
        lambda w: {"component": w.project.pk, "after": "terminated", "reason": WHY},
    ),
    "decisions": Resource(
        Decision,
        lambda w: {"component": w.project.pk, "after": "on_hold", "rationale": WHY},
    ),
    "risks": Resource(
        Risk, lambda w: {"component": w.project.pk, "title": "Rain"}, {"response": "mitigate"}
    ),
    "risk-assessments": Resource(
        RiskAssessment,
        lambda w: {"risk": w.risk.pk, "date": FIRST, "probability": "0.5", "impact": "9"},
    ),
    "issues": Resource(
        Issue, lambda w: {"component": w.project.pk, "title": "Rain"}, {"title": "Hail"}
    ),
    "issue-assessments": Resource(
        IssueAssessment, lambda w: {"issue": w.issue.pk, "date": FIRST, "severity": "major"}
    ),
    "changes": Resource(
        Change, lambda w: {"component": w.project.pk, "title": "Roof"}, {"title": "Tent"}
    ),
    "change-assessments": Resource(
        ChangeAssessment, lambda w: {"change": w.change.pk, "date": FIRST, "status": "draft"}
    ),
    "health-policies": Resource(
        HealthPolicy, lambda w: {"component": w.program.pk, "cost_amber": "1.2000"}
    ),
    "role-assignments": Resource(
        RoleAssignment,
        lambda w: {"component": w.project.pk, "user": w.user.pk, "role": "contributor"},
        {"role": "auditor"},
        writer="administrator",
    ),
    "webhooks": Resource(
        Webhook,
        lambda w: {
            "component": w.program.pk,
            "url": "https://hooks.example.org/ppm",
            "events": ["health.changed"],
        },
        {"events": ["import.finished", "benefit.measured"]},
        shown_once=("secret",),
        of_writer=("owner",),
    ),
    "calendars": Resource(
        WorkCalendar,
        lambda w: {"name": "Long days", "minutes_per_day": 600},
        {"name": "Longer days"},
        writer="administrator",
        is_open=True,
    ),
}

READ_ONLY = {"components", "snapshots", "users", "calendar-days", "moves", "restatements", "jobs"}
READ_ONLY |= {"webhook-deliveries"}
CHANGEABLE = sorted(name for name, resource in RESOURCES.items() if resource.change)
TAKEN_BACK = {name for name, resource in RESOURCES.items() if resource.is_taken_back}
FACTS = sorted(set(RESOURCES) - set(CHANGEABLE) - TAKEN_BACK)
