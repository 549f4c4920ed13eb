"""An organisation of thousands of projects, the same for the same seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction

from portfolios.models import Portfolio
from ppm.core.loading import load_components
from ppm.core.models import Component, CostEntry, Kind, Risk, RiskAssessment, State
from programs.models import Benefit, BenefitLink, LinkMode, Program
from projects.baselining import take_baselines
from projects.models import EarningMethod, Progress, Project, Task
from tests.rollup.organisations import TODAY

PROJECTS_A_PROGRAM = 20
PROGRAMS_A_PORTFOLIO = 10
TASKS_A_PROJECT = 4


@dataclass(frozen=True)
class Organisation:
    """Ids of what was written: the roots of its trees, all projects, all tasks."""

    roots: list[int]
    projects: list[int]
    tasks: list[int]


@transaction.atomic
def write_organisation(random: Random, *, projects: int, trees: int = 2) -> Organisation:
    """Write trees of so many projects each, with plans, facts, risks, and benefits across."""
    for tree in range(trees):
        _write_tree(f"T{tree}", projects)
    found = Component.objects.filter(kind=Kind.PROJECT).order_by("pk")
    ids = list(found.values_list("pk", flat=True))
    tasks = Task.objects.bulk_create(
        [_task(random, pk, number) for pk in ids for number in range(TASKS_A_PROJECT)],
        batch_size=5000,
    )
    take_baselines(ids)
    _write_facts(random, ids, tasks)
    _write_benefits(random, ids)
    roots = Component.objects.roots().order_by("pk").values_list("pk", flat=True)
    return Organisation(list(roots), ids, [task.pk for task in tasks])


def _write_tree(code: str, projects: int) -> None:
    programs = -(-projects // PROJECTS_A_PROGRAM)
    portfolios = -(-programs // PROGRAMS_A_PORTFOLIO)
    settings = {"currency": "EUR", "time_zone": "Europe/Vienna", "status_date": TODAY}
    _load(Portfolio, [{**_row(code, None, State.ACTIVE), **settings}])
    _load(Portfolio, (_row(f"{code}-P{n}", code, State.ACTIVE) for n in range(portfolios)))
    _load(
        Program,
        (
            _row(f"{code}-G{n}", f"{code}-P{n // PROGRAMS_A_PORTFOLIO}", State.EXECUTING)
            for n in range(programs)
        ),
    )
    _load(
        Project,
        (
            _row(f"{code}-{n}", f"{code}-G{n // PROJECTS_A_PROGRAM}", State.EXECUTING)
            for n in range(projects)
        ),
    )


def _row(code: str, parent: str | None, state: State) -> dict[str, Any]:
    return {"code": code, "parent": parent, "name": f"Component {code}", "state": state}


def _load(model: type[Component], rows: Iterable[dict[str, Any]]) -> None:
    loaded = load_components(model, enumerate(rows))
    assert not loaded.errors, loaded.errors[:3]


def _task(random: Random, project_id: int, number: int) -> Task:
    start = TODAY - timedelta(random.randint(10, 120))
    return Task(
        project_id=project_id,
        wbs=str(number),
        name=f"Task {number}",
        start_date=start,
        finish_date=start + timedelta(random.randint(20, 200)),
        budget=random.randint(100, 100_000),
        earning_method=EarningMethod.PHYSICAL_PERCENT,
    )


def _write_facts(random: Random, projects: list[int], tasks: list[Task]) -> None:
    """Write two reports of progress a task, three costs a project, a risk on each fifth."""
    Progress.objects.bulk_create(
        [
            Progress(task=task, date=TODAY - timedelta(days), percent=random.randint(0, 100))
            for task in tasks
            for days in (30, 5)
        ],
        batch_size=5000,
    )
    CostEntry.objects.bulk_create(
        [
            CostEntry(
                component_id=pk,
                date=TODAY - timedelta(random.randint(0, 90)),
                amount=Decimal(random.randint(100, 2_000_000)) / 100,
            )
            for pk in projects
            for _ in range(3)
        ],
        batch_size=5000,
    )
    risks = Risk.objects.bulk_create(Risk(component_id=pk, title="Risk") for pk in projects[::5])
    RiskAssessment.objects.bulk_create(
        RiskAssessment(
            risk=risk,
            date=TODAY - timedelta(10),
            probability=Decimal("0.3"),
            impact=random.randint(100, 50_000),
            likelihood=random.randint(1, 5),
            severity=random.randint(1, 5),
        )
        for risk in risks
    )


def _write_benefits(random: Random, projects: list[int]) -> None:
    """Give each program a benefit that rests on five projects of any tree."""
    programs = Component.objects.filter(kind=Kind.PROGRAM).order_by("pk")
    benefits = Benefit.objects.bulk_create(
        Benefit(component=program, name="Benefit", target_value=random.randint(1000, 10**6))
        for program in programs
    )
    BenefitLink.objects.bulk_create(
        BenefitLink(benefit=benefit, project_id=pk, mode=LinkMode.ADDITIVE, weight=1)
        for benefit in benefits
        for pk in random.sample(projects, min(5, len(projects)))
    )
