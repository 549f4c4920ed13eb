"""Rows for tests: plain functions with sensible, unique defaults; every field can be given.

Dates are around `START`, a Monday, and `FINISH`, the last day of a four-week task. A component
without a parent is the root of a tree in EUR and Vienna time.
"""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.contrib.auth.models import Group

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.models import (
    EVENTS,
    Change,
    ChangeAssessment,
    ChangeStatus,
    Component,
    CostEntry,
    Decision,
    Estimate,
    EventKind,
    Health,
    HealthPolicy,
    Issue,
    IssueAssessment,
    IssueSeverity,
    Job,
    JobKind,
    Outcome,
    OverrideRuling,
    Restatement,
    Risk,
    RiskAssessment,
    Role,
    RoleAssignment,
    State,
    StateRequest,
    StatusReport,
    User,
    Webhook,
)
from programs.models import (
    Benefit,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    LinkMode,
    Program,
)
from projects.baselining import take_baselines
from projects.models import (
    Baseline,
    Dependency,
    EarningMethod,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)

START = date(2026, 1, 5)
FINISH = date(2026, 1, 30)
PASSWORD = "correct horse battery"  # noqa: S105 the password of every user made here

_numbers = count(1)


def make_user(
    username: str | None = None, *, superuser: bool = False, active: bool = True, **fields: Any
) -> User:
    """Make a person who signs in with `PASSWORD`."""
    name = username or f"user{next(_numbers)}"
    defaults = {"email": f"{name}@example.org", "is_staff": superuser}
    return User.objects.create_user(
        name,
        password=PASSWORD,
        is_superuser=superuser,
        is_active=active,
        **{**defaults, **fields},
    )


def make_group(*members: User, name: str | None = None) -> Group:
    """Make a group of users."""
    group = Group.objects.create(name=name or f"group{next(_numbers)}")
    group.user_set.set(members)
    return group


def give_role(
    holder: User | Group, component: Component, role: Role, *, expires_at: datetime | None = None
) -> RoleAssignment:
    """Give a user or a group a role on a component and everything below it."""
    field = "user" if isinstance(holder, User) else "group"
    return RoleAssignment.objects.create(
        component=component, role=role, expires_at=expires_at, **{field: holder}
    )


def make_job(owner: User, kind: str = JobKind.EXPORT, **fields: Any) -> Job:
    """Make a job that waits; of an export of all projects if nothing else is said."""
    asked = {"collection": "projects", "query": "", "fields": [], "format": "csv"}
    return Job.objects.create(
        owner=owner, kind=kind, **{"title": "projects", "asked": asked, **fields}
    )


def make_webhook(
    component: Component, owner: User | None = None, *events: EventKind, **fields: Any
) -> Webhook:
    """Make a webhook that is told of everything, or of the events given."""
    webhook = Webhook(
        component=component,
        owner=owner or make_user(superuser=True),
        events=list(events or EVENTS),
        **{"url": "https://hooks.example.org/ppm", **fields},
    )
    webhook.give_secret()
    webhook.save()
    return webhook


def _component_fields(
    prefix: str, parent: Component | None, code: str | None, fields: dict[str, Any]
) -> dict[str, Any]:
    code = code or f"{prefix}-{next(_numbers)}"
    settings = {} if parent else {"currency": "EUR", "time_zone": "Europe/Vienna"}
    return {"parent": parent, "code": code, "name": f"Component {code}", **settings, **fields}


def make_portfolio(
    parent: Component | None = None,
    code: str | None = None,
    *,
    state: State = State.ACTIVE,
    **fields: Any,
) -> Portfolio:
    """Make an active portfolio."""
    return Portfolio.objects.create(
        state=state, **_component_fields("PORTFOLIO", parent, code, fields)
    )


def make_program(
    parent: Component | None = None,
    code: str | None = None,
    *,
    state: State = State.EXECUTING,
    **fields: Any,
) -> Program:
    """Make a program in execution."""
    return Program.objects.create(
        state=state, **_component_fields("PROGRAM", parent, code, fields)
    )


def make_project(
    parent: Component | None = None,
    code: str | None = None,
    *,
    state: State = State.EXECUTING,
    **fields: Any,
) -> Project:
    """Make a project in execution, without dates, budget and tasks."""
    return Project.objects.create(
        state=state, **_component_fields("PROJECT", parent, code, fields)
    )


