"""Requests that no browser sends: answered, and never with a failure of ours."""

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from ppm.core.models import Component, CostEntry, Risk, RoleAssignment, StatusReport, User
from programs.models import Benefit
from projects.models import Project, Task
from tests.admin.conftest import administrator
from tests.admin.pages import address, form_of
from tests.rows import World

HUGE, TEXT, NUL = "9" * 30, "abc", "1\0"
BROKEN = [HUGE, TEXT, NUL, "-1", "1.5", "", "\N{FULLWIDTH DIGIT ONE}"]


@pytest.fixture
def client(world: World) -> Client:
    """Return a superuser's browser that shows failures as a visitor sees them."""
    client = Client(raise_request_exception=False)
    client.force_login(administrator(world))
    return client


@pytest.mark.parametrize("value", BROKEN)
def test_ids_that_are_none(value: str, client: Client, world: World) -> None:
    risk = address(Risk, "changelist")
    for view in ("change", "delete", "history"):
        where = f"{risk}{value or 'x'}/{view}/"
        assert client.get(where).status_code in (302, 400, 404), where
        assert client.post(where).status_code in (302, 400, 404), where
    chosen = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [value]}
    for extra in ({"index": "0"}, {"confirmed": "yes"}):
        assert client.post(risk, {**chosen, **extra}).status_code in (200, 302, 400)
    assert client.get(risk, {"below": value, "p": value, "o": value}).status_code in (200, 302)
    for model, name in ((Risk, "owner"), (CostEntry, "task"), (Project, "manager")):
        page = client.get(address(model, "add"), {name: value, "component": value})
        assert page.status_code == 200, (model, name)
        data = form_of(client, address(model, "add"))
        assert client.post(address(model, "add"), {**data, name: value}).status_code == 200
    search = {"app_label": "core", "model_name": "risk", "field_name": "owner"}
    found = client.get("/admin/autocomplete/", {**search, "term": value, "page": value or "1"})
    assert found.status_code in (200, 404)


@pytest.mark.parametrize(
    "given",
    [
        {"index": "x", "action": "delete_selected"},
        {"index": "0", "action": "nothing"},
        {"index": "7", "action": "delete_selected"},
        {"index": "0"},
        {"action": "delete_selected", "select_across": "1", "confirmed": "yes"},
        {"_save": "1"},
        {},
    ],
)
def test_lists_that_are_sent(given: dict[str, str], client: Client, world: World) -> None:
    for extra in ({}, {ACTION_CHECKBOX_NAME: [world.risk.pk]}):
        answer = client.post(address(Risk, "changelist"), {**given, **extra})
        assert answer.status_code in (200, 302)
    assert Risk.objects.filter(pk=world.risk.pk).exists()


@pytest.mark.parametrize(
    "query", [{"_to_field": "title"}, {"_to_field": "id"}, {"_popup": "1"}, {"_facets": "x"}]
)
def test_what_django_keeps_for_windows(
    query: dict[str, str], client: Client, world: World
) -> None:
    for view, key in (("changelist", ()), ("add", ()), ("change", (world.risk.pk,))):
        assert client.get(address(Risk, view, *key), query).status_code in (200, 400)


def test_forms_without_their_parts(client: Client, world: World) -> None:
    for row in (world.benefit, world.risk, world.task, world.portfolio, world.user):
        where = address(type(row), "change", row.pk)
        data = {
            name: value for name, value in form_of(client, where).items() if "_FORMS" not in name
        }
        for sent in (data, {}, {**data, "_saveasnew": "1"}):
            assert client.post(where, sent).status_code == 200, row


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (CostEntry, {"amount": "1e400"}),
        (CostEntry, {"amount": "NaN", "date": "0000-00-00"}),
        (CostEntry, {"date": "9999-12-31", "amount": "1"}),
        (CostEntry, {"description": "\0"}),
        (Project, {"priority": HUGE}),
        (Project, {"state": "executing\0"}),
        (Task, {"duration_minutes": HUGE}),
        (Task, {"wbs": "x" * 1000}),
        (Benefit, {"unit_value": "-1", "target_value": "1" * 15}),
        (StatusReport, {"health": "purple"}),
        (RoleAssignment, {"role": "king"}),
        (User, {"username": "\0", "email": "x"}),
    ],
)
def test_values_that_fit_nowhere(
    model: Any, values: dict[str, str], client: Client, world: World
) -> None:
    where = address(model, "add")
    data = form_of(client, where)
    component = Component.objects.get(pk=world.project.pk)
    data |= {"component": component.pk, "project": component.pk, "name": "x", "code": "x"}
    answer: Any = client.post(where, {**data, **values})
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors


def test_a_form_from_elsewhere_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator(world))
    answer = client.post(address(Risk, "delete", world.risk.pk), {"confirmed": "yes"})
    assert answer.status_code == 403
    assert Risk.objects.filter(pk=world.risk.pk).exists()
