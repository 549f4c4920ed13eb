"""Lists: pages by cursor, filters, order, and parameters that are not understood."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Model
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import Component
from ppm.core.pagination import Cursor
from projects.models import EarningMethod, Project, Task
from tests.api.resources import RESOURCES
from tests.factories import (
    START,
    make_cost,
    make_portfolio,
    make_progress,
    make_project,
    make_task,
)
from tests.rows import World

Row = dict[str, Any]

BELONGING = sorted(
    {name for name, resource in RESOURCES.items() if not resource.is_open}
    - {"portfolios", "programs", "projects"}
)


def pages(client: APIClient, address: str | None, direction: str = "next") -> list[list[Row]]:
    """Read a list page by page."""
    found = []
    while address:
        answer = client.get(address).json()
        found.append(answer["results"])
        address = answer[direction]
    return found


def walk(client: APIClient, address: str) -> list[int]:
    """Read a list to its end and back to its start; return the ids that the way there met."""
    there = pages(client, address)
    last = address
    while (following := client.get(last).json()["next"]) is not None:
        last = following
    back = pages(client, last, "previous")
    assert list(reversed(back)) == there
    return [row["id"] for page in there for row in page]


@pytest.fixture
def projects(world: World) -> list[Project]:
    """Return projects many of which are alike or have nothing in a column to order by."""
    starts = [START, None, START, None, START + timedelta(days=9), START, START]
    return [
        make_project(world.program, name="Twin", start_date=start, budget=number // 3 or None)
        for number, start in enumerate(starts)
    ]


@pytest.mark.parametrize("ordering", ["", "name", "-name", "start_date", "-start_date", "budget"])
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_show_every_row_once(
    ordering: str, limit: int, world: World, owner: APIClient, projects: list[Project]
) -> None:
    term = ordering or "id"
    expected = Project.objects.order_by(term, *([] if term == "id" else ["id"]))
    address = f"/api/v1/projects/?limit={limit}" + (f"&ordering={ordering}" if ordering else "")
    assert walk(owner, address) == list(expected.values_list("id", flat=True))


def test_a_path_orders_parents_before_children(world: World, owner: APIClient) -> None:
    make_portfolio(world.portfolio)
    met = walk(owner, "/api/v1/components/?ordering=path&limit=2")
    assert met == list(Component.objects.order_by("path").values_list("id", flat=True))


def test_more_rows_of_one_date_than_a_page_holds(world: World, owner: APIClient) -> None:
    entries = [make_cost(world.project, number) for number in range(1, 8)]
    met = walk(owner, "/api/v1/costs/?ordering=-date&limit=3")
    assert met == [entry.pk for entry in entries]


def test_the_neighbours_of_a_page_stand_in_its_header(
    world: World, owner: APIClient, projects: list[Project]
) -> None:
    first = owner.get("/api/v1/projects/?limit=2")
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert first.json()["previous"] is None
    second = owner.get(first.json()["next"])
    assert 'rel="next"' in second["Link"]
    assert 'rel="prev"' in second["Link"]
    assert "Link" not in owner.get("/api/v1/projects/?limit=200")


@pytest.mark.parametrize("moment", ["0178-01-14T08:04:26+18:46", "0073-02-06T09:38:50-17:25"])
def test_a_moment_in_a_zone_that_postgresql_does_not_know(
    moment: str, world: World, owner: APIClient
) -> None:
    answer = owner.get("/api/v1/costs/", {"recorded_at__gte": moment})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"created_at__gte": "0001-01-01T00:00:00+18:00"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"limit": "-1"},
        {"cursor": "x"},
        {"cursor": ""},
        {"cursor": Cursor(["name", "id"], ["a", "1"], False).encode()},
        {"cursor": Cursor(["id"], ["nothing"], False).encode()},
        {"cursor": Cursor(["id"], ["1\0"], False).encode()},
        {"cursor": Cursor(["id"], [], False).encode()},
        {"ordering": "description"},
        {"ordering": "manager__password"},
        {"colour": "red"},
        {"name__regex": "x"},
        {"parent": "x"},
        {"parent": "1.5"},
        {"is_root": "maybe"},
        {"budget__isnull": "2"},
        {"as_of": "2026-W01-1"},
        {"state": "asleep"},
        {"start_date__gte": "1/2/2026"},
        {"start_date__gte": ""},
        {"as_of": ""},
        {"search": ""},
        {"is_root": ""},
        {"priority": "0.5"},
        {"name": "\0"},
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(
    parameters: dict[str, str], world: World, owner: APIClient
) -> None:
    answer = owner.get("/api/v1/projects/", parameters)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert [error["parameter"]] == list(parameters)


@pytest.mark.parametrize("text", ["true", "True", "1"])
def test_what_is_true_is_understood(text: str, world: World, owner: APIClient) -> None:
    answer = owner.get("/api/v1/components/", {"is_root": text})
    assert [row["id"] for row in answer.json()["results"]] == [world.portfolio.pk]


@pytest.mark.parametrize("day", ["2026-W01-1", "20260105", "2026-1-5"])
def test_a_date_is_written_in_one_way(day: str, world: World, owner: APIClient) -> None:
    answer = owner.get(f"/api/v1/components/{world.project.pk}/", {"as_of": day})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "as_of"


def test_a_cursor_beyond_all_numbers_is_refused(world: World, owner: APIClient) -> None:
    cursor = Cursor(["path", "id"], ['["99999999999999999999"]', "1"], False).encode()
    answer = owner.get("/api/v1/components/", {"ordering": "path", "cursor": cursor})
    assert answer.status_code == 400


@pytest.mark.parametrize("name", sorted(name for name, _, _ in router.registry))
def test_every_list_refuses_unknown_parameters(name: str, world: World, owner: APIClient) -> None:
    assert owner.get(f"/api/v1/{name}/", {"nonsense": "1"}).status_code == 400


@pytest.mark.parametrize("name", BELONGING)
def test_every_list_is_filtered_by_what_its_rows_belong_to(
    name: str, world: World, owner: APIClient, request: pytest.FixtureRequest
) -> None:
    resource = RESOURCES[name]
    writer = request.getfixturevalue(resource.writer)
    row = writer.post(f"/api/v1/{name}/", resource.body(world)).json()
    owning = next(key for key in resource.body(world) if key != "predecessor")

    def ids(**query: int) -> list[int]:
        answer = owner.get(f"/api/v1/{name}/", query)
        assert answer.status_code == 200, answer.json()
        return [found["id"] for found in answer.json()["results"]]

    assert row["id"] in ids(**{owning: row[owning]})
    assert row["id"] in ids(below=world.portfolio.pk)
    assert ids(**{owning: 999_999_999}) == []
    assert ids(below=make_portfolio().pk) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"start_date__gte": "2026-02-01"}, ["late"]),
        ({"finish_date__lte": "2026-01-31"}, ["early", "key"]),
        ({"budget__gte": "500"}, ["late"]),
        ({"is_milestone": "true"}, ["key"]),
        ({"is_key": "true"}, ["key"]),
        ({"name": "LAT"}, ["late"]),
        ({"wbs__startswith": "1."}, ["early", "key"]),
        ({"earning_method": "zero_hundred"}, ["early"]),
    ],
)
def test_tasks_are_filtered(
    query: dict[str, str], expected: list[str], world: World, owner: APIClient
) -> None:
    project = make_project(world.program)
    make_task(
        project, wbs="1.1", name="early", budget=100, earning_method=EarningMethod.ZERO_HUNDRED
    )
    late = date(2026, 2, 20)
    make_task(project, wbs="2", name="late", start_date=late, finish_date=late, budget=900)
    make_task(
        project,
        wbs="1.2",
        name="key",
        finish_date=START,
        budget=None,
        duration_minutes=0,
        is_key=True,
    )
    answer = owner.get("/api/v1/tasks/", {"project": str(project.pk), **query})
    assert [row["name"] for row in answer.json()["results"]] == expected


def test_progress_is_filtered_by_percent_and_date(world: World, owner: APIClient) -> None:
    for day in range(4):
        make_progress(world.task, percent=25 * day, date=START + timedelta(days=day))

    def percents(**query: str) -> list[str]:
        answer = owner.get("/api/v1/progress/", {"project": str(world.project.pk), **query})
        return [row["percent"] for row in answer.json()["results"]]

    assert percents(percent__gte="50") == ["50.00", "75.00"]
    assert percents(date__lte=START.isoformat()) == ["0.00"]
    assert percents(ordering="-date", limit="1") == ["75.00"]


def test_a_task_of_another_project_is_no_parent(world: World, owner: APIClient) -> None:
    refused = owner.patch(f"/api/v1/tasks/{world.task.pk}/", {"parent": world.other_task.pk})
    assert refused.status_code == 400
    kept: Model = Task.objects.get(pk=world.task.pk)
    assert kept.serializable_value("parent") is None
