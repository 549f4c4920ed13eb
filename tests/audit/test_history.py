"""The History tab tells who changed what, from what to what, to those who see the component."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ppm.core.models import AuditEvent, Component, Risk, Role, User
from projects.models import Task
from tests.factories import give_role, make_project, make_restatement, make_task, make_user
from tests.pages.conftest import Organisation
from tests.pages.reading import Page

HISTORY = "/projects/LATE/history/"
TASK = {
    "name": "Data model, again",
    "wbs": "1",
    "start_date": "2026-01-05",
    "finish_date": "2026-01-30",
    "schedule_constraint": "asap",
    "budget": "1500",
    "earning_method": "physical_percent",
}


def opened(client: Client, address: str) -> Page:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == 200
    return Page(response.content)


def lines(client: Client, address: str) -> list[list[str]]:
    """Download a CSV file; return its lines without the head."""
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode())))[1:]


def test_a_change_is_told_from_what_to_what(organisation: Organisation, owner: Client) -> None:
    task = organisation.late.tasks.get(name="Data model")
    answer = owner.post(f"/tasks/{task.pk}/edit/", {**TASK, "wbs": task.wbs})
    assert answer.status_code == 302
    change = opened(owner, HISTORY).rows("Changes")[0]
    assert change.cells[1:3] == ["owner", f"Changed: task “{task.wbs} Data model, again”"]
    assert "Name: Data model → Data model, again" in change.cells[3]
    assert "Budget: 1000.0000 → 1500.0000" in change.cells[3]
    event = AuditEvent.objects.get(table_name="projects_task", operation="update")
    assert event.actor == organisation.owner
    assert str(event.request_id) == answer["X-Request-ID"]


def test_a_row_that_was_deleted_tells_what_it_was(
    organisation: Organisation, owner: Client
) -> None:
    task = make_task(organisation.late, name="Never mind")
    assert owner.post(f"/tasks/{task.pk}/delete/").status_code == 302
    change = opened(owner, HISTORY).rows("Changes")[0]
    assert change.cells[2] == f"Deleted: task “{task.wbs} Never mind”"
    assert "Budget: 1000.0000" in change.cells[3]


def test_a_deleted_component_is_told_by_its_parent(
    organisation: Organisation, owner: Client
) -> None:
    Component.objects.get(pk=make_project(organisation.program, "GONE").pk).delete()
    change = opened(owner, "/programs/PAY/history/").rows("Changes")[0]
    assert change.cells[1:3] == ["the system", "Deleted: component “GONE Component GONE”"]


def test_people_and_roles_are_named_as_they_are_now(
    organisation: Organisation, owner: Client
) -> None:
    newcomer = make_user("newcomer")
    give_role(newcomer, organisation.late, Role.FINANCE)
    assert "User: newcomer" in opened(owner, HISTORY).rows("Changes")[0].cells[3]
    User.objects.filter(pk=newcomer.pk).update(first_name="Nora", last_name="Lind")
    change = opened(owner, HISTORY).rows("Changes")[0]
    assert "User: Nora Lind" in change.cells[3]
    assert "Role: Finance" in change.cells[3]


def test_what_the_reader_may_not_see_is_not_named(
    organisation: Organisation, member: Client
) -> None:
    secret = make_project(organisation.portfolio, "SECRET")
    component = Component.objects.get(pk=organisation.late.pk)
    component.move_to(organisation.portfolio)
    component.move_to(organisation.program)
    page = opened(member, HISTORY)
    assert "Parent: not visible to you → PAY Payments" in page.rows("Changes")[0].cells[3]
    assert "SECRET" not in page.text
    assert secret.pk


def test_what_figures_were_made_of_is_not_spelled_out(
    organisation: Organisation, member: Client
) -> None:
    drivers = [{"component": organisation.program.pk, "share": "1", "health": "red"}]
    make_restatement(organisation.late, reasons={"drivers": drivers})
    page = opened(member, HISTORY)
    assert "Before: told with the row itself" in page.rows("Changes")[0].cells[3]
    assert "drivers" not in page.text


def test_outsiders_see_none_of_it(organisation: Organisation, outsider: Client) -> None:
    for address in (HISTORY, "/components/LATE/changes.csv"):
        missing = address.replace("LATE", "NONE")
        assert outsider.get(address).status_code == outsider.get(missing).status_code == 404
    assert not AuditEvent.objects.visible_to(organisation.outsider).filter(
        component=organisation.late
    )
    assert not AuditEvent.objects.visible_to(organisation.outsider).filter(component=None)


def test_changes_are_narrowed(organisation: Organisation, owner: Client) -> None:
    Task.objects.filter(name="Migration").update(name="Move the data")
    today = timezone.now().date()
    told = opened(owner, f"{HISTORY}?kind=projects_task&operation=update")
    assert [row.cells[3] for row in told.rows("Changes")] == ["Name: Migration → Move the data"]
    assert (
        "Nothing was changed like that."
        in opened(owner, f"{HISTORY}?by={organisation.owner.pk}").text
    )
    assert opened(owner, f"{HISTORY}?since={today}").rows("Changes")
    yesterday = today - timedelta(days=1)
    nothing = "Nothing was changed like that."
    assert nothing in opened(owner, f"{HISTORY}?by=own").text
    owner.post(f"/tasks/{organisation.late.tasks.get(name='Move the data').pk}/edit/", TASK)
    (own,) = opened(owner, f"{HISTORY}?by=own").rows("Changes")
    assert own.cells[1] == "owner"
    assert opened(owner, f"{HISTORY}?since={today}").rows("Changes")
    yesterday = today - timedelta(days=1)
    assert "Nothing was changed like that." in opened(owner, f"{HISTORY}?until={yesterday}").text
    assert "Select a valid choice." in opened(owner, f"{HISTORY}?kind=core_snapshot").text
    assert owner.get("/components/LATE/changes.csv?since=yesterday").status_code == 400


def test_many_changes_come_in_pages(organisation: Organisation, owner: Client) -> None:
    for number in range(30):
        Task.objects.filter(name__startswith="Migration").update(name=f"Migration {number}")
    page = opened(owner, f"{HISTORY}?kind=projects_task&operation=update")
    assert len(page.rows("Changes")) == 25
    assert "1–25 of 30 changes" in page.text  # noqa: RUF001
    rest = opened(owner, f"{HISTORY}{page.links['Next'].split('#')[0]}")
    assert len(rest.rows("Changes")) == 5


def test_the_download_has_a_line_a_column_and_no_formula(
    organisation: Organisation, owner: Client
) -> None:
    Risk.objects.filter(component=organisation.late).update(title="=1+1", description="@SUM(A1)")
    made = lines(owner, "/components/LATE/changes.csv?kind=core_risk&operation=update")
    assert [line[3:] for line in made] == [
        ["Risk", made[0][4], "Changed", "'=1+1", "Title", "The vendor withdraws", "'=1+1"],
        ["Risk", made[0][4], "Changed", "'=1+1", "Description", "\N{EN DASH}", "'@SUM(A1)"],
    ]


def test_on_a_past_day_later_changes_are_not_told(
    organisation: Organisation, owner: Client
) -> None:
    assert opened(owner, HISTORY).rows("Changes")
    assert "Nothing was changed yet." in opened(owner, f"/on/2026-01-31{HISTORY}").text


@pytest.mark.parametrize("number", [8, 12])
def test_the_number_of_queries_does_not_grow(
    number: int,
    organisation: Organisation,
    owner: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        make_task(organisation.late, parent=make_task(organisation.late, budget=None))
        give_role(make_user(), organisation.late, Role.VIEWER)
        Risk.objects.create(component=organisation.late, title="Flood")
    # of these, two tell who changed what: the changes, and what everything in them is called
    with django_assert_num_queries(20):
        owner.get(HISTORY)
