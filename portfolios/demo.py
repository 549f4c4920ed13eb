"""The demo: a small utility with a portfolio, facts of every sort, and a login for each role.

All dates count in days from the date of the demo, so that its figures are the same whenever it
is made. The words and figures stand in `portfolios/demo_content.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portfolios import demo_content as content
from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from portfolios.rollup import drain
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Component,
    CostEntry,
    Estimate,
    Health,
    Issue,
    IssueAssessment,
    Outcome,
    OverrideRuling,
    Risk,
    RiskAssessment,
    Role,
    RoleAssignment,
    State,
    StatusReport,
    User,
)
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program
from projects.baselining import take_baselines
from projects.models import (
    ClosureEvaluation,
    Dependency,
    Lesson,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    Verdict,
    WeightedMilestone,
)

PASSWORD = "ppm-demo"  # noqa: S105 printed at every start of the demo
TIME_ZONE = "Europe/Vienna"
ADMINISTRATOR = "administrator"
CREW = Role.CONTRIBUTOR


@dataclass(frozen=True)
class Login:
    """A way into the demo."""

    username: str
    password: str
    role: str


def logins() -> list[Login]:
    """List the demo's logins, as far as their users exist."""
    roles = {_username(role): role.label.lower() for role in Role} | {"admin": ADMINISTRATOR}
    existing = User.objects.filter(
        username__in=roles, email__in=[_email(name) for name in roles]
    ).order_by("pk")
    return [Login(user.username, PASSWORD, roles[user.username]) for user in existing]


def seed(*, now: datetime, as_of: date | None) -> bool:
    """Make the demo and roll it up, unless there are components; tell whether it was made.

    Without a date its figures are about today and go with the days; with one they stay there.
    """
    if Component.objects.exists():
        return False
    with transaction.atomic():
        _Demo(as_of or now.astimezone(ZoneInfo(TIME_ZONE)).date()).make(status_date=as_of)
    drain(now=now)
    return True


def _username(role: Role) -> str:
    return role.value.replace("_", ".")


def _email(username: str) -> str:
    return f"{username}@example.org"


def _user(username: str, **fields: Any) -> User:
    """Make a user of the demo; one that is there already keeps their password."""
    fields = {**fields, "email": _email(username)}
    return User.objects.get_or_create(username=username, defaults=fields)[0]