def make_task(
    project: Project,
    *,
    parent: Task | None = None,
    start_date: date = START,
    finish_date: date = FINISH,
    budget: Decimal | int | None = 1000,
    earning_method: EarningMethod | None = EarningMethod.PHYSICAL_PERCENT,
    **fields: Any,
) -> Task:
    """Make a leaf task of 1000 by physical percent; `budget=None` makes one to hold subtasks."""
    number = next(_numbers)
    return Task.objects.create(
        project=project,
        parent=parent,
        start_date=start_date,
        finish_date=finish_date,
        budget=budget,
        earning_method=None if budget is None else earning_method,
        **{"wbs": str(number), "name": f"Task {number}", **fields},
    )


def make_weighted_milestone(
    task: Task,
    *,
    weight: Decimal | int = 1,
    planned_date: date = FINISH,
    name: str | None = None,
) -> WeightedMilestone:
    """Make a step of a work package that earns by weighted milestones."""
    return WeightedMilestone.objects.create(
        task=task,
        weight=weight,
        planned_date=planned_date,
        name=name or f"Milestone {next(_numbers)}",
    )


def make_dependency(predecessor: Task, successor: Task, **fields: Any) -> Dependency:
    """Make a hard finish-to-start dependency."""
    return Dependency.objects.create(predecessor=predecessor, successor=successor, **fields)


def make_baseline(project: Project) -> Baseline:
    """Freeze the project's present tasks, or its own dates and budget, as its current baseline."""
    take_baselines([project.pk])
    return Baseline.objects.get(project=project, is_current=True)


def make_progress(
    task: Task, percent: Decimal | int = 50, date: date = START, **fields: Any
) -> Progress:
    """Record how far a task had come."""
    return Progress.objects.create(task=task, percent=percent, date=date, **fields)


def make_accomplishment(
    milestone: WeightedMilestone, date: date = START, **fields: Any
) -> MilestoneAccomplishment:
    """Record that a weighted milestone was accomplished."""
    return MilestoneAccomplishment.objects.create(milestone=milestone, date=date, **fields)


def make_cost(
    component: Component, amount: Decimal | int = 100, date: date = START, **fields: Any
) -> CostEntry:
    """Record actual cost."""
    return CostEntry.objects.create(component=component, amount=amount, date=date, **fields)


def make_estimate(
    component: Component,
    estimate_to_complete: Decimal | int = 500,
    date: date = START,
    **fields: Any,
) -> Estimate:
    """Record the manager's estimate to complete."""
    return Estimate.objects.create(
        component=component, estimate_to_complete=estimate_to_complete, date=date, **fields
    )


def make_risk(
    component: Component,
    probability: Decimal | float = Decimal("0.5"),
    impact: Decimal | int = 1000,
    date: date = START,
    *,
    title: str | None = None,
    response: Risk.Response = Risk.Response.NONE,
    **assessment: Any,
) -> Risk:
    """Make a risk with its first assessment, whose other fields may be given."""
    risk = Risk.objects.create(
        component=component, title=title or f"Risk {next(_numbers)}", response=response
    )
    fields = {"likelihood": 3, "severity": 3, **assessment}
    RiskAssessment.objects.create(
        risk=risk, probability=probability, impact=impact, date=date, **fields
    )
    return risk


def make_issue(
    component: Component,
    severity: IssueSeverity = IssueSeverity.MAJOR,
    date: date = START,
    *,
    title: str | None = None,
    **assessment: Any,
) -> Issue:
    """Make an issue with its first assessment, whose other fields may be given."""
    issue = Issue.objects.create(component=component, title=title or f"Issue {next(_numbers)}")
    IssueAssessment.objects.create(issue=issue, severity=severity, date=date, **assessment)
    return issue


def make_change(
    component: Component,
    status: ChangeStatus = ChangeStatus.SUBMITTED,
    date: date = START,
    *,
    title: str | None = None,
    **assessment: Any,
) -> Change:
    """Make a change with its first assessment, whose other fields may be given."""
    change = Change.objects.create(component=component, title=title or f"Change {next(_numbers)}")
    ChangeAssessment.objects.create(change=change, status=status, date=date, **assessment)
    return change


