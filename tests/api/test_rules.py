"""Health policies, calendars and roles: who changes what holds for the work."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from rest_framework.test import APIClient

from ppm.core.models import Component, HealthPolicy, Role, RoleAssignment, WorkCalendar
from tests.api.conftest import client_of, client_with_role
from tests.factories import give_role, make_group, make_policy, make_user
from tests.rows import World

POLICIES = "/api/v1/health-policies/"


def add_policy(client: APIClient, component: Component | None, **thresholds: Any) -> Any:
    """Add a version of a policy."""
    body = {"component": component.pk if component else None, **thresholds}
    return client.post(POLICIES, body)


def test_a_change_of_policy_is_its_next_version(world: World, owner: APIClient) -> None:
    versions = [
        add_policy(owner, world.program, cost_amber="1.3000").json(),
        add_policy(owner, world.program, cost_green="1.2000").json(),
    ]
    assert [version["version"] for version in versions] == [1, 2]
    assert versions[1]["cost_amber"] == "1.3000"
    first = HealthPolicy.objects.get(pk=versions[0]["id"])
    assert first.cost_green == Decimal("1.05")


def test_a_first_policy_begins_as_what_held_so_far(world: World, owner: APIClient) -> None:
    make_policy(world.portfolio, version=1, half_life_days=9)
    assert add_policy(owner, world.program).json()["half_life_days"] == 9


def test_thresholds_are_judged_together_with_what_held(world: World, owner: APIClient) -> None:
    refused = add_policy(owner, world.program, cost_green="1.2000")
    assert refused.status_code == 400
    assert refused.json()["detail"] == "Green must be at least as strict as amber."


def test_everybody_reads_the_default_policy_and_an_administrator_changes_it(
    world: World, owner: APIClient, outsider: APIClient, administrator: APIClient
) -> None:
    [default] = outsider.get(POLICIES, {"is_default": "true"}).json()["results"]
    assert (default["component"], default["version"]) == (None, 1)
    assert add_policy(owner, None, half_life_days=9).status_code == 403
    assert add_policy(administrator, None, half_life_days=9).json()["version"] == 2
    assert administrator.post(POLICIES, {"half_life_days": 9}).status_code == 400


@pytest.mark.parametrize(
    ("role", "status"), [(Role.GOVERNANCE, 201), (Role.PROGRAM_MANAGER, 403), (Role.VIEWER, 403)]
)
def test_a_policy_takes_the_right_to_it(role: Role, status: int, world: World) -> None:
    client = client_with_role(world, role)
    assert add_policy(client, world.program).status_code == status


def test_a_new_calendar_works_on_weekdays(world: World, administrator: APIClient) -> None:
    body = {"name": "Short days", "minutes_per_day": 300}
    calendar = administrator.post("/api/v1/calendars/", body).json()
    query = {"calendar": calendar["id"], "day__gte": "2026-01-09", "day__lte": "2026-01-12"}
    days = administrator.get("/api/v1/calendar-days/", {**query, "ordering": "day"}).json()
    minutes = [day["cumulative_minutes"] for day in days["results"]]
    assert [after - before for before, after in pairwise(minutes)] == [0, 0, 300]


def test_the_minutes_of_a_calendar_stay(world: World, administrator: APIClient) -> None:
    address = f"/api/v1/calendars/{world.calendar.pk}/"
    refused = administrator.patch(address, {"minutes_per_day": 60})
    assert refused.status_code == 400
    assert administrator.patch(address, {"minutes_per_day": 480}).status_code == 200
    for minutes in (0, 1441):
        body = {"name": "Odd", "minutes_per_day": minutes}
        assert administrator.post("/api/v1/calendars/", body).status_code == 400


def test_a_calendar_that_plans_count_by_is_kept(world: World, administrator: APIClient) -> None:
    kept = administrator.delete(f"/api/v1/calendars/{world.calendar.pk}/")
    assert kept.status_code == 409
    assert WorkCalendar.objects.filter(pk=world.calendar.pk).exists()


def test_calendars_are_read_by_all_who_sign_in(world: World, outsider: APIClient) -> None:
    assert outsider.get(f"/api/v1/calendars/{world.calendar.pk}/").status_code == 200
    assert outsider.get("/api/v1/calendar-days/?limit=1").json()["results"]


def test_a_role_is_for_a_person_or_a_group(world: World, administrator: APIClient) -> None:
    group = make_group(world.user)
    body = {"component": world.program.pk, "role": "viewer"}
    address = "/api/v1/role-assignments/"
    both = administrator.post(address, {**body, "user": world.user.pk, "group": group.pk})
    neither = administrator.post(address, body)
    assert [both.status_code, neither.status_code] == [400, 400]
    assert administrator.post(address, {**body, "group": group.pk}).status_code == 201
    again = administrator.post(address, {**body, "group": group.pk})
    assert again.json()["detail"] == "This role is given already."
    assert client_of(world.user).get(f"/api/v1/programs/{world.program.pk}/").status_code == 200


def test_nobody_gives_himself_a_role(world: World) -> None:
    user = make_user()
    given = give_role(user, world.project, Role.PROJECT_MANAGER)
    client = client_of(user)
    body = {"component": world.project.pk, "user": user.pk, "role": "portfolio_manager"}
    assert client.post("/api/v1/role-assignments/", body).status_code == 403
    address = f"/api/v1/role-assignments/{given.pk}/"
    assert client.patch(address, {"role": "portfolio_manager"}).status_code == 403
    assert list(RoleAssignment.objects.filter(user=user)) == [given]
    given.refresh_from_db()
    assert given.role == Role.PROJECT_MANAGER


def test_a_group_that_one_knows_nothing_of_is_given_no_role(world: World) -> None:
    user = make_user()
    give_role(user, world.program, Role.PORTFOLIO_MANAGER)
    client, address = client_of(user), "/api/v1/role-assignments/"
    for group, status in ((make_group(), 400), (make_group(user), 201)):
        body = {"component": world.program.pk, "group": group.pk, "role": "viewer"}
        assert client.post(address, body).status_code == status
