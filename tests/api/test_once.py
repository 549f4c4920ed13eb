"""A request that is sent again is done once: `Idempotency-Key`."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import AnsweredCall, CostEntry, Role
from ppm.core.tasks import forget_what_is_over
from tests.api.conftest import client_of
from tests.api.resources import RESOURCES
from tests.api.test_versions import manager_of
from tests.factories import START, give_role, make_portfolio, make_project, make_user
from tests.rows import World

KEY = {"Idempotency-Key": "0b0ec2f5-6b2e"}
COSTS = "/api/v1/costs/"


def cost_of(project: int, amount: str = "5") -> dict[str, object]:
    """Say a cost."""
    return {"component": project, "date": START.isoformat(), "amount": amount}


@pytest.mark.parametrize("name", RESOURCES)
def test_what_is_posted_again_is_answered_as_before(
    name: str, world: World, request: pytest.FixtureRequest
) -> None:
    resource = RESOURCES[name]
    client: APIClient = request.getfixturevalue(resource.writer)
    body = resource.body(world)
    rows = resource.model._default_manager.count
    first, before = client.post(f"/api/v1/{name}/", body, headers=KEY), rows()
    again = client.post(f"/api/v1/{name}/", body, headers=KEY)
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert first["Location"] == f"http://testserver/api/v1/{name}/{first.json()['id']}/"
    assert [again.get(header) for header in ("Location", "ETag")] == [
        first.get(header) for header in ("Location", "ETag")
    ]
    assert rows() == before


def test_a_key_that_comes_with_another_request_is_refused(world: World, owner: APIClient) -> None:
    owner.post(COSTS, cost_of(world.project.pk), headers=KEY)
    other = owner.post(COSTS, cost_of(world.project.pk, "6"), headers=KEY)
    elsewhere = owner.post(f"{COSTS}?x", cost_of(world.project.pk), headers=KEY)
    assert (other.status_code, other.json()["type"]) == (422, "urn:ppm:problem:key-reused")
    assert elsewhere.status_code == 422
    assert CostEntry.objects.count() == 1


def test_what_was_refused_is_judged_again(world: World, owner: APIClient) -> None:
    assert owner.post(COSTS, cost_of(world.project.pk, "much"), headers=KEY).status_code == 400
    assert owner.post(COSTS, cost_of(world.project.pk), headers=KEY).status_code == 201
    assert AnsweredCall.objects.count() == 1


def test_the_keys_of_two_people_are_not_the_same(world: World, owner: APIClient) -> None:
    colleague = make_user()
    give_role(colleague, world.portfolio, Role.PORTFOLIO_MANAGER)
    for client in (owner, client_of(colleague)):
        assert client.post(COSTS, cost_of(world.project.pk), headers=KEY).status_code == 201
    assert CostEntry.objects.count() == 2


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256])
def test_a_key_that_is_none_is_refused(key: str, world: World, owner: APIClient) -> None:
    answer = owner.post(COSTS, cost_of(world.project.pk), headers={"Idempotency-Key": key})
    assert (answer.status_code, CostEntry.objects.count()) == (400, 0)
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_key_is_forgotten_after_a_day(world: World, owner: APIClient) -> None:
    owner.post(COSTS, cost_of(world.project.pk), headers=KEY)
    forget_what_is_over()
    assert AnsweredCall.objects.count() == 1
    AnsweredCall.objects.update(answered_at=timezone.now() - timedelta(hours=25))
    forget_what_is_over()
    assert AnsweredCall.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_is_done() -> None:
    portfolio = make_portfolio()
    project, client = make_project(portfolio), manager_of(portfolio)

    def send(_: int) -> Any:
        try:
            return client.post(COSTS, cost_of(project.pk), headers=KEY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=20) as threads:
        answers = [*threads.map(send, range(20))]
    done = {answer.content for answer in answers if answer.status_code == 201}
    busy = [answer for answer in answers if answer.status_code == 409]
    assert len(done) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["type"] for answer in busy} <= {"urn:ppm:problem:under-way"}
    assert CostEntry.objects.count() == 1


def test_every_post_is_done_once() -> None:
    views: list[tuple[str, Any]] = [(name, view) for name, view, _ in router.registry]
    posts = {name: view for name, view in views if "post" in view.http_method_names}
    assert len(posts) >= len(RESOURCES)
    assert [n for n, view in posts.items() if not hasattr(view.create, "is_done_once")] == []


def test_an_answer_is_given_again_only_to_whoever_still_sees_the_row(world: World) -> None:
    user = make_user()
    give_role(user, world.portfolio, Role.PORTFOLIO_MANAGER)
    client, task = client_of(user), RESOURCES["tasks"].body(world)
    assert client.post("/api/v1/tasks/", task, headers=KEY).status_code == 201
    user.role_assignments.all().delete()
    assert client.post("/api/v1/tasks/", task, headers=KEY).status_code == 404
