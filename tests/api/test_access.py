"""Owner, member, outsider and a stranger at every resource."""

from typing import Any

import pytest
from django.apps import apps
from django.db import models
from rest_framework.test import APIClient

from ppm.api import router
from ppm.core.models import (
    AuditEvent,
    Component,
    Move,
    Restatement,
    Role,
    ScopedQuerySet,
    Snapshot,
    WebhookDelivery,
)
from tests.api.resources import CHANGEABLE, FACTS, READ_ONLY, RESOURCES, TAKEN_BACK, Resource
from tests.factories import give_role, make_group, make_user
from tests.rows import ROWS, World

NAMES = sorted(RESOURCES)
SCOPED = [name for name in NAMES if not RESOURCES[name].is_open]
MISSING = 999_999_999


def existing(resource: Resource, world: World) -> models.Model:
    """Store a row of the resource."""
    row = ROWS[resource.model](world)
    row.save()
    return row


def without_request(problem: dict[str, Any]) -> dict[str, Any]:
    """Drop what differs from request to request."""
    return {k: v for k, v in problem.items() if k not in ("instance", "request_id")}


def test_every_resource_is_tried() -> None:
    assert set(RESOURCES) | READ_ONLY == {name for name, _, _ in router.registry}


def test_every_model_of_a_component_has_a_resource() -> None:
    """What a manager owns can be read and, unless the system writes it, written here."""
    serializers: list[Any] = [view.serializer_class for _, view, _ in router.registry]  # type: ignore[attr-defined]
    served = {serializer.Meta.model for serializer in serializers}
    owned = {
        model
        for model in apps.get_models()
        if isinstance(model._default_manager.all(), ScopedQuerySet)
    }
    assert owned <= served | {AuditEvent}
    written = {resource.model for resource in RESOURCES.values()}
    written_by_the_system = {AuditEvent, Component, Move, Restatement, Snapshot, WebhookDelivery}
    assert owned - written == written_by_the_system


@pytest.fixture
def writer(name: str, request: pytest.FixtureRequest) -> APIClient:
    """Return the client of whoever may write the resource."""
    client: APIClient = request.getfixturevalue(RESOURCES[name].writer)
    return client


@pytest.mark.parametrize("name", NAMES)
def test_an_owner_adds_and_reads(
    name: str, world: World, owner: APIClient, writer: APIClient
) -> None:
    added = writer.post(f"/api/v1/{name}/", RESOURCES[name].body(world))
    assert added.status_code == 201, added.json()
    kept = added.json() | dict.fromkeys(RESOURCES[name].shown_once)
    assert owner.get(f"/api/v1/{name}/{added.json()['id']}/").json() == kept
    assert kept in owner.get(f"/api/v1/{name}/").json()["results"]


@pytest.mark.parametrize("name", CHANGEABLE)
def test_an_owner_changes_and_deletes(
    name: str, world: World, owner: APIClient, writer: APIClient
) -> None:
    row = existing(RESOURCES[name], world)
    change = RESOURCES[name].change
    changed = writer.patch(f"/api/v1/{name}/{row.pk}/", change)
    assert changed.status_code == 200, changed.json()
    assert changed.json().items() >= change.items()
    assert owner.get(f"/api/v1/{name}/{row.pk}/").json() == changed.json()
    assert writer.delete(f"/api/v1/{name}/{row.pk}/").status_code == 204
    assert not type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", CHANGEABLE)
def test_what_was_read_can_be_written_back(name: str, world: World, writer: APIClient) -> None:
    row = existing(RESOURCES[name], world)
    read = writer.get(f"/api/v1/{name}/{row.pk}/").json()
    written = writer.put(f"/api/v1/{name}/{row.pk}/", read)
    assert written.status_code == 200, written.json()
    kept = {"version", "updated_at", "stale", *RESOURCES[name].of_writer}
    assert {k: v for k, v in written.json().items() if k not in kept} == {
        k: v for k, v in read.items() if k not in kept
    }


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_never_changed(name: str, world: World, writer: APIClient) -> None:
    row = existing(RESOURCES[name], world)
    address = f"/api/v1/{name}/{row.pk}/"
    answers = [writer.put(address, {}), writer.patch(address, {}), writer.delete(address)]
    assert [answer.status_code for answer in answers] == [405, 405, 405]


@pytest.mark.parametrize("name", sorted(TAKEN_BACK))
def test_what_is_taken_back_is_never_changed(name: str, world: World, writer: APIClient) -> None:
    row = existing(RESOURCES[name], world)
    address = f"/api/v1/{name}/{row.pk}/"
    answers = [writer.put(address, {}), writer.patch(address, {}), writer.delete(address)]
    assert [answer.status_code for answer in answers] == [405, 405, 204]
    assert not type(row)._default_manager.filter(pk=row.pk).exists()


