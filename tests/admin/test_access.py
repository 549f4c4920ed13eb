"""Who reads and changes what in the admin: every model, every page, every sort of person."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client

from portfolios.models import ImportRun, Portfolio
from ppm.core.governance.rights import rows_of, subject_of, visible_rows
from ppm.core.models import (
    CHANGES,
    SEES_MONEY,
    ApiToken,
    CalendarDay,
    Component,
    Job,
    Role,
    Snapshot,
    User,
)
from programs.models import Program
from projects.models import BaselineCurve, BaselineMilestone, BaselineTask, Project
from tests.access.test_scopes import UNSCOPED
from tests.admin.conftest import (
    administrator,
    manager,
    member,
    outsider,
    signed_in,
    staff,
    stranger,
    viewer,
)
from tests.admin.pages import (
    ADMINISTRATORS,
    MODELS,
    WITH_ROWS,
    address,
    form_of,
    shown,
    stored,
)
from tests.factories import give_role, make_portfolio, make_project, make_user
from tests.rows import ROWS, World

Person = Callable[[World], User]
MISSING = 987_654_321
OWN = {ApiToken, ImportRun, Job}
"""Models whose rows belong to one person."""

WITHOUT_PAGES = {
    BaselineTask: "shown with its baseline",
    BaselineMilestone: "part of a baseline",
    BaselineCurve: "part of a baseline",
    "JobPart": "a part of a file, read through its job",
    "JobRow": "a reason, read with its job",
    "AnsweredCall": "answers that are kept for a day, unreadable",
    "Attempts": "digests that say nothing to anybody",
    "CalendarFeed": "a person's own, on the page of the account",
    "Calls": "counted and forgotten within a minute",
    "AuditSeal": "looked at by manage verify_audit",
    "Heartbeat": "watched from outside, by /readyz",
    "DayTurn": "shown as the date of a tree on the first page",
}
KINDS = {Portfolio, Program, Project}


def test_every_model_has_pages_or_a_reason_to_have_none() -> None:
    without = {model for model in ROWS if model not in MODELS}
    names = {getattr(model, "__name__", model) for model in WITHOUT_PAGES}
    assert {model.__name__ for model in without} == names
    assert Component in MODELS


def test_every_model_stands_under_a_heading() -> None:
    client = signed_in(make_user(superuser=True))
    groups: Any = client.get("/admin/").context["app_list"]
    listed = [entry["model"] for group in groups for entry in group["models"]]
    assert sorted(listed, key=lambda model: model.__name__) == MODELS


test_every_model_stands_under_a_heading = pytest.mark.django_db(
    test_every_model_stands_under_a_heading
)


def narrowed(row: models.Model) -> dict[str, Any]:
    """Return the filter that brings a row to the first page of its list."""
    return {"calendar__id__exact": row.calendar_id} if isinstance(row, CalendarDay) else {}


def is_seen_by_members(model: type[models.Model]) -> bool:
    """Tell whether somebody with a role on the row's component finds it in the admin."""
    return model not in ADMINISTRATORS | OWN and not is_private(model)


def is_private(model: type[models.Model]) -> bool:
    """Tell whether only those who may change rows of the model see them."""
    return getattr(rows_of(model), "is_private", False)


@pytest.mark.parametrize("model", WITH_ROWS)
def test_those_who_see_a_row_read_it_on_every_page(
    model: type[models.Model], world: World
) -> None:
    row = stored(model, world)
    people = [administrator, *((member, viewer) if is_seen_by_members(model) else ())]
    for person in people:
        client = signed_in(person(world))
        assert row.pk in shown(client, model, **narrowed(row)), person
        for view in ("change", "history"):
            assert client.get(address(model, view, row.pk)).status_code == 200, (person, view)


