"""How many queries each list and each row takes: pinned, and the same however long a list is.

With `PPM_REWRITE=1` the numbers of now are written into `query_counts.json` instead of compared.
"""

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import (
    CalendarDay,
    Component,
    Move,
    Role,
    RoleAssignment,
    Snapshot,
    User,
    WorkCalendar,
)
from projects.models import ClosureEvaluation, Lesson
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_accomplishment,
    make_baseline,
    make_benefit,
    make_change,
    make_contribution,
    make_cost,
    make_decision,
    make_dependency,
    make_envelope,
    make_estimate,
    make_issue,
    make_job,
    make_link,
    make_measurement,
    make_objective,
    make_plan,
    make_policy,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_report,
    make_request,
    make_restatement,
    make_risk,
    make_ruling,
    make_task,
    make_user,
    make_webhook,
    make_weighted_milestone,
)
from tests.rows import LAST_MONTH, World, closed

BASELINE = Path(__file__).with_name("query_counts.json")
FEW = 3
DAY = timedelta(days=1)

Maker = Callable[[World, int], object]

MAKERS: dict[str, Maker] = {
    "components": lambda w, n: make_project(w.program),
    "portfolios": lambda w, n: make_portfolio(w.portfolio),
    "programs": lambda w, n: make_program(w.portfolio),
    "projects": lambda w, n: computed(make_project(w.program)),
    "snapshots": lambda w, n: computed(make_project(w.program)),
    "moves": lambda w, n: Move.objects.create(
        component=w.project, before=w.portfolio, after=w.program, date=START
    ),
    "month-closes": lambda w, n: close_month(w, n),
    "restatements": lambda w, n: make_restatement(w.project, reasons=naming(w.program)),
    "objectives": lambda w, n: make_objective(w.portfolio),
    "objective-contributions": lambda w, n: make_contribution(
        w.objective, make_benefit(w.program)
    ),
    "budget-envelopes": lambda w, n: make_envelope(make_portfolio(w.portfolio)),
    "benefits": lambda w, n: make_benefit(w.program),
    "benefit-links": lambda w, n: make_link(w.benefit, make_project(w.program)),
    "benefit-plans": lambda w, n: make_plan(make_benefit(w.program)),
    "benefit-measurements": lambda w, n: make_measurement(w.benefit),
    "tasks": lambda w, n: make_task(w.project),
    "weighted-milestones": lambda w, n: make_weighted_milestone(w.task),
    "dependencies": lambda w, n: make_dependency(make_task(w.neighbour), w.task),
    "baselines": lambda w, n: make_baseline(w.neighbour),
    "progress": lambda w, n: make_progress(w.task),
    "milestone-accomplishments": lambda w, n: make_accomplishment(w.milestone),
    "lessons": lambda w, n: Lesson.objects.create(
        project=w.project, event="Rain", recommendation="Take a coat"
    ),
    "closure-evaluations": lambda w, n: ClosureEvaluation.objects.create(
        project=make_project(w.program), date=FINISH, verdict="met", summary="Dry"
    ),
    "costs": lambda w, n: make_cost(w.project, recorded_by=w.user),
    "estimates": lambda w, n: make_estimate(w.project, recorded_by=w.user),
    "status-reports": lambda w, n: make_ruled_report(w),
    "override-rulings": lambda w, n: make_ruled_report(w),
    "state-requests": lambda w, n: make_answered_request(w),
    "decisions": lambda w, n: make_answered_request(w),
    "risks": lambda w, n: make_risk(w.project),
    "risk-assessments": lambda w, n: make_risk(w.project),
    "issues": lambda w, n: make_issue(w.project),
    "issue-assessments": lambda w, n: make_issue(w.project),
    "changes": lambda w, n: make_change(w.project),
    "change-assessments": lambda w, n: make_change(w.project),
    "health-policies": lambda w, n: make_policy(w.program, version=n + 1),
    "calendars": lambda w, n: WorkCalendar.objects.create(name=f"Calendar {n}"),
    "calendar-days": lambda w, n: CalendarDay.objects.create(
        calendar=w.calendar, day=START.replace(day=n + 1), cumulative_minutes=480
    ),
    "role-assignments": lambda w, n: give_role(make_user(), w.project, Role.VIEWER),
    "jobs": lambda w, n: make_job(manager_of(w), kind="recomputation", state="done"),
    "webhooks": lambda w, n: make_webhook(w.project, w.user),
    "webhook-deliveries": lambda w, n: make_webhook(w.project, w.user).test(),
    "users": lambda w, n: give_role(make_user(), w.project, Role.VIEWER),
}


