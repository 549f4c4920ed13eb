"""The facts that are news between two dates: of every kind, in a few queries, page by page."""

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolios.rollup import drain
from ppm.core.models import Component, Fact, Role, State, User
from ppm.core.news import News, new_facts, told
from ppm.core.outline import PAGE_SIZE
from programs.models import Program
from projects.models import Project
from tests.factories import (
    give_role,
    make_accomplishment,
    make_benefit,
    make_change,
    make_cost,
    make_decision,
    make_estimate,
    make_issue,
    make_measurement,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_report,
    make_request,
    make_risk,
    make_ruling,
    make_task,
    make_user,
    make_weighted_milestone,
)
from tests.pages.reading import Page
from tests.past.test_comparison import APRIL, BEFORE, MARCH, MAY, NOW, compared, turn_to

MOST_QUERIES = 20
PERIOD = "first=2026-03-31&second=2026-04-30"
TO_THE_LAST_DIGIT = Decimal("98765432109876.5432")

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> User:
    """Let somebody in who manages a tree at the end of March, of a program and a project."""
    root = make_portfolio(code="ROOT", status_date=MARCH)
    project = make_project(make_program(root, code="PG1"), code="A", name="Dredging")
    make_cost(project, amount=100, date=MARCH, recorded_at=BEFORE)
    drain(now=NOW)
    user = make_user("ada")
    give_role(user, root, Role.PORTFOLIO_MANAGER)
    client.force_login(user)
    return user


def happen_once(project: Project, by: User) -> None:
    """Record a fact of every kind in April, about the project and its program."""
    said: dict[str, Any] = {"date": APRIL, "recorded_by": by}
    task = make_task(project, name="Dig", wbs="1.1")
    make_progress(task, 40, **said)
    make_accomplishment(make_weighted_milestone(task, name="Half way"), **said)
    make_cost(project, TO_THE_LAST_DIGIT, **said)
    make_estimate(project, 30, **said)
    make_risk(project, title="High water", **said)
    make_issue(project, title="A broken pump", **said)
    make_change(project, title="A deeper bed", **said)
    override: dict[str, Any] = {
        "override_reason": "The crew works on Saturdays for now.",
        "valid_until": MAY,
    }
    make_ruling(make_report(project, date=APRIL, recorded_by=make_user(), **override), **said)
    make_request(project, **said)
    make_decision(project, State.ON_HOLD, **said)
    benefit = make_benefit(Program.objects.get(code="PG1"), name="Fewer floods")
    make_measurement(benefit, 5, **said)


def news_of(code: str, reader: User) -> list[News]:
    found = compared(code, reader)
    return told(new_facts(found, user=reader), found.component, user=reader)


def test_facts_of_every_kind_are_told_in_their_own_words(reader: User) -> None:
    happen_once(Project.objects.get(), reader)
    turn_to(APRIL)
    of_project, of_program = news_of("A", reader), news_of("PG1", reader)
    assert {(one.sort, str(one.fact), str(one.about or "")) for one in of_project} == {
        ("progress", "2026-04-30: 40.00 %", "1.1 Dig"),
        ("milestone accomplishment", "2026-04-30: accomplished", "Half way"),
        ("cost entry", f"2026-04-30: {TO_THE_LAST_DIGIT}", ""),
        ("estimate", "2026-04-30: 30.0000 to complete", ""),
        ("risk assessment", "2026-04-30: 0.5000 x 1000.0000", "High water"),
        ("issue assessment", "2026-04-30: Major", "A broken pump"),
        ("change assessment", "2026-04-30: Submitted", "A deeper bed"),
        ("status report", "2026-04-30: On track", ""),
        ("override ruling", "2026-04-30: On track: Approved", "2026-04-30: On track"),
        ("state request", "A Dredging: Executing → Terminated", ""),
        ("decision", "A Dredging: Executing → On hold approved", ""),
    }
    assert [(one.sort, str(one.about)) for one in of_program] == [
        ("benefit measurement", "Fewer floods")
    ]
    kinds = {model for model in apps.get_models() if issubclass(model, Fact)}
    assert {type(one.fact) for one in (*of_project, *of_program)} == kinds
    assert {one.fact.recorded_by for one in of_project if one.sort != "status report"} == {reader}
    assert [one.amount for one in of_project if one.amount] == [TO_THE_LAST_DIGIT]


def test_facts_read_together_are_the_facts_themselves(reader: User) -> None:
    happen_once(Project.objects.get(), reader)
    turn_to(APRIL)
    for one in news_of("A", reader):
        stored = type(one.fact)._default_manager.get(pk=one.fact.pk)
        for column in stored._meta.concrete_fields:
            assert getattr(one.fact, column.attname) == getattr(stored, column.attname), column


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "address",
    [
        "/programs/PG1/comparison/",
        "/projects/A/comparison/",
        f"/programs/PG1/comparison/?{PERIOD}",
        f"/on/2026-04-30/projects/A/comparison/?{PERIOD}",
        f"/projects/A/comparison/?{PERIOD}&news=2",
    ],
)
def test_the_page_takes_as_many_queries_for_much_as_for_little(
    reader: User, client: Client, address: str
) -> None:
    project, program = Project.objects.get(), Program.objects.get()
    fill(program, project, reader)
    turn_to(APRIL)
    turn_to(MAY)
    queries_of(client, address)  # what is kept from the first visit on
    few = queries_of(client, address)
    for _ in range(2):
        fill(program, project, reader)
    drain(now=NOW)
    assert queries_of(client, address) == few <= MOST_QUERIES


def fill(program: Program, project: Project, by: User) -> None:
    """Add more facts than a page holds, and components."""
    for component in (program, project):
        for amount in range(1, PAGE_SIZE + 2):
            for date in (APRIL, MAY):
                make_cost(component, amount, date, recorded_by=by, recorded_at=NOW)
    happen_again(project, by)
    make_cost(make_project(program), 1, APRIL)


def happen_again(project: Project, by: User) -> None:
    """Record decisions, which name their component, and progress, which names its task."""
    state = Component.objects.get(pk=project.pk).state
    for after in (State.ON_HOLD, State.EXECUTING):
        make_decision(project, after, before=state, date=APRIL, recorded_by=by)
        state = after
    make_progress(make_task(project), 40, APRIL, recorded_by=by)


def test_long_news_are_paged(reader: User, client: Client) -> None:
    for amount in range(1, PAGE_SIZE + 4):
        make_cost(Project.objects.get(), amount, APRIL, recorded_by=reader)
    turn_to(APRIL)
    address = f"/projects/A/comparison/?{PERIOD}"
    first, second = (Page(client.get(f"{address}&news={n}").content) for n in (1, 2))
    assert "Page 1 of 2" in first.text
    amounts = [row.values[-1][0] for page in (first, second) for row in page.rows("New facts")]
    assert amounts == sorted(map(Decimal, range(1, PAGE_SIZE + 4)), reverse=True)
    assert len(first.rows("New facts")) == PAGE_SIZE