def is_private(name: str) -> bool:
    """Tell whether only those who may change rows of the resource see them."""
    return getattr(RESOURCES[name].model._default_manager.all(), "is_private", False)


@pytest.mark.parametrize("name", [name for name in NAMES if not is_private(name)])
def test_a_member_sees_and_changes_nothing(name: str, world: World, member: APIClient) -> None:
    row = existing(RESOURCES[name], world)
    address = f"/api/v1/{name}/{row.pk}/"
    assert member.get(address).status_code == 200
    assert row.pk in [entry["id"] for entry in member.get(f"/api/v1/{name}/").json()["results"]]
    before = RESOURCES[name].model._default_manager.count()
    assert member.post(f"/api/v1/{name}/", RESOURCES[name].body(world)).status_code == 403
    if name in CHANGEABLE:
        assert member.patch(address, RESOURCES[name].change).status_code == 403
        assert member.delete(address).status_code == 403
    if name in TAKEN_BACK:
        assert member.delete(address).status_code == 403
    assert RESOURCES[name].model._default_manager.count() == before


@pytest.mark.parametrize("name", SCOPED)
def test_an_outsider_sees_what_is_missing(name: str, world: World, outsider: APIClient) -> None:
    row = existing(RESOURCES[name], world)
    address, nowhere = f"/api/v1/{name}/{row.pk}/", f"/api/v1/{name}/{MISSING}/"
    hidden, missing = outsider.get(address), outsider.get(nowhere)
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert without_request(hidden.json()) == without_request(missing.json())
    listed = [entry["id"] for entry in outsider.get(f"/api/v1/{name}/").json()["results"]]
    assert row.pk not in listed
    if name in CHANGEABLE:
        assert outsider.patch(address, RESOURCES[name].change).status_code == 404
        assert outsider.delete(address).status_code == 404
    if name in TAKEN_BACK:
        assert outsider.delete(address).status_code == 404
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("name", SCOPED)
def test_an_outsider_cannot_refer_to_what_is_hidden(
    name: str, world: World, outsider: APIClient
) -> None:
    body = RESOURCES[name].body(world)
    refused = outsider.post(f"/api/v1/{name}/", body)
    assert refused.status_code == 400
    reference = next(key for key in body if key not in ("code", "name", "state", "predecessor"))
    [error] = [e for e in refused.json()["errors"] if e["pointer"] == f"#/{reference}"]
    missing = outsider.post(f"/api/v1/{name}/", {**body, reference: MISSING})
    [other] = [e for e in missing.json()["errors"] if e["pointer"] == f"#/{reference}"]
    assert error["detail"].replace(str(body[reference]), str(MISSING)) == other["detail"]


@pytest.mark.parametrize("name", sorted({*RESOURCES, *READ_ONLY}))
def test_a_stranger_is_asked_to_sign_in(name: str, world: World) -> None:
    client = APIClient()
    for answer in (
        client.get(f"/api/v1/{name}/"),
        client.get(f"/api/v1/{name}/{world.project.pk}/"),
        client.post(f"/api/v1/{name}/", {}),
    ):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="ppm"'
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", sorted(READ_ONLY))
def test_nobody_writes_what_the_system_writes(
    name: str, world: World, administrator: APIClient
) -> None:
    assert administrator.post(f"/api/v1/{name}/", {}).status_code == 405
    assert administrator.delete(f"/api/v1/{name}/{world.project.pk}/").status_code == 405


def test_people_are_shown_to_those_they_share_a_component_with(
    world: World, owner: APIClient, outsider: APIClient
) -> None:
    give_role(world.user, world.task.project, Role.CONTRIBUTOR)
    names = [entry["username"] for entry in owner.get("/api/v1/users/").json()["results"]]
    assert world.user.username in names
    assert len(names) == 2
    foreign = outsider.get("/api/v1/users/").json()["results"]
    assert world.user.username not in [entry["username"] for entry in foreign]
    assert len(foreign) == 1


def test_people_of_a_group_are_shown_once(world: World, owner: APIClient) -> None:
    colleague = make_user()
    give_role(make_group(colleague, world.user), world.project, Role.VIEWER)
    give_role(colleague, world.portfolio, Role.VIEWER)
    shown = [entry["id"] for entry in owner.get("/api/v1/users/").json()["results"]]
    assert len(shown) == 3
    assert {colleague.pk, world.user.pk} <= set(shown)


def test_nobody_appoints_a_person_he_does_not_see(world: World, owner: APIClient) -> None:
    address = f"/api/v1/projects/{world.project.pk}/"
    stranger = owner.patch(address, {"manager": make_user().pk})
    missing = owner.patch(address, {"manager": MISSING})
    assert [stranger.status_code, missing.status_code] == [400, 400]
    give_role(world.user, world.project, Role.PROJECT_MANAGER)
    assert owner.patch(address, {"manager": world.user.pk}).json()["manager"] == world.user.pk