def manager_of(world: World) -> User:
    """Return who asks: the manager of the world's portfolio."""
    held = RoleAssignment.objects.get(component=world.portfolio, role=Role.PORTFOLIO_MANAGER)
    assert held.user
    return held.user


def computed(project: Any) -> Snapshot:
    """Give a project a snapshot that names another one."""
    reasons = naming(project.parent)
    return Snapshot.objects.create(component=project, as_of=START, reasons=reasons)


def naming(component: Component) -> dict[str, Any]:
    """Make reasons that name a component."""
    return {"drivers": [{"component": component.pk, "share": "1.000000", "health": "red"}]}


def close_month(world: World, number: int) -> object:
    """Close a month of the years before."""
    close = closed(world)
    years, months = divmod(number, 12)
    close.month_end = LAST_MONTH.replace(year=2024 - years, month=months + 1, day=1) - DAY
    close.closed_by = world.user
    close.save()
    return close


def make_ruled_report(world: World) -> object:
    """Report an override, and approve it."""
    report = make_report(
        world.project,
        recorded_by=make_user(),
        override_reason="Nobody could have said it any shorter.",
        valid_until=FINISH,
    )
    return make_ruling(report, recorded_by=world.user)


def make_answered_request(world: World) -> object:
    """Ask for the end of a project, and decide it."""
    effect = {"component": world.project.pk, "before": None, "after": None}
    consequence = {
        "as_of": START.isoformat(),
        "currency": "EUR",
        "figures": [effect],
        "benefits": [],
        **dict.fromkeys(("avoided", "lost", "termination_cost", "balance")),
    }
    request = make_request(world.project, consequence=consequence)
    return make_decision(world.project, state_request=request, consequence=consequence)


def queries(client: APIClient, address: str) -> tuple[int, Any]:
    """Count the queries of a request."""
    with CaptureQueriesContext(connection) as context:
        answer = client.get(address)
    assert answer.status_code == 200, answer.json()
    return len(context), answer.json()


def counted(name: str, world: World, client: APIClient) -> dict[str, int]:
    """Count for a list, at two lengths, and for one of its rows."""
    lengths, counts = [], []
    for numbers in (range(1, FEW + 1), range(FEW + 1, 4 * FEW + 1)):
        for number in numbers:
            MAKERS[name](world, number)
        count, page = queries(client, f"/api/v1/{name}/?limit=200")
        lengths.append(len(page["results"]))
        counts.append(count)
    assert lengths[1] - lengths[0] >= 3 * FEW or lengths[1] == 200
    assert counts[0] == counts[1], "the list takes a query a row"
    one, _ = queries(client, f"/api/v1/{name}/{page['results'][-1]['id']}/")
    return {"list": counts[1], "one": one}


@pytest.mark.parametrize("name", [name for name, _, _ in router.registry])
def test_lists_and_rows_take_their_queries(name: str, world: World, owner: APIClient) -> None:
    # The first request of a token also writes down when it was used.
    owner.get("/api/v1/users/")
    found = counted(name, world, owner)
    pinned = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("PPM_REWRITE"):
        pinned = dict(sorted({**pinned, name: found}.items()))
        BASELINE.write_text(json.dumps(pinned, indent=4) + "\n")
    assert pinned[name] == found


def test_only_what_exists_is_pinned() -> None:
    assert sorted(json.loads(BASELINE.read_text())) == sorted(n for n, _, _ in router.registry)
