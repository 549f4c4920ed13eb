"""A valid, unsaved row of every model, for tests that go through all tables."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from portfolios.models import (
    BudgetEnvelope,
    ImportRun,
    Objective,
    ObjectiveContribution,
    Portfolio,
)
from ppm.core.models import (
    AnsweredCall,
    ApiToken,
    Attempts,
    AuditEvent,
    AuditSeal,
    CalendarDay,
    CalendarFeed,
    Calls,
    Change,
    ChangeAssessment,
    Component,
    CostEntry,
    DayTurn,
    Decision,
    DirtyMark,
    Estimate,
    HealthPolicy,
    Heart,
    Heartbeat,
    Issue,
    IssueAssessment,
    Job,
    JobPart,
    JobRow,
    MonthClose,
    Move,
    OverrideRuling,
    Restatement,
    Risk,
    RiskAssessment,
    RoleAssignment,
    RollupFailure,
    RollupIncident,
    Snapshot,
    State,
    StateRequest,
    StatusReport,
    User,
    Webhook,
    WebhookDelivery,
    WorkCalendar,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.models import (
    Baseline,
    BaselineCurve,
    BaselineMilestone,
    BaselineTask,
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from tests.factories import (
    FINISH,
    START,
    make_benefit,
    make_change,
    make_issue,
    make_job,
    make_objective,
    make_portfolio,
    make_program,
    make_project,
    make_report,
    make_request,
    make_risk,
    make_task,
    make_user,
    make_webhook,
    make_weighted_milestone,
)

LAST_MONTH = START.replace(day=1) - timedelta(days=1)
REASON = "The supplier went bankrupt, the new one is cheaper."


def first_heartbeat() -> Heartbeat:
    """Make the only row: migrations have made those of all hearts."""
    Heartbeat.objects.all().delete()
    return Heartbeat(heart=Heart.JOBS)


class World:
    """A small tree with something of everything for rows to refer to."""

    def __init__(self, parent: Portfolio | None = None) -> None:
        """Store it, below a portfolio or as a tree of its own."""
        self.user = make_user()
        self.portfolio = make_portfolio(parent)
        self.program = make_program(self.portfolio)
        self.project = make_project(self.program)
        self.neighbour = make_project(self.portfolio)
        self.task = make_task(self.project)
        self.other_task = make_task(self.neighbour)
        self.milestone = make_weighted_milestone(self.task)
        self.risk = make_risk(self.project)
        self.issue = make_issue(self.project)
        self.change = make_change(self.project)
        self.benefit = make_benefit(self.program)
        self.objective = make_objective(self.portfolio)
        self.job = make_job(self.user, state="failed", finished_at=timezone.now())
        self.calendar = WorkCalendar.objects.get_or_create(name="Night shift")[0]
        self.baseline = self._baseline()
        self.baseline_task = BaselineTask.objects.create(
            baseline=self.baseline,
            start_date=START,
            finish_date=FINISH,
            budget=0,
            earning_method="zero_hundred",
            start_elapsed=0,
            finish_elapsed=0,
        )

    def _baseline(self) -> Baseline:
        return Baseline.objects.create(
            project=self.project,
            number=0,
            calendar=self.calendar,
            start_date=START,
            finish_date=FINISH,
        )


def closed(world: World) -> MonthClose:
    """Build the close of the month before, which the figures of the world have left behind."""
    DayTurn.objects.get_or_create(root=world.portfolio, defaults={"as_of": START})
    return MonthClose(root=world.portfolio, month_end=LAST_MONTH)


Builder = Callable[[World], models.Model]

ROWS: dict[type[models.Model], Builder] = {
    User: lambda _: User(username="newcomer", email="newcomer@example.org"),
    ApiToken: lambda w: ApiToken(user=w.user, digest="0" * 64, scopes=["read"]),
    CalendarFeed: lambda w: CalendarFeed(owner=w.user, component=w.project, digest="1" * 64),
    AnsweredCall: lambda w: AnsweredCall(
        user=w.user, key="week 3", digest="0" * 64, status=201, headers={"ETag": "1"}, body="{}"
    ),
    Calls: lambda _: Calls(key="user 1", since=timezone.now(), number=1),
    Attempts: lambda _: Attempts(key="0" * 64, made_at=[timezone.now()]),
    RoleAssignment: lambda w: RoleAssignment(component=w.project, user=w.user, role="viewer"),
    Portfolio: lambda w: Portfolio(
        parent=w.portfolio, code="NEW-PORTFOLIO", name="New", state=State.ACTIVE
    ),
    Program: lambda w: Program(
        parent=w.portfolio, code="NEW-PROGRAM", name="New", state=State.EXECUTING
    ),
    Project: lambda w: Project(
        parent=w.program, code="NEW-PROJECT", name="New", state=State.EXECUTING
    ),
    Snapshot: lambda w: Snapshot(component=w.project, as_of=START),
    DayTurn: lambda w: DayTurn(root=w.portfolio, as_of=START),
    DirtyMark: lambda w: DirtyMark(component_id=w.project.pk),
    Heartbeat: lambda _: first_heartbeat(),
    RollupFailure: lambda w: RollupFailure(component=w.project, error="division by zero"),
    HealthPolicy: lambda w: HealthPolicy(component=w.program, version=2),
    WorkCalendar: lambda _: WorkCalendar(name="Day shift"),
    CalendarDay: lambda w: CalendarDay(calendar=w.calendar, day=START, cumulative_minutes=480),
    CostEntry: lambda w: CostEntry(component=w.project, date=START, amount=100),
    Estimate: lambda w: Estimate(component=w.project, date=START, estimate_to_complete=100),
    Risk: lambda w: Risk(component=w.project, title="Flood"),
    Issue: lambda w: Issue(component=w.project, title="Flood"),
    Change: lambda w: Change(component=w.project, title="Dam"),
    RiskAssessment: lambda w: RiskAssessment(
        risk=w.risk, date=START, probability=Decimal("0.5"), impact=1, likelihood=1, severity=1
    ),
    IssueAssessment: lambda w: IssueAssessment(issue=w.issue, date=START, severity="major"),
    ChangeAssessment: lambda w: ChangeAssessment(change=w.change, date=START, status="draft"),
    StatusReport: lambda w: StatusReport(component=w.project, date=START, health="green"),
    StateRequest: lambda w: StateRequest(
        component=w.project, date=START, before="executing", after="on_hold", reason=REASON
    ),
    Decision: lambda w: Decision(
        component=w.project,
        state_request=make_request(w.project),
        date=START,
        before="executing",
        after="on_hold",
        rationale=REASON,
    ),
    OverrideRuling: lambda w: OverrideRuling(
        report=make_report(w.project, override_reason=REASON, valid_until=FINISH),
        date=FINISH,
        outcome="approved",
        recorded_by=w.user,
    ),
    RollupIncident: lambda w: RollupIncident(
        component=w.project, as_of=START, differences={"bac": ["1", "2"]}
    ),
    Move: lambda w: Move(component=w.project, before=w.portfolio, after=w.program, date=START),
    MonthClose: closed,
    Restatement: lambda w: Restatement(
        component=w.project,
        as_of=START,
        before={"computed_at": f"{START}T09:30:00Z", "spent": "100.0000"},
        reason=REASON,
        restated_by=w.user,
    ),
    Task: lambda w: Task(
        project=w.project, wbs="new", name="New", start_date=START, finish_date=FINISH
    ),
    WeightedMilestone: lambda w: WeightedMilestone(
        task=w.task, name="New", weight=1, planned_date=FINISH
    ),
    Dependency: lambda w: Dependency(predecessor=w.other_task, successor=w.task),
    Progress: lambda w: Progress(task=w.task, date=START, percent=10),
    MilestoneAccomplishment: lambda w: MilestoneAccomplishment(milestone=w.milestone, date=START),
    Baseline: lambda w: Baseline(
        project=w.neighbour, number=0, calendar=w.calendar, start_date=START, finish_date=FINISH
    ),
    BaselineTask: lambda w: BaselineTask(
        baseline=w.baseline,
        task=w.task,
        start_date=START,
        finish_date=FINISH,
        budget=1,
        earning_method="physical_percent",
        start_elapsed=0,
        finish_elapsed=480,
    ),
    BaselineMilestone: lambda w: BaselineMilestone(
        baseline_task=w.baseline_task, milestone=w.milestone, planned_date=FINISH, weight=1
    ),
    BaselineCurve: lambda w: BaselineCurve(
        baseline=w.baseline, day=FINISH, elapsed=480, planned_value=1
    ),
    Lesson: lambda w: Lesson(project=w.project, event="Flood", recommendation="Build higher"),
    ClosureEvaluation: lambda w: ClosureEvaluation(
        project=w.project, date=FINISH, verdict="met", summary="Dry"
    ),
    Benefit: lambda w: Benefit(component=w.program, name="New", target_value=1),
    BenefitLink: lambda w: BenefitLink(benefit=w.benefit, project=w.project, weight=1),
    BenefitPlan: lambda w: BenefitPlan(benefit=w.benefit, period_end=FINISH, value=1),
    BenefitMeasurement: lambda w: BenefitMeasurement(benefit=w.benefit, date=FINISH, value=1),
    BudgetEnvelope: lambda w: BudgetEnvelope(
        portfolio=w.portfolio, start_date=START, finish_date=FINISH, amount=1
    ),
    Objective: lambda w: Objective(portfolio=w.portfolio, name="New", weight=1),
    ObjectiveContribution: lambda w: ObjectiveContribution(
        objective=w.objective, benefit=w.benefit, weight=1
    ),
    AuditEvent: lambda w: AuditEvent(
        component=w.project,
        database_role="ppm",
        table_name="core_risk",
        row_id=w.risk.pk,
        operation="delete",
        before={"title": "Flood"},
    ),
    AuditSeal: lambda _: AuditSeal(number=1, after_id=0, up_to_id=1, digest="0" * 64),
    Webhook: lambda w: Webhook(
        component=w.project,
        owner=w.user,
        url="https://hooks.example.org/ppm",
        description="Chat of the team",
        events=["health.changed"],
        secret="gAAAA",
    ),
    WebhookDelivery: lambda w: WebhookDelivery(
        webhook=make_webhook(w.project, w.user),
        component=w.project,
        lane=w.project.pk,
        kind="health.changed",
        data={"before": "green", "after": "red"},
    ),
    ImportRun: lambda w: ImportRun(owner=w.user, file_name="rows.csv", content=b"code\nA\n"),
    Job: lambda w: Job(owner=w.user, kind="recomputation", title="PAY"),
    JobPart: lambda w: JobPart(job=w.job, number=0, content=b"code\n"),
    JobRow: lambda w: JobRow(job=w.job, row=2, reason="There is no such parent."),
}

TOO_EARLY, TOO_LATE = date(1979, 12, 31), date(2060, 1, 1)


def tables_of(row: models.Model) -> list[type[models.Model]]:
    """List the models whose tables hold a part of the row, the component's first."""
    return [Component, type(row)] if isinstance(row, Component) else [type(row)]


def insert_by_sql(row: models.Model) -> None:
    """Insert the row past every line of the model's Python, and give it its id."""
    if isinstance(row, Component):
        row.kind = row.KIND
    for model in tables_of(row):
        columns = _columns(row, model)
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places}) "  # noqa: S608
                f"RETURNING {model._meta.pk.column}",
                list(columns.values()),
            )
            row.pk = cursor.fetchone()[0]


def _columns(row: models.Model, model: type[models.Model]) -> dict[str, Any]:
    """Map the columns of a table to the row's values; the database knows the others itself."""
    columns = {}
    for field in model._meta.local_concrete_fields:
        value = field.pre_save(row, add=True)
        is_new_key = field.primary_key and value is None
        if field.column and not is_new_key and not isinstance(value, DatabaseDefault):
            columns[field.column] = field.get_db_prep_save(value, connection)
    return columns
