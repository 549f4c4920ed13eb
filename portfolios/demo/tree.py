"""The trees: portfolios, programs and projects, who has which role, what the portfolios want."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from portfolios.demo.breakdown import work_of
from portfolios.demo.company import PortfolioContent, ProgramContent, ProjectContent
from portfolios.demo.content import PROGRAMS, PROJECTS
from portfolios.demo.content.people import BOARD
from portfolios.demo.content.portfolios import PORTFOLIOS
from portfolios.demo.life import life_of_program, life_of_project
from portfolios.demo.people import username_of
from portfolios.demo.stage import Stage
from portfolios.models import BudgetEnvelope, Objective, Portfolio
from ppm.core.models import Component, HealthPolicy, Kind, Role, RoleAssignment, State
from programs.models import Program
from projects.models import Project

CONTINGENCY = 6
"""The percent of a budget that is set aside for known risks."""
RESERVE = 1.06
"""What a portfolio may spend in a year over what its projects plan."""


def make_tree(stage: Stage, *, status_date: date | None) -> None:
    """Make all components as they were in the beginning: ideas."""
    for portfolio in PORTFOLIOS:
        stage.components[portfolio.code] = _portfolio(portfolio, stage, status_date)
    for program in PROGRAMS:
        stage.lives[program.code] = life_of_program(program, days=stage.days)
        stage.components[program.code] = _program(program, stage)
    for project in PROJECTS:
        stage.components[project.code] = _project(project, stage)
    RoleAssignment.objects.bulk_create(_roles(stage))
    _set_aims(stage)
    BudgetEnvelope.objects.bulk_create(_envelopes(stage))


def _portfolio(content: PortfolioContent, stage: Stage, status_date: date | None) -> Portfolio:
    return Portfolio.objects.create(
        parent=stage.components.get(content.parent or ""),
        code=content.code,
        name=content.name,
        description=content.description,
        state=State.ACTIVE,
        manager=stage.people[content.manager],
        currency=content.currency,
        time_zone=content.time_zone,
        status_date=None if content.parent else status_date,
        target_roi=content.target_roi,
        discount_rate=content.discount_rate,
        governance_body=content.governance_body,
    )


def _program(content: ProgramContent, stage: Stage) -> Program:
    return Program.objects.create(
        parent=stage.components[content.parent],
        code=content.code,
        name=content.name,
        vision=content.vision,
        state=State.IDEA,
        manager=stage.people[content.manager],
        sponsor=stage.people[content.sponsor],
        start_date=stage.days.day(content.start),
        finish_date=stage.days.day(content.finish),
    )


def _project(content: ProjectContent, stage: Stage) -> Project:
    """Make a project; of one that has no data not even dates and budget are recorded."""
    work = work_of(content, days=stage.days)
    stage.works[content.code] = work
    stage.lives[content.code] = life_of_project(work, days=stage.days)
    dates_and_money = {
        "start_date": work.start,
        "finish_date": work.finish,
        "budget": content.budget,
        "contingency": content.budget * CONTINGENCY // 100,
    }
    return Project.objects.create(
        parent=stage.components[content.parent],
        code=content.code,
        name=content.name,
        objectives=content.objectives,
        state=State.IDEA,
        manager=stage.people[content.manager],
        **(dates_and_money if content.is_planned else {}),
    )


def _roles(stage: Stage) -> Iterator[RoleAssignment]:
    """Give each login its role on all roots, and each manager one on what they lead."""
    for root in (content for content in PORTFOLIOS if content.parent is None):
        component = stage.components[root.code]
        for role in Role:
            user = stage.people[username_of(role)]
            yield RoleAssignment(component=component, user=user, role=role)
        for name in BOARD:
            user = stage.people[name]
            yield RoleAssignment(component=component, user=user, role=Role.GOVERNANCE)
    managing = {
        Kind.PORTFOLIO: Role.PORTFOLIO_MANAGER,
        Kind.PROGRAM: Role.PROGRAM_MANAGER,
        Kind.PROJECT: Role.PROJECT_MANAGER,
    }
    for component in stage.components.values():
        if component.parent_id is not None:
            role = managing[Kind(component.kind)]
            yield RoleAssignment(component=component, user=component.manager, role=role)


def _set_aims(stage: Stage) -> None:
    for content in PORTFOLIOS:
        portfolio = stage.components[content.code]
        Objective.objects.bulk_create(
            Objective(portfolio_id=portfolio.pk, name=name, weight=weight)
            for name, weight in content.objectives.items()
        )
        if content.policy:
            HealthPolicy.objects.create(component=portfolio, **content.policy)


def _envelopes(stage: Stage) -> Iterator[BudgetEnvelope]:
    """Give each portfolio for each year a little more than its projects plan to spend in it."""
    this_year = stage.days.today.year
    for portfolio in (c for c in stage.components.values() if c.kind == Kind.PORTFOLIO):
        for year in range(this_year - 2, this_year + 2):
            first, last = date(year, 1, 1), date(year, 12, 31)
            amount = sum(
                _planned(component, first, last)
                for component in stage.components.values()
                if portfolio.pk in component.path
            )
            yield BudgetEnvelope(
                portfolio_id=portfolio.pk,
                start_date=first,
                finish_date=last,
                amount=round(amount * RESERVE / 50_000) * 50_000,
            )


def _planned(component: Component, first: date, last: date) -> float:
    """Tell the part of a project's budget that falls into a period."""
    if not isinstance(component, Project) or not component.budget:
        return 0.0
    start, finish = component.start_date, component.finish_date
    if start is None or finish is None:
        return 0.0
    days = (min(finish, last) - max(start, first)).days + 1
    return float(component.budget) * max(0, days) / ((finish - start).days + 1)
