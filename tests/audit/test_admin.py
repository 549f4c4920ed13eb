"""The audit trail in the governance site: to be read, searched and downloaded, never written."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ppm.core.auditing.acting import acting
from ppm.core.models import AuditEvent, Component, Role, User
from tests.factories import give_role, make_project, make_task, make_user
from tests.pages.conftest import Organisation, signed_in
from tests.pages.reading import Page

LIST = "/admin/core/auditevent/"


@pytest.fixture
def auditor(organisation: Organisation) -> Client:
    """Return the browser of somebody who audits the program."""
    user = make_user(is_staff=True)
    give_role(user, organisation.program, Role.AUDITOR)
    return signed_in(user)


@pytest.fixture
def administrator(db: None) -> Client:
    """Return the browser of an administrator."""
    return signed_in(make_user("root", superuser=True))


def shown(client: Client, **query: Any) -> list[AuditEvent]:
    """Return the events of a page of the list."""
    answer: Any = client.get(LIST, query)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def test_an_auditor_reads_what_happened_to_what_he_sees(
    organisation: Organisation, auditor: Client
) -> None:
    make_task(organisation.beside, name="Elsewhere")
    make_task(organisation.late, name="Here")
    events = shown(auditor, kind="projects_task", operation="insert")
    assert organisation.late.pk in {event.component_id for event in events}
    assert organisation.beside.pk not in {event.component_id for event in events}
    assert None not in {event.component_id for event in shown(auditor)}
    page = Page(auditor.get(f"{LIST}{events[0].pk}/change/").content)
    assert "Here" in page.text
    hidden = AuditEvent.objects.filter(component=organisation.beside)[0]
    missing = auditor.get(f"{LIST}987654321/change/")
    answer = auditor.get(f"{LIST}{hidden.pk}/change/")
    assert answer.status_code == missing.status_code == 404


def test_administrators_see_what_happened_to_accounts(administrator: Client) -> None:
    person = make_user("ida", email="ida@example.org")
    User.objects.filter(pk=person.pk).update(email="ida.new@example.org", is_staff=True)
    (event,) = shown(administrator, kind="core_user", operation="update", q=str(person.pk))
    page = Page(administrator.get(f"{LIST}{event.pk}/change/").content)
    assert "Email: not kept → not kept" in page.text
    assert "Staff status: no → yes" in page.text
    assert "ida.new@example.org" not in page.text


def test_everything_that_one_request_did_is_found_by_its_id(
    organisation: Organisation, owner: Client, administrator: Client
) -> None:
    task = make_task(organisation.late)
    answer = owner.post(f"/tasks/{task.pk}/delete/")
    (event,) = shown(administrator, q=answer["X-Request-ID"])
    assert (event.table_name, event.operation, event.row_id) == (
        "projects_task",
        "delete",
        task.pk,
    )
    assert event.actor == organisation.owner


def test_what_was_deleted_with_its_component_is_for_administrators(
    organisation: Organisation, auditor: Client, administrator: Client
) -> None:
    gone = make_project(organisation.program, "GONE")
    leaver = make_user("leaver")
    with acting(user_id=leaver.pk, request_id=None):
        Component.objects.get(pk=gone.pk).delete()
    leaver.delete()
    (event,) = AuditEvent.objects.filter(table_name="projects_project", operation="delete")
    assert auditor.get(f"{LIST}{event.pk}/change/").status_code == 404
    page = Page(administrator.get(f"{LIST}{event.pk}/change/").content)
    assert f"person {event.actor_id}, deleted" in page.text


def test_nobody_writes_it(organisation: Organisation, administrator: Client) -> None:
    event = AuditEvent.objects.order_by("pk")[0]
    assert administrator.get(f"{LIST}add/").status_code == 403
    assert administrator.post(f"{LIST}add/", {}).status_code == 403
    assert administrator.post(f"{LIST}{event.pk}/change/", {"row_id": 1}).status_code == 403
    assert administrator.post(f"{LIST}{event.pk}/delete/").status_code == 403


def test_what_is_chosen_is_downloaded_without_formulas(
    organisation: Organisation, auditor: Client
) -> None:
    make_task(organisation.late, name='=HYPERLINK("http://x")')
    chosen = [event.pk for event in shown(auditor, kind="projects_task", operation="insert")]
    answer = auditor.post(LIST, {"action": "download", "_selected_action": chosen})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(StringIO(answer.content.decode())))
    cells = [cell for row in rows for cell in row]
    assert '\'=HYPERLINK("http://x")' in cells
    assert not [cell for cell in cells if cell[:1] in "=+@\t\r" and cell]
    foreign = AuditEvent.objects.filter(component=organisation.beside)[0].pk
    stolen = auditor.post(LIST, {"action": "download", "_selected_action": [foreign]})
    assert b"Archive" not in stolen.content


@pytest.mark.parametrize("number", [2, 12])
def test_the_number_of_queries_does_not_grow(
    number: int,
    organisation: Organisation,
    administrator: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        give_role(make_user(), organisation.late, Role.VIEWER)
        make_task(organisation.late)
    # savepoint, session, user, count, events, names, parts of the tree, savepoint
    with django_assert_num_queries(8):
        administrator.get(LIST)
