"""What a read answers with: chosen fields, expanded rows, and nothing that was had before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import Role, Snapshot
from tests.api.conftest import client_of, client_with_role
from tests.factories import (
    START,
    give_role,
    make_cost,
    make_link,
    make_project,
    make_task,
    make_user,
)
from tests.rows import World


def test_only_the_fields_that_are_asked_for_are_answered(world: World, owner: APIClient) -> None:
    one = owner.get(f"/api/v1/tasks/{world.task.pk}/?fields=id,name").json()
    [first, *_] = owner.get("/api/v1/tasks/?fields=wbs").json()["results"]
    assert one == {"id": world.task.pk, "name": world.task.name}
    assert set(first) == {"wbs"}


def test_of_a_part_only_some_fields_are_answered(world: World, owner: APIClient) -> None:
    address = f"/api/v1/components/{world.project.pk}/?fields=code,snapshot.cpi,snapshot.eac"
    told = owner.get(address).json()
    assert set(told) == {"code", "snapshot"}
    assert told["snapshot"] is None or set(told["snapshot"]) == {"cpi", "eac"}


def test_fields_that_need_no_figures_read_none(world: World, owner: APIClient) -> None:
    owner.get("/api/v1/users/")

    def queries(query: str) -> int:
        with CaptureQueriesContext(connection) as context:
            assert owner.get(f"/api/v1/projects/{query}").status_code == 200
        return len(context)

    assert queries("?fields=id,code,name") < queries("")


def test_rows_stand_in_place_of_their_ids(world: World, owner: APIClient) -> None:
    task = f"/api/v1/tasks/{world.task.pk}/"
    one = owner.get(f"{task}?expand=project").json()
    two = owner.get(f"{task}?expand=project.parent").json()
    project = owner.get(f"/api/v1/projects/{world.project.pk}/").json()
    program = owner.get(f"/api/v1/components/{world.program.pk}/").json()
    assert one["project"] == project
    assert two["project"] == {**project, "parent": program}


def test_fields_reach_into_expanded_rows(world: World, owner: APIClient) -> None:
    query = "?expand=project.parent&fields=name,project.code,project.parent.code"
    told = owner.get(f"/api/v1/tasks/{world.task.pk}/{query}").json()
    assert told == {
        "name": world.task.name,
        "project": {"code": world.project.code, "parent": {"code": world.program.code}},
    }


def test_a_list_is_expanded_in_as_many_queries_as_a_row(world: World, owner: APIClient) -> None:
    owner.get("/api/v1/users/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as context:
            page = owner.get("/api/v1/tasks/?expand=project.manager,parent").json()
        assert all(isinstance(row["project"], dict) for row in page["results"])
        return len(context)

    make_task(make_project(world.program, manager=world.user))
    before = queries()
    for _ in range(5):
        make_task(make_project(world.program, manager=world.user))
    assert queries() == before


def test_nothing_is_expanded_that_one_may_not_see(world: World) -> None:
    user, stranger = make_user(), make_project()
    give_role(user, world.portfolio, Role.VIEWER)
    link = make_link(world.benefit, stranger)
    told = client_of(user).get(f"/api/v1/benefit-links/{link.pk}/?expand=project,benefit").json()
    assert told["project"] is None
    assert told["benefit"]["id"] == world.benefit.pk


def test_amounts_stay_withheld_in_expanded_rows(world: World) -> None:
    contributor = client_with_role(world, Role.CONTRIBUTOR)
    told = contributor.get("/api/v1/progress/?expand=task.project").json()
    one = contributor.get(f"/api/v1/tasks/{world.task.pk}/?expand=project").json()
    assert all(row["task"]["budget"] is None for row in told["results"])
    assert (one["budget"], one["project"]["budget"]) == (None, None)
    assert contributor.get("/api/v1/costs/?expand=component").json()["results"] == []
    make_cost(world.project, recorded_by=world.user)
    assert contributor.get("/api/v1/costs/?expand=component").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("fields=nothing", "fields"),
        ("fields=project.code", "fields"),
        ("fields=name.x", "fields"),
        ("expand=name", "expand"),
        ("expand=project.parent.parent", "expand"),
        ("expand=nothing", "expand"),
    ],
)
def test_what_there_is_not_is_refused(
    query: str, parameter: str, world: World, owner: APIClient
) -> None:
    for address in ("/api/v1/tasks/", f"/api/v1/tasks/{world.task.pk}/"):
        refused = owner.get(f"{address}?{query}")
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("name", [name for name, _, _ in router.registry])
def test_what_was_had_before_is_not_answered_again(
    name: str, world: World, owner: APIClient
) -> None:
    first = owner.get(f"/api/v1/{name}/")
    again = owner.get(f"/api/v1/{name}/", headers={"If-None-Match": f"W/{first['ETag']}"})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["X-Request-ID"] != first["X-Request-ID"]


def test_what_has_changed_is_answered(world: World, owner: APIClient) -> None:
    address = f"/api/v1/components/{world.project.pk}/"
    first = owner.get(address)
    # Not the row, but what is told of it.
    Snapshot.objects.create(component=world.project, as_of=START, health="red")
    second = owner.get(address, headers={"If-None-Match": first["ETag"]})
    assert second.status_code == 200
    assert second["ETag"].partition("-")[0] == first["ETag"].partition("-")[0]
    assert second["ETag"] != first["ETag"]


def test_the_version_of_the_api_is_told_and_may_be_asked_for(owner: APIClient) -> None:
    told = owner.get("/api/v1/users/")["PPM-Version"]
    assert owner.get("/api/v1/users/", headers={"PPM-Version": told}).status_code == 200
    refused = owner.get("/api/v1/users/", headers={"PPM-Version": "2020-01-01"})
    assert (refused.status_code, refused["PPM-Version"]) == (400, told)
    assert refused.json()["detail"] == f"PPM-Version: ask for one of {told}."