class _Demo:
    """The making of the demo for one date."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.users: dict[str, User] = {}
        self.components: dict[str, Component] = {}
        self.tasks: dict[tuple[str, str], Task] = {}

    def make(self, *, status_date: date | None) -> Portfolio:
        """Write everything; return the root."""
        self._make_users()
        root = self._make_portfolio(status_date)
        self._make_components(root)
        self._make_tasks()
        self._make_milestones()
        approved = Project.objects.exclude(state=State.PROPOSAL)
        take_baselines(approved.values_list("pk", flat=True))
        self._record_progress()
        self._record_money()
        self._make_risks()
        self._make_issues()
        self._make_change()
        self._make_benefits(root)
        self._record_words()
        self._evaluate_what_is_closed()
        return root

    def day(self, days: int) -> date:
        """Tell the date so many days after the demo's."""
        return self.today + timedelta(days=days)

    def said(self, by: Role, days: int) -> dict[str, Any]:
        """Say of a fact what it is about and who recorded it."""
        return {"date": self.day(days), "recorded_by": self.users[by]}

    def _make_users(self) -> None:
        password = make_password(PASSWORD)  # once for all of them: it takes its time
        for role, (first_name, last_name) in content.PEOPLE.items():
            person = {"first_name": first_name, "last_name": last_name, "password": password}
            self.users[role] = _user(_username(role), **person)
        _user("admin", password=password, is_staff=True, is_superuser=True)

    def _make_portfolio(self, status_date: date | None) -> Portfolio:
        root = Portfolio.objects.create(
            **content.PORTFOLIO,
            currency="EUR",
            time_zone=TIME_ZONE,
            status_date=status_date,
            manager=self.users[Role.PORTFOLIO_MANAGER],
        )
        RoleAssignment.objects.bulk_create(
            RoleAssignment(component=root, user=user, role=role)
            for role, user in self.users.items()
        )
        BudgetEnvelope.objects.create(
            portfolio=root,
            start_date=date(self.today.year, 1, 1),
            finish_date=date(self.today.year, 12, 31),
            amount=content.ENVELOPE,
        )
        return root

    def _make_components(self, root: Portfolio) -> None:
        for program in content.PROGRAMS:
            self.components[program.code] = Program.objects.create(
                parent=root,
                code=program.code,
                name=program.name,
                vision=program.vision,
                state=State.EXECUTING,
                start_date=self.day(program.start),
                finish_date=self.day(program.finish),
                manager=self.users[Role.PROGRAM_MANAGER],
                sponsor=self.users[Role.GOVERNANCE],
            )
        for project in content.PROJECTS:
            self.components[project.code] = self._make_project(project)

    def _make_project(self, project: content.ProjectContent) -> Project:
        return Project.objects.create(
            parent=self.components[project.program],
            code=project.code,
            name=project.name,
            objectives=project.objectives,
            state=project.state,
            start_date=None if project.start is None else self.day(project.start),
            finish_date=None if project.finish is None else self.day(project.finish),
            budget=project.budget,
            contingency=project.contingency,
            manager=self.users[Role.PROJECT_MANAGER],
        )

    def _make_tasks(self) -> None:
        for code, tasks in content.TASKS.items():
            for work in tasks:
                self.tasks[code, work.wbs] = Task.objects.create(
                    project_id=self.components[code].pk,
                    parent=self.tasks.get((code, work.wbs.rpartition(".")[0])),
                    wbs=work.wbs,
                    name=work.name,
                    start_date=self.day(work.start),
                    finish_date=self.day(work.finish),
                    budget=work.budget,
                    earning_method=work.method,
                    is_key=work.is_key,
                    duration_minutes=0 if work.is_key else None,
                )
        Dependency.objects.bulk_create(
            Dependency(predecessor=self.tasks[first], successor=self.tasks[then], is_hard=is_hard)
            for first, then, is_hard in content.DEPENDENCIES
        )

    def _record_progress(self) -> None:
        Progress.objects.bulk_create(
            Progress(task=self.tasks[code, work.wbs], percent=percent, **self.said(CREW, days))
            for code, tasks in content.TASKS.items()
            for work in tasks
            for days, percent in work.percents
        )

    def _make_milestones(self) -> None:
        for task, steps in content.MILESTONES.items():
            for step in steps:
                milestone = WeightedMilestone.objects.create(
                    task=self.tasks[task],
                    name=step.name,
                    weight=step.weight,
                    planned_date=self.day(step.planned),
                )
                if step.done is not None:
                    MilestoneAccomplishment.objects.create(
                        milestone=milestone, **self.said(CREW, step.done)
                    )

    def _record_money(self) -> None:
        CostEntry.objects.bulk_create(
            CostEntry(
                component=self.components[cost.code],
                amount=cost.amount,
                kind=cost.kind,
                expense=cost.expense,
                category=cost.category,
                **self.said(Role.FINANCE, cost.days),
            )
            for cost in content.COSTS
        )
        Estimate.objects.bulk_create(
            Estimate(
                component=self.components[outlook.code],
                estimate_to_complete=outlook.amount,
                forecast_finish=self.day(outlook.finish),
                **self.said(Role.PROJECT_MANAGER, outlook.days),
            )
            for outlook in content.ESTIMATES
        )

    def _make_risks(self) -> None:
        for risk in content.RISKS:
            RiskAssessment.objects.create(
                risk=Risk.objects.create(
                    component=self.components[risk.code],
                    title=risk.title,
                    response=risk.response,
                    owner=self.users[Role.PROJECT_MANAGER],
                ),
                probability=risk.probability,
                impact=risk.impact,
                likelihood=risk.likelihood,
                severity=risk.severity,
                **self.said(Role.PROJECT_MANAGER, risk.days),
            )

    def _make_issues(self) -> None:
        for described in content.ISSUES:
            issue = Issue.objects.create(
                component=self.components[described.code],
                title=described.title,
                owner=self.users[Role.PROJECT_MANAGER],
            )
            IssueAssessment.objects.bulk_create(
                IssueAssessment(
                    issue=issue,
                    severity=severity,
                    is_open=is_open,
                    due_date=self.day(described.due),
                    **self.said(CREW, days),
                )
                for days, severity, is_open in described.history
            )

    def _make_change(self) -> None:
        change = Change.objects.create(
            component=self.components[content.CHANGE_OF],
            title=content.CHANGE,
            owner=self.users[Role.PROJECT_MANAGER],
        )
        ChangeAssessment.objects.bulk_create(
            ChangeAssessment(
                change=change,
                status=status,
                cost_effect=content.CHANGE_COST,
                days_effect=content.CHANGE_DAYS,
                **self.said(Role.GOVERNANCE, days),
            )
            for days, status in content.CHANGE_HISTORY
        )

    def _make_benefits(self, root: Portfolio) -> None:
        objectives = {
            name: Objective.objects.create(portfolio=root, name=name, weight=weight)
            for name, weight in content.OBJECTIVES.items()
        }
        for described in content.BENEFITS:
            benefit = self._make_benefit(described)
            ObjectiveContribution.objects.create(
                objective=objectives[described.objective], benefit=benefit, weight="0.5"
            )
            BenefitLink.objects.bulk_create(
                BenefitLink(
                    benefit=benefit, project_id=self.components[code].pk, mode=mode, weight=weight
                )
                for code, mode, weight in described.links
            )
            BenefitPlan.objects.bulk_create(
                BenefitPlan(benefit=benefit, period_end=self.day(days), value=value)
                for days, value in described.plan
            )
            BenefitMeasurement.objects.bulk_create(
                BenefitMeasurement(benefit=benefit, value=value, **self.said(Role.FINANCE, days))
                for days, value in described.measured
            )

    def _make_benefit(self, described: content.BenefitContent) -> Benefit:
        return Benefit.objects.create(
            component=self.components[described.home],
            name=described.name,
            owner=self.users[Role.PROGRAM_MANAGER],
            category=described.category,
            measure_kind=described.measure_kind,
            direction=described.direction,
            unit=described.unit,
            baseline_value=described.baseline,
            target_value=described.target,
            target_date=self.day(described.target_day),
        )

    def _record_words(self) -> None:
        for code, days, health, narrative in content.REPORTS:
            StatusReport.objects.create(
                component=self.components[code],
                health=health,
                narrative=narrative,
                **self.said(Role.PROGRAM_MANAGER, days),
            )
        override = StatusReport.objects.create(
            component=self.components[content.OVERRIDE_OF],
            health=Health.AMBER,
            narrative=content.OVERRIDE_NARRATIVE,
            override_reason=content.OVERRIDE_REASON,
            valid_until=self.day(content.OVERRIDE_UNTIL),
            **self.said(Role.PROJECT_MANAGER, content.OVERRIDE_DAYS),
        )
        OverrideRuling.objects.create(
            report=override,
            outcome=Outcome.APPROVED,
            **self.said(Role.GOVERNANCE, content.OVERRIDE_DAYS),
        )

    def _evaluate_what_is_closed(self) -> None:
        closed = Project.objects.get(code=content.CLOSED)
        event, advice = content.LESSON
        Lesson.objects.create(project=closed, event=event, recommendation=advice)
        ClosureEvaluation.objects.create(
            project=closed,
            date=self.day(content.CLOSED_ON),
            verdict=Verdict.MET,
            summary=content.EVALUATION,
        )
