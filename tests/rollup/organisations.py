"""Random small organisations: trees in every state, with facts of every kind around one day."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

from django.db.models import Model
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from ppm.core.models import (
    Change,
    ChangeAssessment,
    ChangeStatus,
    Component,
    CostEntry,
    CostKind,
    Estimate,
    HealthPolicy,
    Issue,
    IssueAssessment,
    IssueSeverity,
    Kind,
    Outcome,
    OverrideRuling,
    PortfolioRule,
    Risk,
    RiskAssessment,
    State,
    StatusReport,
    User,
)
from ppm.core.models.component import PORTFOLIO_STATES
from programs.models import (
    Benefit,
    BenefitCategory,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    BenefitSign,
    LinkMode,
)
from projects.baselining import take_baselines
from projects.models import (
    Dependency,
    EarningMethod,
    MilestoneAccomplishment,
    Progress,
    Project,
    Task,
    WeightedMilestone,
)
from tests.factories import make_portfolio, make_program, make_project

T = TypeVar("T")
Amounts = Sequence[int | str]

TODAY = date(2026, 3, 31)
WORK_STATES = [state for state in State if state not in PORTFOLIO_STATES]
LIKELY_STATES = [State.EXECUTING] * 16 + [State.CLOSING, State.AUTHORIZED] + WORK_STATES

# Around the limits of freshness (30, 60), of estimates (35) and of late issues (14).
OFFSETS = [-200, -90, -61, -60, -36, -35, -31, -30, -15, -14, -5, -1, 0, 0, 1, 7, 40]
PAST = [offset for offset in OFFSETS if offset <= 0]
BUDGETS: Amounts = [0, 100, 100, 1000, 1000, "333.3333", "0.0001", 250_000]
COSTS: Amounts = [10, 50, 50, 400, 1000, -50, "33.3334", "0.0001", -1000]
PERCENTS: Amounts = [0, 10, 33, 50, "66.67", 90, 99, 100, 100]
REASON = "The supplier has confirmed the date in writing."


class Writer:
    """Draws choices from Hypothesis and writes what they say, many rows in one statement."""

    def __init__(self, data: DataObject) -> None:
        """Take where choices come from."""
        self.data = data
        self.approver, _ = User.objects.get_or_create(username="approver")
        self.rows: dict[type[Model], list[Model]] = {}

    def add(self, *rows: Model) -> None:
        """Keep rows for `write`; what they refer to is kept before them."""
        for row in rows:
            self.rows.setdefault(type(row), []).append(row)

    def write(self) -> None:
        """Write what was kept."""
        for model, rows in self.rows.items():
            model._default_manager.bulk_create(rows)
        self.rows = {}

    def draw(self, strategy: SearchStrategy[T]) -> T:
        """Draw from a strategy."""
        return self.data.draw(strategy)

    def one(self, choices: Sequence[T]) -> T:
        """Choose one."""
        return self.draw(st.sampled_from(choices))

    def maybe(self, value: T) -> T | None:
        """Take it or leave it."""
        return value if self.draw(st.booleans()) else None

    def number(self, most: int) -> int:
        """Choose how many."""
        return self.draw(st.integers(0, most))

    def amount(self, choices: Amounts) -> Decimal:
        """Choose an amount."""
        return Decimal(self.one(choices))

    def day(self, offsets: Sequence[int] = OFFSETS) -> date:
        """Choose a day near the one that figures are about."""
        return TODAY + timedelta(self.one(offsets))

    def period(self) -> tuple[date, date]:
        """Choose a start and a finish."""
        start = self.day()
        return start, start + timedelta(self.one([0, 1, 5, 30, 60, 120, 400]))

    # The tree

    def tree(self, *, children: int, status_date: date = TODAY) -> list[Component]:
        """Write a tree under a portfolio and return its components, the root first."""
        root = make_portfolio(status_date=status_date)
        program = make_program(root)
        components = [root, program, *(self.project(program) for _ in range(2))]
        for _ in range(children):
            components.append(self.component(components))
        return components

    def component(self, places: Sequence[Component]) -> Component:
        """Write a component under one of the places, as far down as its kind may stand."""
        kind = self.one([Kind.PROJECT] * 5 + [Kind.PROGRAM] * 2 + [Kind.PORTFOLIO])
        above = [Kind.PORTFOLIO] if kind == Kind.PORTFOLIO else [Kind.PORTFOLIO, Kind.PROGRAM]
        fitting = [place for place in places if place.kind in above]
        parent = self.one([*fitting, *fitting[-1:] * 3])
        if kind == Kind.PORTFOLIO:
            return make_portfolio(parent, state=self.one([State.ACTIVE] * 4 + [State.ARCHIVED]))
        if kind == Kind.PROGRAM:
            return make_program(parent, state=self.one(LIKELY_STATES), **self.dates())
        return self.project(parent)

    def project(self, parent: Component) -> Project:
        """Write a project."""
        return make_project(
            parent,
            state=self.one(LIKELY_STATES),
            budget=self.maybe(self.amount(BUDGETS)),
            contingency=self.maybe(self.amount(BUDGETS)),
            **self.dates(),
        )

    def dates(self) -> dict[str, Any]:
        """Choose the dates of a component, which may have none."""
        return _dates(self.period()) if self.draw(st.booleans()) else {}

    def policy(self, component: Component | None) -> None:
        """Write a policy of its own, with limits that figures meet."""
        self.add(
            HealthPolicy(
                component=component,
                version=HealthPolicy.objects.filter(component=component).count() + 2,
                rule=self.one(PortfolioRule.values),
                cost_green=self.amount([1, "1.05"]),
                cost_amber=self.amount(["1.05", 2]),
                milestone_slip_green_days=self.one([0, 5, 30]),
                coverage_min=self.amount(["0.3", "0.5", 1]),
                half_life_days=self.one([1, 30, 60]),
                confidence_red=self.amount([0, "0.5"]),
                pull_red_share=self.amount([0, "0.2", "0.5"]),
            )
        )

    # Projects

    def work(self, projects: Sequence[Project]) -> list[Task]:
        """Write tasks, perhaps baselines, and how far the tasks have come."""
        tasks = [self.task(project, n) for project in projects for n in range(self.number(3))]
        for project in projects:
            if self.draw(st.booleans()):
                self.add(Task(project=project, wbs="9", name="Phase", **_dates(self.period())))
        self.write()
        take_baselines([p.pk for p in projects if self.one([True, True, True, False])])
        for task in tasks:
            self.progress(task)
            if self.one([True, False, False]):
                self.replan(task)
        self.dependencies(self.draw(st.permutations(tasks)))
        self.write()
        return tasks

    def replan(self, task: Task) -> None:
        """Give a task another finish than its baseline has; a milestone moves as a whole."""
        task.finish_date = max(self.day(), task.start_date)
        if task.is_milestone:
            task.start_date = task.finish_date
        task.save(update_fields=["start_date", "finish_date"])

    def task(self, project: Project, number: int) -> Task:
        """Write a leaf task; one of zero duration may be a key milestone."""
        start, finish = self.period()
        method = self.one(EarningMethod.values)
        is_key = start == finish and self.draw(st.booleans())
        task = Task(
            project=project,
            wbs=str(number),
            name="Task",
            start_date=start,
            finish_date=finish,
            duration_minutes=0 if is_key else None,
            is_key=is_key,
            budget=self.amount(BUDGETS),
            earning_method=method,
        )
        self.add(task)
        if method == EarningMethod.WEIGHTED_MILESTONES:
            for weight in self.draw(st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3)):
                self.add(
                    WeightedMilestone(
                        task=task, name="Step", weight=weight, planned_date=self.day()
                    )
                )
        return task

    def progress(self, task: Task) -> None:
        """Write progress entries and accomplishments, some of them dated after today."""
        for _ in range(self.number(2)):
            self.add(Progress(task=task, date=self.day(), percent=self.amount(PERCENTS)))
        if task.earning_method != EarningMethod.WEIGHTED_MILESTONES:
            return
        for milestone in task.weighted_milestones.order_by("pk"):
            for _ in range(self.number(2)):
                is_done = self.one([True, True, False])
                self.add(
                    MilestoneAccomplishment(
                        milestone=milestone, date=self.day(), is_accomplished=is_done
                    )
                )

    def dependencies(self, tasks: Sequence[Task]) -> None:
        """Tie tasks of one project or of several, in the order given."""
        for first, then in pairwise(tasks):
            if self.one([True, True, True, False]):
                is_hard = self.one([True, True, False])
                self.add(Dependency(predecessor=first, successor=then, is_hard=is_hard))

    # Facts of any component

    def money(self, component: Component) -> None:
        """Write costs and estimates."""
        for _ in range(self.number(3)):
            kind = self.one([CostKind.ACTUAL] * 3 + [CostKind.COMMITMENT])
            amount = self.amount(COSTS)
            self.add(CostEntry(component=component, date=self.day(), amount=amount, kind=kind))
        for _ in range(self.number(2)):
            self.add(
                Estimate(
                    component=component,
                    date=self.day(),
                    estimate_to_complete=self.amount(BUDGETS),
                    forecast_finish=self.maybe(self.day()),
                )
            )

    def register(self, component: Component) -> None:
        """Write risks, issues and changes with their assessments."""
        for _ in range(self.number(2)):
            self.risk(component)
        for _ in range(self.number(3)):
            self.issue(component)
        for _ in range(self.number(1)):
            self.change(component)

    def issue(self, component: Component) -> None:
        """Write an issue with an assessment."""
        issue = Issue(component=component, title="Issue")
        assessment = IssueAssessment(
            issue=issue,
            date=self.day(),
            severity=self.one(IssueSeverity.values),
            due_date=self.maybe(self.day()),
            is_open=self.one([True, True, False]),
        )
        self.add(issue, assessment)

    def change(self, component: Component) -> None:
        """Write a change with an assessment."""
        change = Change(component=component, title="Change")
        assessment = ChangeAssessment(
            change=change,
            date=self.day(),
            status=self.one(ChangeStatus.values),
            cost_effect=self.amount(COSTS),
            drops_requirement=self.one([False, False, True]),
        )
        self.add(change, assessment)

    def risk(self, component: Component) -> None:
        """Write a risk or an opportunity, assessed twice at most."""
        response = self.one([Risk.Response.NONE, Risk.Response.MITIGATE])
        risk = Risk(component=component, title="Risk", response=response)
        self.add(risk)
        for _ in range(self.number(2)):
            self.add(
                RiskAssessment(
                    risk=risk,
                    date=self.day(),
                    probability=self.amount([0, "0.1", "0.3333", 1]),
                    impact=self.amount(COSTS),
                    likelihood=self.one([2, 4, 4, 5]),
                    severity=self.one([2, 4, 4, 5]),
                    is_open=self.one([True, True, False]),
                )
            )

    def report(self, component: Component) -> None:
        """Write a status report; with a reason it overrides for a time."""
        day = self.day()
        end = self.maybe(day + timedelta(self.one([0, 14, 35])))
        report = StatusReport(
            component=component,
            date=day,
            health=self.one(StatusReport.RATED),
            override_reason=REASON if end else "",
            valid_until=end,
        )
        self.add(report)
        if end and (outcome := self.maybe(self.one(Outcome.values))):
            self.add(
                OverrideRuling(
                    report=report,
                    outcome=outcome,
                    date=self.day(),
                    recorded_by=self.approver,
                )
            )

    # Benefits

    def benefit(self, home: Component, projects: Sequence[Component]) -> None:
        """Write a benefit with its links, which may lead to any tree, its plan and its facts."""
        benefit = Benefit(
            component=home,
            name="Benefit",
            category=self.one([BenefitCategory.CASHABLE] * 3 + list(BenefitCategory)),
            sign=self.one([BenefitSign.BENEFIT, BenefitSign.BENEFIT, BenefitSign.DIS_BENEFIT]),
            target_value=self.amount(BUDGETS),
            unit_value=self.amount([1, 1, "2.5"]),
        )
        self.add(benefit)
        for project in projects:
            if self.one([True, False, False]):
                self.link(benefit, project)
        self.benefit_facts(benefit)

    def link(self, benefit: Benefit, project: Component) -> None:
        """Let a project contribute a share, or be essential."""
        weight = self.one([1, Decimal("2.5"), None])
        self.add(
            BenefitLink(
                benefit=benefit,
                project_id=project.pk,
                delivery_confidence=self.maybe(self.amount([0, "0.3333", "0.9", 1])),
                weight=weight,
                mode=LinkMode.ADDITIVE if weight else LinkMode.ESSENTIAL,
            )
        )

    def benefit_facts(self, benefit: Benefit) -> None:
        """Write plan and measurements."""
        for day in {self.day() for _ in range(self.number(3))}:
            self.add(BenefitPlan(benefit=benefit, period_end=day, value=self.amount(COSTS)))
        for _ in range(self.number(5)):
            day, value = self.day(PAST), self.amount(COSTS)
            self.add(BenefitMeasurement(benefit=benefit, date=day, value=value))


def organisation(data: DataObject, *, is_one_day: bool = False) -> list[Component]:
    """Write two small trees, linked by benefits and dependencies, perhaps on different days."""
    writer = Writer(data)
    components = writer.tree(children=writer.number(5))
    other_day = TODAY + timedelta(0 if is_one_day else writer.one([0, -5, 40]))
    components += writer.tree(children=writer.number(1), status_date=other_day)
    projects = [c for c in components if isinstance(c, Project)]
    writer.work(projects)
    for component in components:
        for write in (writer.money, writer.register, writer.report):
            if writer.one([True, True, False]):
                write(component)
        if not isinstance(component, Project) and writer.one([True, False]):
            writer.benefit(component, projects)
        if writer.number(5) == 5:
            writer.policy(component)
    writer.write()
    return components


def _dates(period: tuple[date, date]) -> dict[str, date]:
    return dict(zip(("start_date", "finish_date"), period, strict=True))
