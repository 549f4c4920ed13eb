"""Changes of state: foretold, asked for, decided, and who may read what of it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from portfolios.rollup import drain
from ppm.core.models import Component, CostEntry, Decision, Role, Snapshot, State, StateRequest
from programs.models import LinkMode
from tests.api.conftest import client_of, client_with_role
from tests.api.resources import override_of
from tests.factories import (
    give_role,
    make_baseline,
    make_benefit,
    make_contribution,
    make_cost,
    make_dependency,
    make_link,
    make_objective,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_task,
    make_user,
)
from tests.rows import World

TODAY = date(2026, 1, 20)
WHY = "The vendor has gone bankrupt and nobody else offers it."
Body = dict[str, Any]


class Company:
    """A program whose benefit cannot come without one of its two projects."""

    def __init__(self) -> None:
        """Store and compute it."""
        self.portfolio = make_portfolio(status_date=TODAY)
        self.program = make_program(self.portfolio)
        self.enabler, self.shop = make_project(self.program), make_project(self.program)
        for project in (self.enabler, self.shop):
            task = make_task(project)
            make_baseline(project)
            make_progress(task, 30, TODAY)
            make_cost(project, 400, TODAY)
        self.benefit = make_benefit(self.program, 9000)
        make_link(self.benefit, self.enabler, mode=LinkMode.ESSENTIAL)
        make_link(self.benefit, self.shop)
        self.objective = make_objective(self.portfolio)
        make_contribution(self.objective, self.benefit)
        self.waiting = make_task(make_project(self.portfolio), name="Open the shop")
        awaited = make_task(self.enabler)
        self.dependency = make_dependency(awaited, self.waiting)
        drain(now=timezone.now())

    def client(self, role: Role, component: Component | None = None) -> APIClient:
        """Return the client of a new user with the role, on the portfolio if nothing is said."""
        user = make_user()
        give_role(user, component or self.portfolio, role)
        return client_of(user)


@pytest.fixture
def company(db: None) -> Company:
    """Return a computed company."""
    return Company()


def removal(client: APIClient, component: Component, **query: str) -> Any:
    """Ask what a removal would do."""
    query.setdefault("after", "terminated")
    return client.get(f"/api/v1/components/{component.pk}/removal/", query)


def decide(client: APIClient, component: Component, after: str, **more: Any) -> Any:
    """Decide about a component."""
    body = {"component": component.pk, "after": after, "rationale": WHY, **more}
    return client.post("/api/v1/decisions/", body)


def test_a_removal_does_what_was_foretold(company: Company) -> None:
    client = company.client(Role.GOVERNANCE)
    foretold = removal(client, company.enabler, termination_cost="50").json()
    assert foretold["obstacles"] == []
    assert foretold["hidden_benefits"] == 0
    decided = decide(client, company.enabler, "terminated", termination_cost="50")
    assert decided.status_code == 201, decided.json()
    drain(now=timezone.now())
    shown = [entry["component"] for entry in foretold["figures"]]
    assert set(shown) == {company.enabler.pk, company.program.pk, company.portfolio.pk}
    for entry in foretold["figures"]:
        address = f"/api/v1/components/{entry['component']}/"
        snapshot = client.get(address).json()["snapshot"]
        assert {name: snapshot[name] for name in entry["after"]} == entry["after"]
        assert entry["before"] != entry["after"]
    [lost] = foretold["benefits"]
    assert (lost["benefit"], lost["is_broken"]) == (company.benefit.pk, True)
    assert Decimal(foretold["lost"]) == Decimal(lost["before"]) - Decimal(lost["after"])
    assert {name: foretold[name] for name in decided.json()["consequence"]} == decided.json()[
        "consequence"
    ]


def test_a_removal_names_objectives_and_who_would_wait_in_vain(company: Company) -> None:
    foretold = removal(company.client(Role.VIEWER), company.enabler).json()
    [objective] = foretold["objectives"]
    assert objective["objective"] == company.objective.pk
    assert Decimal(objective["before"]["rate"]) > Decimal(objective["after"]["rate"])
    assert foretold["orphans"] == [
        {
            "dependency": company.dependency.pk,
            "task": company.waiting.pk,
            "project": company.waiting.project_id,
        }
    ]


def test_a_rehearsal_changes_nothing(company: Company) -> None:
    newest = Snapshot.objects.order_by("-pk").values_list("pk").first()
    assert removal(company.client(Role.VIEWER), company.enabler).status_code == 200
    assert Component.objects.get(pk=company.enabler.pk).state == State.EXECUTING
    assert not CostEntry.objects.filter(category="Termination").exists()
    assert Snapshot.objects.order_by("-pk").values_list("pk").first() == newest


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"after": ""}, "after"),
        ({"after": "closed"}, "after"),
        ({"termination_cost": "-1"}, "termination_cost"),
        ({"termination_cost": "much"}, "termination_cost"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_removal_that_is_not_understood_is_refused(
    query: dict[str, str], parameter: str, company: Company
) -> None:
    refused = removal(company.client(Role.VIEWER), company.enabler, **query)
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]


def test_what_cannot_be_removed_is_refused(company: Company) -> None:
    refused = removal(company.client(Role.VIEWER), company.portfolio)
    assert refused.status_code == 400
    assert refused.json()["detail"] == "What is active cannot become terminated."


def test_an_outsider_rehearses_nothing(company: Company, outsider: APIClient) -> None:
    assert removal(outsider, company.enabler).status_code == 404
    assert removal(APIClient(), company.enabler).status_code == 401


def test_a_removal_tells_nothing_of_what_one_does_not_see(company: Company) -> None:
    client = company.client(Role.VIEWER, company.enabler)
    foretold = removal(client, company.enabler).json()
    assert [entry["component"] for entry in foretold["figures"]] == [company.enabler.pk]
    assert (foretold["benefits"], foretold["hidden_benefits"]) == ([], 1)


def test_a_state_is_not_changed_by_hand(world: World, owner: APIClient) -> None:
    address = f"/api/v1/projects/{world.project.pk}/"
    refused = owner.patch(address, {"state": "on_hold"})
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert error["pointer"] == "#/state"
    assert "/api/v1/decisions/" in error["detail"]
    assert owner.patch(address, {"state": "executing", "name": "Same"}).status_code == 200


@pytest.mark.parametrize("after", ["on_hold", "terminated"])
def test_a_project_manager_asks_and_does_not_decide(after: str, world: World) -> None:
    client = client_with_role(world, Role.PROJECT_MANAGER)
    refused = decide(client, world.project, after)
    assert refused.status_code == 403
    assert not Decision.objects.exists()
    body = {"component": world.project.pk, "after": after, "reason": WHY}
    assert client.post("/api/v1/state-requests/", body).status_code == 201
    again = client.post("/api/v1/state-requests/", body)
    assert again.status_code == 400
    assert "asked for this already" in again.json()["detail"]


def test_a_project_manager_begins_closing(world: World) -> None:
    client = client_with_role(world, Role.PROJECT_MANAGER)
    make_progress(world.other_task, 100)
    decided = decide(client, world.neighbour, "closing")
    assert decided.status_code == 201, decided.json()
    world.neighbour.refresh_from_db()
    assert world.neighbour.state == State.CLOSING


@pytest.mark.parametrize(
    ("outcome", "state"), [("approved", State.ON_HOLD), ("rejected", State.EXECUTING)]
)
def test_a_request_is_answered(outcome: str, state: State, world: World) -> None:
    asker, judge = (
        client_with_role(world, role) for role in (Role.PROJECT_MANAGER, Role.GOVERNANCE)
    )
    body = {"component": world.project.pk, "after": "on_hold", "reason": WHY}
    request = asker.post("/api/v1/state-requests/", body).json()
    waiting = judge.get("/api/v1/state-requests/", {"is_waiting": "true"}).json()["results"]
    assert [entry["id"] for entry in waiting] == [request["id"]]
    body = {"state_request": request["id"], "outcome": outcome, "rationale": WHY}
    answered = judge.post("/api/v1/decisions/", body)
    assert answered.status_code == 201, answered.json()
    world.project.refresh_from_db()
    assert world.project.state == state
    shown = asker.get(f"/api/v1/state-requests/{request['id']}/").json()
    assert shown["decision"] == answered.json()["id"]
    assert judge.get("/api/v1/state-requests/", {"is_waiting": "true"}).json()["results"] == []


def test_nobody_answers_himself(world: World, owner: APIClient) -> None:
    body = {"component": world.project.pk, "after": "on_hold", "reason": WHY}
    request = owner.post("/api/v1/state-requests/", body).json()
    body = {"state_request": request["id"], "outcome": "approved", "rationale": WHY}
    refused = owner.post("/api/v1/decisions/", body)
    assert refused.status_code == 400
    assert refused.json()["detail"] == "Somebody else must answer what you asked for."


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"rationale": WHY}, ["#/component", "#/after"]),
        ({"after": "on_hold", "rationale": "No."}, ["#"]),
        ({"after": "executing", "rationale": WHY}, ["#"]),
        ({"after": "authorized", "rationale": WHY}, ["#"]),
        ({"after": "on_hold", "rationale": WHY, "outcome": "rejected"}, ["#"]),
        ({"after": "on_hold", "rationale": WHY, "termination_cost": "-5"}, ["#/termination_cost"]),
        ({"state_request": 0, "after": "on_hold", "rationale": WHY}, ["#"]),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(
    body: Body, pointers: list[str], world: World, owner: APIClient
) -> None:
    if "after" in body:
        body = {"component": world.project.pk, **body}
    if "state_request" in body:
        asked = {"component": world.project.pk, "after": "on_hold", "reason": WHY}
        request = owner.post("/api/v1/state-requests/", asked).json()
        body = {**body, "state_request": request["id"]}
    refused = owner.post("/api/v1/decisions/", body)
    assert refused.status_code == 400, refused.json()
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers
    assert not Decision.objects.exists()


def test_obstacles_are_told(world: World, owner: APIClient) -> None:
    refused = decide(owner, world.program, "terminated")
    assert refused.status_code == 400
    assert "not at an end" in refused.json()["detail"]
    assert not StateRequest.objects.exists()


def test_a_decision_tells_nothing_of_what_its_reader_does_not_see(company: Company) -> None:
    governance = company.client(Role.GOVERNANCE)
    whole = decide(governance, company.enabler, "on_hold").json()["consequence"]
    assert len(whole["figures"]) == 3
    reader = company.client(Role.VIEWER, company.enabler)
    [decision] = reader.get("/api/v1/decisions/").json()["results"]
    told = decision["consequence"]
    assert [entry["component"] for entry in told["figures"]] == [company.enabler.pk]
    assert (told["benefits"], told["lost"], told["balance"]) == ([], None, None)
    assert told["avoided"] == whole["avoided"]


def test_an_override_is_ruled_on_by_somebody_else(world: World, owner: APIClient) -> None:
    report = override_of(world)
    address = f"/api/v1/status-reports/{report.pk}/"
    assert owner.get(address).json()["ruling"] is None
    waiting = {"is_override": "true", "has_ruling": "false"}
    [entry] = owner.get("/api/v1/status-reports/", waiting).json()["results"]
    assert entry["id"] == report.pk
    body = {"report": report.pk, "date": "2026-01-06", "outcome": "approved"}
    assert owner.post("/api/v1/override-rulings/", body).status_code == 201
    assert owner.get(address).json()["ruling"]["outcome"] == "approved"
    assert owner.get("/api/v1/status-reports/", waiting).json()["results"] == []


def test_nobody_rules_on_his_own_override(world: World) -> None:
    report = override_of(world)
    give_role(world.user, world.portfolio, Role.PORTFOLIO_MANAGER)
    body = {"report": report.pk, "date": "2026-01-06", "outcome": "approved"}
    refused = client_of(world.user).post("/api/v1/override-rulings/", body)
    assert refused.status_code == 400
    assert refused.json()["detail"] == "An override is approved by somebody else."
