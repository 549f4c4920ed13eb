"""The tree in the API: figures, reasons, creation and moves."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from ppm.core.models import (
    Component,
    DirtyMark,
    Health,
    Role,
    RollupFailure,
    Snapshot,
    State,
)
from projects.models import Project
from tests.api.conftest import client_of, client_with_role
from tests.factories import (
    START,
    give_role,
    make_portfolio,
    make_program,
    make_project,
    make_user,
)
from tests.rows import World

LATER = START + timedelta(days=30)


def snapshot(component: Component, as_of: date = START, **columns: object) -> Snapshot:
    """Store what a roll-up might have written."""
    return Snapshot.objects.create(component=component, as_of=as_of, **columns)


def test_a_component_shows_its_figures(world: World, member: APIClient) -> None:
    reasons = {"roi": "NO_BENEFITS"}
    snapshot(
        world.project,
        health="amber",
        bac=1000,
        ev_costed=200,
        ac=300,
        reasons=reasons,
    )
    shown = member.get(f"/api/v1/components/{world.project.pk}/").json()
    assert shown["kind"] == "project"
    assert shown["path"] == [world.portfolio.pk, world.program.pk, world.project.pk]
    assert shown["health"] == "amber"
    assert shown["snapshot"]["bac"] == "1000.0000"
    assert shown["snapshot"]["cpi"] == "0.666667"
    assert shown["snapshot"]["roi"] is None
    assert shown["snapshot"]["pv"] is None
    assert shown["reasons"] == shown["snapshot"]["reasons"] == reasons
    assert shown["computed_at"] == shown["snapshot"]["computed_at"] is not None


def test_a_snapshot_shows_all_its_columns(world: World, member: APIClient) -> None:
    stored = snapshot(world.project)
    columns = {field.name for field in Snapshot._meta.get_fields()}
    ratios = {"cpi", "spi", "spi_t", "roi", "forward_roi"}
    alone = member.get(f"/api/v1/snapshots/{stored.pk}/").json()
    within = member.get(f"/api/v1/projects/{world.project.pk}/").json()["snapshot"]
    assert set(alone) == columns | ratios
    assert set(within) == (columns | ratios) - {"id", "component"}


def test_before_its_first_snapshot_a_component_has_none(world: World, member: APIClient) -> None:
    shown = member.get(f"/api/v1/components/{world.project.pk}/").json()
    assert shown["snapshot"] is None
    assert shown["health"] == "unknown"
    assert shown["reasons"] == {}
    assert shown["computed_at"] is None


def test_a_component_is_stale_while_a_mark_waits_below_it(world: World, member: APIClient) -> None:
    DirtyMark.objects.all().delete()
    address = f"/api/v1/components/{world.program.pk}/"
    assert member.get(address).json()["stale"] is False
    DirtyMark.objects.create(component_id=world.project.pk)
    assert member.get(address).json()["stale"] is True


def test_a_component_that_cannot_be_computed_says_so(world: World, member: APIClient) -> None:
    stored = snapshot(world.project)
    address = f"/api/v1/components/{world.project.pk}/"
    well = member.get(address).json()
    assert (well["degraded"], well["failed_since"]) == (False, None)
    RollupFailure.objects.create(component=world.project, error="secret reason")
    answer = member.get(address)
    assert answer.json()["degraded"] is True
    assert datetime.fromisoformat(answer.json()["failed_since"]) <= timezone.now()
    assert b"secret" not in answer.content
    before = member.get(address, {"as_of": (START - timedelta(days=1)).isoformat()}).json()
    assert (before["degraded"], before["failed_since"]) == (False, None)
    RollupFailure.objects.all().delete()
    Snapshot.objects.filter(pk=stored.pk).update(degraded=True)
    below = member.get(address).json()
    assert (below["degraded"], below["failed_since"]) == (True, None)


def test_figures_are_those_of_the_status_date_or_of_the_date_asked_for(
    world: World, member: APIClient
) -> None:
    Component.objects.filter(pk=world.portfolio.pk).update(status_date=LATER)
    snapshot(world.project, START, bac=1)
    snapshot(world.project, LATER, bac=2)
    snapshot(world.project, LATER + timedelta(days=1), bac=3)
    address = f"/api/v1/projects/{world.project.pk}/"
    now = member.get(address).json()
    assert (now["as_of"], now["snapshot"]["bac"]) == (LATER.isoformat(), "2.0000")
    day = (LATER - timedelta(days=1)).isoformat()
    then = member.get(address, {"as_of": day}).json()
    assert (then["as_of"], then["snapshot"]["bac"], then["stale"]) == (day, "1.0000", False)
    before = member.get(address, {"as_of": "2020-01-01"}).json()
    assert before["snapshot"] is None
    assert member.get(address, {"as_of": "01/02/2026"}).status_code == 400
    answers = member.get("/api/v1/snapshots/", {"component": str(world.project.pk), "as_of": day})
    assert [row["bac"] for row in answers.json()["results"]] == ["1.0000"]


def test_reasons_do_not_name_what_the_user_may_not_see(world: World, member: APIClient) -> None:
    foreign = make_project()
    pull = [
        {"project": foreign.pk, "benefit": world.benefit.pk, "share": "0.5"},
        {"project": world.project.pk, "benefit": world.benefit.pk, "share": "0.5"},
    ]
    stored = snapshot(world.program, reasons={"pull": pull})
    shown = member.get(f"/api/v1/components/{world.program.pk}/").json()["reasons"]["pull"]
    assert [entry["project"] for entry in shown] == [None, world.project.pk]
    for address in (f"/api/v1/snapshots/{stored.pk}/", "/api/v1/snapshots/"):
        answer = member.get(address).json()
        row = answer["results"][0] if "results" in answer else answer
        assert [entry["project"] for entry in row["reasons"]["pull"]] == [None, world.project.pk]


@pytest.mark.parametrize("size", [2, 20])
def test_a_list_takes_the_same_queries_however_long(
    size: int, world: World, member: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(size):
        pull = [{"project": world.neighbour.pk}]
        snapshot(make_program(world.portfolio), reasons={"pull": pull})
    member.get("/api/v1/users/")  # writes when the token was used
    # the savepoint of the request and its release, token with user, page, roots, snapshots, stale,
    # failures, visible ones of the components named in paths and reasons
    with django_assert_num_queries(9):
        assert len(member.get("/api/v1/components/").json()["results"]) == size + 4
    with django_assert_num_queries(9):
        assert len(member.get("/api/v1/programs/").json()["results"]) == size + 1


def test_only_an_administrator_makes_a_root(
    world: World, owner: APIClient, administrator: APIClient
) -> None:
    root = {
        "code": "ROOT",
        "name": "Root",
        "state": "active",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
    }
    assert owner.post("/api/v1/portfolios/", root).status_code == 403
    made = administrator.post("/api/v1/portfolios/", root)
    assert made.status_code == 201
    assert made.json()["path"] == [made.json()["id"]]


def test_a_program_manager_adds_projects_to_the_program_only(world: World) -> None:
    user = make_user()
    give_role(user, world.program, Role.PROGRAM_MANAGER)
    client = client_of(user)
    body = {"code": "J9", "name": "Nine", "state": "idea"}
    added = client.post("/api/v1/projects/", {**body, "parent": world.program.pk})
    assert added.status_code == 201
    hidden = client.post("/api/v1/projects/", {**body, "parent": world.portfolio.pk})
    assert hidden.status_code == 400
    assert Project.objects.filter(code="J9").get().parent_id == world.program.pk


def test_a_move_takes_all_below_along(world: World, owner: APIClient) -> None:
    other = make_portfolio(world.portfolio)
    moved = owner.patch(
        f"/api/v1/programs/{world.program.pk}/", {"parent": other.pk, "name": "Moved"}
    )
    assert moved.status_code == 200
    assert moved.json()["path"] == [world.portfolio.pk, other.pk, world.program.pk]
    assert moved.json()["name"] == "Moved"
    path = Component.objects.get(pk=world.project.pk).path
    assert path == [world.portfolio.pk, other.pk, world.program.pk, world.project.pk]


def test_a_move_needs_the_right_on_both_ends(world: World) -> None:
    user = make_user()
    foreign = make_portfolio()
    give_role(user, world.project, Role.PORTFOLIO_MANAGER)
    give_role(user, foreign, Role.VIEWER)
    client, address = client_of(user), f"/api/v1/projects/{world.project.pk}/"
    assert client.patch(address, {"parent": foreign.pk}).status_code == 403
    give_role(user, foreign, Role.PORTFOLIO_MANAGER)
    assert client.patch(address, {"parent": foreign.pk}).status_code == 403
    give_role(user, world.program, Role.PORTFOLIO_MANAGER)
    assert client.patch(address, {"parent": None}).status_code == 403
    assert client.patch(address, {"parent": foreign.pk}).status_code == 200
    world.project.refresh_from_db()
    assert world.project.path == [foreign.pk, world.project.pk]


def test_a_root_that_moves_gives_its_settings_up(world: World, administrator: APIClient) -> None:
    root = make_portfolio()
    moved = administrator.patch(f"/api/v1/portfolios/{root.pk}/", {"parent": world.portfolio.pk})
    assert moved.status_code == 200, moved.json()
    assert moved.json()["currency"] == ""
    back = administrator.patch(f"/api/v1/portfolios/{root.pk}/", {"parent": None})
    assert back.json()["currency"] == "EUR"


def test_a_refused_move_changes_nothing(world: World, owner: APIClient) -> None:
    with transaction.atomic():
        refused = owner.patch(
            f"/api/v1/programs/{world.program.pk}/", {"name": "New", "parent": world.neighbour.pk}
        )
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "core_component_parent_fits_the_kind"
    world.program.refresh_from_db()
    assert world.program.name != "New"


def test_every_change_raises_the_version(world: World, owner: APIClient) -> None:
    address = f"/api/v1/projects/{world.project.pk}/"
    before = owner.get(address).json()["version"]
    assert owner.patch(address, {"budget": "5"}).json()["version"] == before + 1


def test_a_change_leaves_other_columns_to_others(world: World, owner: APIClient) -> None:
    address = f"/api/v1/projects/{world.project.pk}/"
    Project.objects.filter(pk=world.project.pk).update(budget=Decimal(7))
    assert owner.patch(address, {"name": "Seven"}).json()["budget"] == "7.0000"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"kind": "program"}, ["GG"]),
        ({"kind": ["program", "portfolio"]}, ["PP", "GG"]),
        ({"code": "JJ"}, ["JJ"]),
        ({"name": "river"}, ["JJ"]),
        ({"state": "on_hold"}, ["GG"]),
        ({"health": "red"}, ["JJ"]),
        ({"health": "unknown"}, ["GG"]),
        ({"health": ["red", "green"], "as_of": "2026-01-01"}, []),
        ({"is_root": "true"}, ["PP"]),
        ({"start_date__gte": "2026-02-01"}, ["JJ"]),
        ({"finish_date__lte": "2026-02-01"}, []),
        ({"ordering": "-code"}, ["PP", "JJ", "GG"]),
        ({"ordering": "path"}, ["PP", "GG", "JJ"]),
    ],
)
def test_components_are_filtered_and_ordered(
    query: dict[str, str], codes: list[str], db: None
) -> None:
    portfolio = make_portfolio(code="PP", name="Hills", status_date=START)
    program = make_program(portfolio, code="GG", name="Lakes", state=State.ON_HOLD)
    project = make_project(program, code="JJ", name="The River", start_date=date(2026, 2, 2))
    snapshot(portfolio, health=Health.GREEN)
    snapshot(project, health=Health.RED)
    user = make_user()
    give_role(user, portfolio, Role.VIEWER)
    answer = client_of(user).get("/api/v1/components/", query)
    assert [row["code"] for row in answer.json()["results"]] == codes


def test_components_are_filtered_by_place(world: World, member: APIClient) -> None:
    def found(**query: int) -> set[int]:
        answer = member.get("/api/v1/components/", query)
        return {row["id"] for row in answer.json()["results"]}

    everything = {c.pk for c in (world.portfolio, world.program, world.project, world.neighbour)}
    assert found(below=world.program.pk) == {world.project.pk}
    assert found(root=world.portfolio.pk) == everything
    assert found(parent=world.portfolio.pk) == {world.program.pk, world.neighbour.pk}
    assert found(manager=world.user.pk) == set()
    foreign = make_program(make_portfolio())
    assert found(below=foreign.pk) == set()
    assert found(root=foreign.root_id) == set()


def test_roles_of_a_contributor_reach_progress_only(world: World) -> None:
    client = client_with_role(world, Role.CONTRIBUTOR)
    progress = {"task": world.task.pk, "date": START.isoformat(), "percent": "10"}
    assert client.post("/api/v1/progress/", progress).status_code == 201
    cost = {"component": world.project.pk, "date": START.isoformat(), "amount": "10"}
    assert client.post("/api/v1/costs/", cost).status_code == 403