@pytest.mark.parametrize("model", MODELS)
def test_only_the_staff_enters(model: type[models.Model], world: World) -> None:
    pk = stored(model, world).pk if model in ROWS else 1
    pages = [address(model, view) for view in ("changelist", "add")]
    pages += [address(model, view, pk) for view in ("change", "history", "delete")]
    known, unknown = signed_in(stranger(world)), Client()
    for page in ("/admin/", *pages):
        for send in (known.get, known.post, unknown.get, unknown.post):
            answer: Any = send(page)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/?next=")
        assert known.get("/admin/login/").status_code == 403
        assert unknown.get("/admin/login/")["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("model", WITH_ROWS)
def test_whoever_may_only_look_sends_no_form(model: type[models.Model], world: World) -> None:
    row = stored(model, world)
    client = signed_in(viewer(world))
    before = rows_of(model).count()
    if model not in OWN or model in (ImportRun, Job):
        assert client.get(address(model, "add")).status_code == 403
        assert client.post(address(model, "add"), {}).status_code == 403
    for view in ("change", "delete"):
        answer = client.post(address(model, view, row.pk), {"confirmed": "yes"})
        assert answer.status_code in (403, 404), view
    assert rows_of(model).count() == before


WITH_RIGHTS = [role for role in Role if CHANGES[role]]
SCOPED = [model for model in WITH_ROWS if model not in {*UNSCOPED, *OWN, Snapshot}]


@pytest.mark.parametrize("model", SCOPED)
def test_a_role_adds_changes_and_deletes_what_it_says(
    model: type[models.Model], world: World
) -> None:
    row = stored(model, world)
    model_admin: Any = admin.site._registry[model]
    for role in WITH_RIGHTS:
        client = signed_in(staff(role)(world))
        may = subject_of(model) in CHANGES[role]
        expected = {True: 200, False: 403}
        adding = client.get(address(model, "add")).status_code
        assert adding == expected[may and model_admin.may_be_added], role
        is_money = getattr(rows_of(model), "is_money", False)
        if (is_money and role not in SEES_MONEY) or (is_private(model) and not may):
            assert client.get(address(model, "change", row.pk)).status_code == 404, role
            continue
        page: Any = client.get(address(model, "change", row.pk))
        is_changeable = may and model_admin.may_be_changed
        assert page.context["has_change_permission"] is is_changeable, role
        deleting = client.get(address(model, "delete", row.pk)).status_code
        assert deleting == expected[may and model_admin.may_be_deleted], role


def test_nobody_changes_or_deletes_a_fact(world: World) -> None:
    client = signed_in(administrator(world))
    facts = [model for model in WITH_ROWS if hasattr(model, "request_id")]
    assert len(facts) > 10
    for model in facts:
        row = stored(model, world)
        for view in ("change", "delete"):
            answer = client.post(address(model, view, row.pk), {"confirmed": "yes"})
            assert answer.status_code == 403, (model, view)


def test_the_table_of_permissions_is_not_asked(world: World) -> None:
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client = signed_in(user)
    assert shown(client, Project) == []
    assert client.get(address(Project, "add")).status_code == 403
    assert client.get(address(User, "changelist")).status_code == 403


def test_a_former_member_of_the_staff_is_out_at_once(world: World) -> None:
    user = member(world)
    client = signed_in(user)
    assert client.get("/admin/").status_code == 200
    user.is_staff = False
    user.save()
    assert client.get("/admin/").status_code == 302


def test_no_page_tells_where_a_component_stands_that_is_not_visible(world: World) -> None:
    """Django's own shortcut to an object's page would do so for any id."""
    assert signed_in(outsider(world)).get(f"/admin/r/1/{world.project.pk}/").status_code == 404


@pytest.mark.parametrize(("person", "is_linked"), [(member, True), (stranger, False)])
def test_every_page_links_the_staff_to_governance(
    person: Person, is_linked: bool, world: World
) -> None:
    page = signed_in(person(world)).get("/").content.decode()
    assert ('<a href="/admin/">Governance</a>' in page) is is_linked


class TestReferences:
    """What a form offers to refer to, and takes."""

    def offered(self, client: Client, model: str, field: str, term: str = "") -> list[str]:
        """Return what is offered for a reference as one types."""
        app, name = model.split(".")
        query = {"app_label": app, "model_name": name, "field_name": field, "term": term}
        answer: Any = client.get("/admin/autocomplete/", query)
        assert answer.status_code == 200
        return [entry["id"] for entry in answer.json()["results"]]

    def test_a_row_is_added_only_where_one_may(self, world: World) -> None:
        for person, offers in ((manager, True), (member, False), (outsider, False)):
            client = signed_in(person(world))
            found = self.offered(client, "core.costentry", "component")
            assert (str(world.project.pk) in found) is offers, person
        assert str(world.project.pk) in self.offered(
            signed_in(member(world)), "core.risk", "component"
        )

    def test_people_are_those_near(self, world: World) -> None:
        near, far = make_user(), make_user()
        user = member(world)
        give_role(near, world.project, Role.VIEWER)
        found = self.offered(signed_in(user), "core.risk", "owner")
        assert {str(near.pk), str(user.pk)} <= set(found)
        assert str(far.pk) not in found

    def test_it_is_searched_among_what_one_sees(self, world: World) -> None:
        client = signed_in(member(world))
        assert self.offered(client, "core.risk", "component", world.project.code) == [
            str(world.project.pk)
        ]
        assert self.offered(signed_in(outsider(world)), "core.risk", "component", "") != []
        assert (
            self.offered(signed_in(outsider(world)), "core.risk", "component", world.project.code)
            == []
        )

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"app_label": "core", "model_name": "user", "field_name": "password"},
            {"app_label": "core", "model_name": "user", "field_name": "groups"},
            {"app_label": "core", "model_name": "component", "field_name": "children"},
            {"app_label": "core", "model_name": "nothing", "field_name": "x"},
            {"app_label": "admin", "model_name": "logentry", "field_name": "content_type"},
        ],
    )
    def test_nothing_else_is_answered(self, query: dict[str, str], world: World) -> None:
        client = signed_in(administrator(world))
        assert client.get("/admin/autocomplete/", {**query, "term": ""}).status_code == 403

    def test_a_forged_reference_is_refused(self, world: World) -> None:
        elsewhere = make_portfolio()
        client = signed_in(manager(world))
        data = form_of(client, address(Project, "add"))
        data |= {"code": "J9", "name": "Nine", "state": "idea"}
        for parent in (elsewhere.pk, MISSING, "x", "9" * 30, ""):
            answer: Any = client.post(address(Project, "add"), {**data, "parent": parent})
            assert answer.status_code == 200
            assert answer.context["adminform"].form.errors["parent"]
        assert not Project.objects.filter(code="J9").exists()

    def test_an_address_cannot_fill_in_what_one_does_not_see(self, world: World) -> None:
        elsewhere = make_project()
        client = signed_in(manager(world))
        for value in (elsewhere.pk, MISSING, "x"):
            page = client.get(f"/admin/core/costentry/add/?component={value}")
            assert page.status_code == 200
            assert elsewhere.code not in page.content.decode()

    def test_no_reference_offers_what_one_does_not_see(self, world: World) -> None:
        user = outsider(world)
        client = signed_in(user)
        tried = 0
        for model, field in references():
            if not admin.site._registry[field.related_model].search_fields:
                continue
            owner = field.model._meta.label_lower
            found = {int(pk) for pk in self.offered(client, owner, field.name)}
            seen = visible_rows(field.related_model, user=user)
            assert found <= set(seen.values_list("pk", flat=True)), (model, field)
            tried += 1
        assert tried > 40


def references() -> Iterator[tuple[type[models.Model], Any]]:
    """List the references of all models to models that have pages."""
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if field.related_model in MODELS and field.editable:
                yield model, field


def test_the_models_of_an_app_have_a_page_too(world: World, boss: Client) -> None:
    assert boss.get("/admin/core/").status_code == 200
    assert boss.get("/admin/nothing/").status_code == 404
