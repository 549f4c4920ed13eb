"""Many rows in one call: by the rules of one, all or what can be, told row by row."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.api.bulk import MOST
from ppm.core.locks import try_lock_call
from ppm.core.models import AuditEvent, CostEntry, Role
from projects.models import Project, Task
from tests.api.conftest import client_of, client_with_role
from tests.api.resources import RESOURCES
from tests.factories import (
    START,
    give_role,
    make_cost,
    make_portfolio,
    make_project,
    make_task,
    make_user,
)
from tests.rows import World
from tests.sessions import sessions

VIEWS: dict[str, Any] = {name: view for name, view, _ in router.registry}
BULK = [
    name
    for name, view in VIEWS.items()
    if "post" in view.http_method_names and not view.is_one_at_a_time
]


def bulk(client: APIClient, name: str, mode: str, rows: list[Any], **more: Any) -> Any:
    """Send rows; return the answer."""
    return client.post(f"/api/v1/{name}/bulk/", {"mode": mode, "rows": rows, **more})


def task_of(world: World, number: int, **more: Any) -> dict[str, Any]:
    """Say a task."""
    return {
        "project": world.project.pk,
        "wbs": f"9.{number}",
        "name": "Dig",
        "start_date": START.isoformat(),
        "finish_date": START.isoformat(),
        **more,
    }


@pytest.mark.parametrize("name", BULK)
def test_rows_of_every_kind_are_created_together(
    name: str, world: World, request: pytest.FixtureRequest
) -> None:
    resource = RESOURCES[name]
    client: APIClient = request.getfixturevalue(resource.writer)
    told = bulk(client, name, "create", [resource.body(world)])
    assert told.status_code == 200, told.json()
    [row] = told.json()["rows"]
    assert (row["row"], row["outcome"], told.json()["created"]) == (0, "created", 1)
    assert client.get(f"/api/v1/{name}/{row['id']}/").status_code == 200


def test_what_is_decided_is_decided_one_at_a_time() -> None:
    assert {name for name, view in VIEWS.items() if view.is_one_at_a_time} >= {
        *("decisions", "state-requests", "override-rulings", "role-assignments"),
        *("health-policies", "month-closes", "baselines", "components"),
    }


def test_one_bad_row_and_nothing_is_written(world: World, owner: APIClient) -> None:
    before = Task.objects.count()
    rows = [
        task_of(world, 1),
        task_of(world, 2, finish_date="2020-01-01"),
        task_of(world, 3, colour="red", budget="much"),
        task_of(world, 1),
    ]
    refused = bulk(owner, "tasks", "create", rows)
    assert refused.status_code == 400
    assert Task.objects.count() == before
    found = {(error["pointer"], error["code"]) for error in refused.json()["errors"]}
    assert found == {
        ("#/rows/1", "projects_task_finishes_after_it_starts"),
        ("#/rows/2/colour", "unknown_field"),
        ("#/rows/2/budget", "invalid"),
        ("#/rows/3", "projects_task_wbs_is_unique"),
    }
    assert refused.json()["detail"] == "4 values were refused."


def test_in_part_what_can_be_written_is(world: World, owner: APIClient) -> None:
    rows = [task_of(world, 1), task_of(world, 2, name=""), task_of(world, 3)]
    told = bulk(owner, "tasks", "create", rows, partial=True).json()
    assert [row["outcome"] for row in told["rows"]] == ["created", "failed", "created"]
    assert (told["created"], told["failed"]) == (2, 1)
    assert told["rows"][1]["errors"][0]["pointer"] == "#/rows/1/name"
    assert set(Task.objects.filter(wbs__startswith="9.").values_list("wbs", flat=True)) == {
        "9.1",
        "9.3",
    }


def test_an_update_names_the_version_that_was_read(world: World, owner: APIClient) -> None:
    one, two, three = (make_task(world.project) for _ in range(3))
    Task.objects.filter(pk=two.pk).update(name="Somebody else's")
    rows = [
        {"id": one.pk, "version": 1, "name": "Mine"},
        {"id": two.pk, "version": 1, "name": "Mine"},
        {"id": three.pk, "name": "Mine"},
        {"id": two.pk, "version": 2, "name": "Mine after all"},
        {"id": three.pk, "version": "*", "name": three.name},
    ]
    told = bulk(owner, "tasks", "update", rows, partial=True).json()["rows"]
    outcomes = [row["outcome"] for row in told]
    assert outcomes == ["updated", "failed", "failed", "updated", "unchanged"]
    assert told[1]["errors"][0]["code"] == "outdated"
    assert told[2]["errors"][0]["pointer"] == "#/rows/2/version"
    assert [row.get("version") for row in told] == [2, None, None, 3, 1]
    names = Task.objects.filter(pk__in=[one.pk, two.pk]).order_by("pk")
    assert [task.name for task in names] == ["Mine", "Mine after all"]


def test_projects_are_created_or_updated_by_their_code(world: World, owner: APIClient) -> None:
    new = {"code": "NEW-1", "name": "New", "state": "idea", "parent": world.program.pk}
    known = {"code": world.project.code, "name": "Known by another name"}
    first = bulk(owner, "projects", "upsert", [new, known]).json()
    again = bulk(owner, "projects", "upsert", [new, known]).json()
    assert (first["created"], first["updated"]) == (1, 1)
    assert (again["unchanged"], again["created"], again["updated"]) == (2, 0, 0)
    assert Project.objects.get(code="NEW-1").parent_id == world.program.pk
    assert Project.objects.get(pk=world.project.pk).name == "Known by another name"


def test_what_has_no_code_is_not_found_by_one(world: World, owner: APIClient) -> None:
    refused = bulk(owner, "tasks", "upsert", [task_of(world, 1)])
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/mode"


def test_a_row_that_one_may_not_see_is_as_missing(world: World) -> None:
    user, stranger = make_user(), make_task(make_project())
    give_role(user, world.portfolio, Role.PORTFOLIO_MANAGER)
    rows = [{"id": pk, "version": "*", "name": "Mine"} for pk in (stranger.pk, 999_999_999)] + [
        task_of(world, 1, project=stranger.project_id),
        task_of(world, 2, project=999_999_999),
    ]
    client = client_of(user)
    told = [
        *bulk(client, "tasks", "update", rows[:2], partial=True).json()["rows"],
        *bulk(client, "tasks", "create", rows[2:], partial=True).json()["rows"],
    ]
    for hidden, missing in (told[:2], told[2:]):
        [[one], [other]] = hidden["errors"], missing["errors"]
        assert (one["code"], one["detail"]) == (other["code"], other["detail"])


def test_who_may_only_look_writes_nothing(world: World) -> None:
    user = make_user()
    give_role(user, world.portfolio, Role.VIEWER)
    member = client_of(user)
    row = {"id": world.task.pk, "version": "*", "name": "Mine"}
    assert bulk(member, "tasks", "update", [row]).status_code == 403
    assert bulk(member, "tasks", "create", [task_of(world, 1)], partial=True).status_code == 403
    # Who may write elsewhere is judged row by row.
    give_role(user, make_portfolio(), Role.PORTFOLIO_MANAGER)
    told = bulk(member, "tasks", "create", [task_of(world, 1)], partial=True).json()
    assert told["rows"][0]["errors"][0]["code"] == "permission_denied"


def test_a_code_that_belongs_to_somebody_else_is_refused_as_if_alone(world: World) -> None:
    stranger = make_project(code="THEIRS")
    manager = client_with_role(world, Role.PORTFOLIO_MANAGER)
    row = {"code": stranger.code, "name": "Mine", "state": "idea", "parent": world.program.pk}
    alone = manager.post("/api/v1/projects/", row).json()["errors"][0]
    together = bulk(manager, "projects", "upsert", [row]).json()["errors"][0]
    assert (together["code"], together["detail"]) == (alone["code"], alone["detail"])
    stranger.refresh_from_db()
    assert stranger.name != "Mine"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "create"},
        {"mode": "create", "rows": []},
        {"mode": "create", "rows": [1]},
        {"mode": "upsert", "rows": [{"code": "\0"}]},
        {"mode": "remove", "rows": [{}]},
        {"mode": "create", "rows": {"0": {}}},
        {"mode": "create", "rows": [{}] * (MOST + 1)},
        {"mode": "update", "rows": [{"id": "1", "version": 1}]},
        {"mode": "update", "rows": [{"id": True, "version": 1}]},
        {"mode": "update", "rows": [{"version": 1}]},
    ],
)
def test_what_is_no_call_is_refused(body: Any, world: World, owner: APIClient) -> None:
    refused = owner.post("/api/v1/tasks/bulk/", body)
    assert refused.status_code == 400
    assert refused.json()["errors"]


def test_each_row_of_a_call_is_audited_and_recorded(world: World, owner: APIClient) -> None:
    cost = {"component": world.project.pk, "date": START.isoformat(), "amount": "5"}
    told = bulk(owner, "costs", "create", [cost] * 3)
    bulk(owner, "tasks", "create", [task_of(world, number) for number in range(3)])
    costs = CostEntry.objects.filter(pk__in=[row["id"] for row in told.json()["rows"]])
    assert {str(cost.request_id) for cost in costs} == {told["X-Request-ID"]}
    assert costs.exclude(recorded_by=None).count() == 3
    added = AuditEvent.objects.filter(table_name="projects_task", operation="insert")
    assert added.exclude(actor=None).count() == 3


def test_a_call_that_comes_again_is_done_once(world: World, owner: APIClient) -> None:
    body = {"mode": "create", "rows": [task_of(world, 1)]}
    answers = [
        owner.post("/api/v1/tasks/bulk/", body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content


def test_what_rows_refer_to_is_read_once(world: World, owner: APIClient) -> None:
    owner.get("/api/v1/users/")

    def queries(number: int) -> int:
        rows = [task_of(world, 10 * number + n) for n in range(number)]
        with CaptureQueriesContext(connection) as context:
            assert bulk(owner, "tasks", "create", rows).status_code == 200
        return len(context)

    # A savepoint and its end, checks, uniqueness, the insert, and the references.
    assert queries(9) - queries(4) == 5 * 6


@pytest.mark.django_db(transaction=True)
def test_one_call_at_a_time_has_many_rows() -> None:
    user, portfolio = make_user(), make_portfolio()
    give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
    client, risk = client_of(user), {"component": portfolio.pk, "title": "Flood"}
    with sessions(1) as [other]:
        other.do(try_lock_call, f"bulk of {user.pk}")
        refused = bulk(client, "risks", "create", [risk])
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:ppm:problem:under-way")
    assert bulk(client, "risks", "create", [risk]).status_code == 200


def test_a_body_larger_than_any_call_needs_is_not_read(world: World, owner: APIClient) -> None:
    body = {"title": "x" * settings.API_MOST_BYTES}
    for headers in ({}, {"Idempotency-Key": "k"}):
        refused = owner.post("/api/v1/risks/", body, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (413, "urn:ppm:problem:too-large")


def test_of_many_fields_that_there_are_not_some_are_named(world: World, owner: APIClient) -> None:
    refused = owner.post("/api/v1/risks/", dict.fromkeys(map(str, range(50_000)), 1))
    unknown = [one for one in refused.json()["errors"] if one["code"] == "unknown_field"]
    assert (refused.status_code, len(unknown)) == (400, 20)


def test_facts_are_only_added(world: World, owner: APIClient) -> None:
    cost = make_cost(world.project, recorded_by=world.user)
    refused = bulk(owner, "costs", "update", [{"id": cost.pk, "version": "*", "amount": "1"}])
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/mode"


@pytest.mark.django_db(transaction=True)
def test_two_calls_about_the_same_rows_wait_for_each_other_in_one_order() -> None:
    portfolio = make_portfolio()
    project = make_project(portfolio)
    one, two = make_task(project), make_task(project)
    clients = []
    for _ in range(2):
        user = make_user()
        give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
        clients.append(client_of(user))

    def rename(number: int) -> int:
        tasks = (one, two) if number % 2 else (two, one)
        rows = [{"id": task.pk, "version": "*", "name": f"By {number}"} for task in tasks]
        try:
            return int(bulk(clients[number % 2], "tasks", "update", rows).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as threads:
        for _ in range(5):
            assert [*threads.map(rename, range(2))] == [200, 200]