def make_restatement(component: Component, **before: Any) -> Restatement:
    """Note that figures were restated; columns of the earlier answer may be given."""
    answer = {
        "component_id": component.pk,
        "as_of": START.isoformat(),
        "computed_at": f"{START}T09:30:00+00:00",
        "reasons": {},
        **before,
    }
    return Restatement.objects.create(
        component=component,
        as_of=START,
        before=answer,
        reason="The invoice was lost.",
        restated_by=make_user(),
    )


def make_report(
    component: Component,
    health: Health | str = Health.GREEN,
    date: date = START,
    *,
    approved_by: User | None = None,
    **fields: Any,
) -> StatusReport:
    """Record what the manager says; with reason and end it overrides, with an approver at once."""
    report = StatusReport.objects.create(component=component, health=health, date=date, **fields)
    if approved_by:
        make_ruling(report, recorded_by=approved_by, date=date)
    return report


def make_ruling(report: StatusReport, **fields: Any) -> OverrideRuling:
    """Approve an override."""
    defaults = {"outcome": Outcome.APPROVED, "date": report.date}
    return OverrideRuling.objects.create(report=report, **{**defaults, **fields})


def make_request(
    component: Component, after: State = State.TERMINATED, **fields: Any
) -> StateRequest:
    """Ask for a change of state."""
    defaults = {"before": component.state, "date": START, "reason": "It has lost its purpose."}
    return StateRequest.objects.create(component=component, after=after, **{**defaults, **fields})


def make_decision(
    component: Component, after: State = State.TERMINATED, **fields: Any
) -> Decision:
    """Decide about the state; the state itself stays."""
    defaults = {"before": component.state, "date": START, "rationale": "It has lost its purpose."}
    return Decision.objects.create(component=component, after=after, **{**defaults, **fields})


def make_policy(
    component: Component | None, *, version: int = 2, **thresholds: Any
) -> HealthPolicy:
    """Make a health policy; without a component a new version of the default."""
    return HealthPolicy.objects.create(component=component, version=version, **thresholds)


def make_benefit(
    component: Component, target_value: Decimal | int | None = 1000, **fields: Any
) -> Benefit:
    """Make a cashable benefit of a program or portfolio."""
    name = fields.pop("name", f"Benefit {next(_numbers)}")
    return Benefit.objects.create(
        component=component, name=name, target_value=target_value, **fields
    )


def make_link(
    benefit: Benefit,
    project: Project,
    weight: Decimal | int | None = 1,
    *,
    mode: LinkMode = LinkMode.ADDITIVE,
    **fields: Any,
) -> BenefitLink:
    """Say that a project contributes to a benefit; an essential one has no weight."""
    return BenefitLink.objects.create(
        benefit=benefit,
        project=project,
        mode=mode,
        weight=weight if mode == LinkMode.ADDITIVE else None,
        **fields,
    )


def make_plan(
    benefit: Benefit, value: Decimal | int = 100, period_end: date = FINISH
) -> BenefitPlan:
    """Plan a value for a period."""
    return BenefitPlan.objects.create(benefit=benefit, value=value, period_end=period_end)


def make_measurement(
    benefit: Benefit, value: Decimal | int = 90, date: date = FINISH, **fields: Any
) -> BenefitMeasurement:
    """Record what was measured."""
    return BenefitMeasurement.objects.create(benefit=benefit, value=value, date=date, **fields)


def make_envelope(
    portfolio: Portfolio,
    amount: Decimal | int = 10_000,
    start_date: date = START,
    finish_date: date = FINISH,
) -> BudgetEnvelope:
    """Give a portfolio money for a period."""
    return BudgetEnvelope.objects.create(
        portfolio=portfolio, amount=amount, start_date=start_date, finish_date=finish_date
    )


def make_objective(
    portfolio: Portfolio, weight: Decimal | int = 1, name: str | None = None
) -> Objective:
    """Give a portfolio an objective."""
    return Objective.objects.create(
        portfolio=portfolio, weight=weight, name=name or f"Objective {next(_numbers)}"
    )


def make_contribution(
    objective: Objective, benefit: Benefit, weight: Decimal | int = 1
) -> ObjectiveContribution:
    """Say how much of an objective a benefit carries."""
    return ObjectiveContribution.objects.create(
        objective=objective, benefit=benefit, weight=weight
    )
