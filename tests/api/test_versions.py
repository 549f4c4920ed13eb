"""Nobody overwrites what he has not seen: `ETag`, `If-Match`, and what a late writer is told."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.api.versions import is_versioned
from ppm.core.models import Role, Versioned
from projects.models import Project, Task
from tests.api.conftest import client_of
from tests.api.resources import RESOURCES
from tests.factories import give_role, make_portfolio, make_project, make_task, make_user
from tests.rows import ROWS, World
from tests.sessions import sessions

CHANGED = [name for name, resource in RESOURCES.items() if resource.change]
WRITERS = 50


def written(name: str, world: World, client: APIClient) -> str:
    """Add a row of a resource, return its address."""
    answer = client.post(f"/api/v1/{name}/", RESOURCES[name].body(world))
    assert answer.status_code == 201, answer.json()
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    return f"/api/v1/{name}/{answer.json()['id']}/"


def if_match(tag: str) -> dict[str, str]:
    """Say which version was read."""
    return {"If-Match": tag}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_names_the_version_that_was_read(
    name: str, world: World, request: pytest.FixtureRequest
) -> None:
    client: APIClient = request.getfixturevalue(RESOURCES[name].writer)
    address, change = written(name, world, client), RESOURCES[name].change
    read = client.get(address)
    unsaid = client.patch(address, change, headers=if_match(""))
    first = client.patch(address, change, headers=if_match(read["ETag"]))
    late = client.delete(address, headers=if_match(read["ETag"]))
    assert (unsaid.status_code, unsaid.json()["type"]) == (428, "urn:ppm:problem:version-needed")
    assert first.status_code == 200
    assert first.json()["version"] > read.json()["version"]
    assert (late.status_code, late.json()["type"]) == (412, "urn:ppm:problem:outdated")
    assert late["ETag"] == first["ETag"]
    assert client.delete(address, headers=if_match(first["ETag"])).status_code == 204


def test_every_row_that_is_changed_counts_its_changes() -> None:
    views: list[Any] = [view for _, view, _ in router.registry]
    changed = {view.model for view in views if "patch" in view.http_method_names}
    assert {model.__name__ for model in changed if not is_versioned(model)} == set()


@pytest.mark.parametrize(
    "model", [model for model in apps.get_models() if issubclass(model, Versioned)]
)
def test_whoever_changes_a_row_raises_its_version(model: Any, db: None) -> None:
    row = ROWS[model](World())
    row.save()
    rows = model._base_manager.filter(pk=row.pk)
    rows.update(version=F("version"))
    assert rows.get().version == 1
    rows.update(version=7)
    assert rows.get().version == 2


@pytest.mark.parametrize("tag", ['"1"', 'W/"1-0f"', '"9", "1-aa"', "*"])
def test_a_version_is_named_in_several_ways(tag: str, world: World, owner: APIClient) -> None:
    address = written("tasks", world, owner)
    assert owner.patch(address, {"name": "Dig"}, headers=if_match(tag)).status_code == 200


@pytest.mark.parametrize("tag", ["1", '"01"', '"1-x"', '"x1"', '"11"', "**", '"-1"'])
def test_what_names_no_version_changes_nothing(tag: str, world: World, owner: APIClient) -> None:
    address = written("tasks", world, owner)
    assert owner.patch(address, {"name": "Dig"}, headers=if_match(tag)).status_code == 412


def test_who_may_not_change_a_row_is_told_so_before_any_version(
    world: World, member: APIClient, outsider: APIClient
) -> None:
    address = f"/api/v1/tasks/{world.task.pk}/"
    assert member.patch(address, {"name": "Dig"}, headers=if_match("")).status_code == 403
    assert outsider.patch(address, {"name": "Dig"}, headers=if_match("")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_another_is_told_that_the_row_has_changed() -> None:
    portfolio = make_portfolio()
    task = make_task(make_project(portfolio))
    client = manager_of(portfolio)
    address = f"/api/v1/tasks/{task.pk}/"
    with sessions(2) as (other, user):
        other.do(Task.objects.filter(pk=task.pk).update, name="Deeper")
        answer = user.start(client.patch, address, {"name": "Wider"}, headers=if_match('"1"'))
        user.wait_until_blocked(by=other)
        other.commit()
        refused = answer.result(20)
        user.commit()
    assert (refused.status_code, refused["ETag"]) == (412, '"2"')
    task.refresh_from_db()
    assert task.name == "Deeper"


@pytest.mark.django_db(transaction=True)
def test_of_fifty_who_change_one_row_at_once_each_success_builds_on_the_one_before() -> None:
    portfolio = make_portfolio()
    project = make_project(portfolio, description="")
    client = manager_of(portfolio)
    address = f"/api/v1/projects/{project.pk}/"
    with ThreadPoolExecutor(max_workers=10) as threads:
        answers = [*threads.map(lambda n: append(client, address, n), range(WRITERS))]
    told = [(answer.status_code) for answer in answers]
    project = Project.objects.get(pk=project.pk)
    added = project.description.split()
    assert set(told) <= {200, 412}
    assert len(added) == told.count(200) > 0
    assert project.version == 1 + told.count(200)
    for answer in answers:
        if answer.status_code == 412:
            assert int(answer["ETag"].strip('"')) > 1


def append(client: APIClient, address: str, number: int) -> HttpResponse:
    """Read a text and write it back with a word more, as an integration does."""
    try:
        read = client.get(address)
        longer = f"{read.json()['description']} {number}".strip()
        return client.patch(address, {"description": longer}, headers=if_match(read["ETag"]))
    finally:
        connection.close()


def manager_of(portfolio: Any) -> APIClient:
    """Return the client of a portfolio's manager."""
    user = make_user()
    give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
    return client_of(user)
