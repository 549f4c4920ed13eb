"""Every event and every fact says in which request it came about, whichever way it came."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from portfolios.models import ImportState
from ppm.core import logs
from ppm.core.auditing.acting import acting
from ppm.core.models import (
    AuditEvent,
    Component,
    CostEntry,
    Issue,
    Risk,
    StatusReport,
)
from projects.models import Task
from tests.api.conftest import client_of
from tests.factories import make_task, make_user
from tests.importing.running import run_import
from tests.importing.uploads import make_import, worked
from tests.pages.conftest import Organisation, signed_in

REQUEST = UUID("00000000-0000-4000-8000-000000000001")
PENDING = 'code,name\nNEW,"A new project"\n'
MAPPING = """
[levels.project]
kind = "project"
code = "{code}"
parent = "PAY"
name = "{name}"
state = "executing"

[levels.project.report]
health = "green"
"""


def newest() -> AuditEvent:
    """Return the newest event."""
    return AuditEvent.objects.order_by("-pk")[0]


def who(event: AuditEvent) -> tuple[int | None, str]:
    """Tell who acted, and in which request."""
    return event.actor_id, str(event.request_id)


def test_a_page_says_who(organisation: Organisation, owner: Client) -> None:
    answer = owner.post("/components/LATE/risks/new/", RISK)
    assert answer.status_code == 302, answer.content
    risk = Risk.objects.get(title="Flood")
    event = AuditEvent.objects.get(table_name="core_risk", row_id=risk.pk)
    assert who(event) == (organisation.owner.pk, answer["X-Request-ID"])
    fact = risk.assessments.get()
    assert (fact.recorded_by, str(fact.request_id)) == (
        organisation.owner,
        answer["X-Request-ID"],
    )


RISK = {
    "title": "Flood",
    "response": "none",
    "date": "2026-02-13",
    "probability": "50",
    "impact": "1000",
    "likelihood": "3",
    "severity": "3",
    "is_open": "on",
}


def test_the_api_says_who(organisation: Organisation) -> None:
    client = client_of(organisation.owner)
    answer = client.post(
        "/api/v1/issues/",
        {"component": organisation.late.pk, "title": "Leak"},
        format="json",
    )
    assert answer.status_code == 201, answer.content
    issue = Issue.objects.get(title="Leak")
    event = AuditEvent.objects.get(table_name="core_issue", row_id=issue.pk)
    assert who(event) == (organisation.owner.pk, answer["X-Request-ID"])
    cost = client.post(
        "/api/v1/costs/",
        {"component": organisation.late.pk, "date": "2026-02-13", "amount": "5"},
        format="json",
    )
    assert cost.status_code == 201, cost.content
    fact = CostEntry.objects.get(amount=5)
    assert (fact.recorded_by, str(fact.request_id)) == (organisation.owner, cost["X-Request-ID"])


def test_the_governance_site_says_who(organisation: Organisation) -> None:
    administrator = make_user(superuser=True)
    answer = signed_in(administrator).post(
        "/admin/core/workcalendar/add/", {"name": "Night shift", "minutes_per_day": "300"}
    )
    event = AuditEvent.objects.get(table_name="core_workcalendar", operation="insert")
    assert who(event) == (administrator.pk, answer["X-Request-ID"])


def test_an_import_says_who_and_is_one_request(
    organisation: Organisation,
) -> None:
    run = make_import(organisation.owner, PENDING.encode(), mapping=MAPPING)
    job = run.start(dry_run=False)
    worked(run)
    assert run.state == ImportState.DONE, run.message
    made = Component.objects.get(code="NEW")
    events = AuditEvent.objects.filter(component=made.pk)
    assert {event.table_name for event in events} >= {"core_component", "projects_project"}
    assert {who(event) for event in events} == {(organisation.owner.pk, str(job.request_id))}
    report = StatusReport.objects.get(component=made)
    assert (report.recorded_by, report.request_id) == (organisation.owner, job.request_id)


def test_an_import_by_command_is_one_request_of_nobody(
    organisation: Organisation, tmp_path: Path
) -> None:
    rows, mapping = tmp_path / "rows.csv", tmp_path / "mapping.toml"
    rows.write_text(PENDING)
    mapping.write_text(MAPPING)
    assert run_import(rows, mapping).code == 0
    made = Component.objects.get(code="NEW")
    events = AuditEvent.objects.filter(component=made.pk)
    report = StatusReport.objects.get(component=made)
    assert {who(event) for event in events} == {(None, str(report.request_id))}
    assert report.request_id is not None


@pytest.mark.django_db
def test_a_task_says_which_request_asked_for_it() -> None:
    logs.within_task("a task", str(uuid4()), str(REQUEST))
    Issue.objects.update(title="Nothing")
    make_user("somebody")
    logs.after_task()
    assert who(newest()) == (None, str(REQUEST))
    logs.within_task("a task", str(uuid4()), "'; DROP TABLE core_user; --")
    make_user("somebody else")
    logs.after_task()
    assert who(newest()) == (None, "None")


@pytest.mark.django_db
def test_of_two_writes_in_one_transaction_each_is_its_own_author_s(
    organisation: Organisation,
) -> None:
    first, second = make_user(), make_user()
    task = make_task(organisation.late)
    tasks = Task.objects.filter(pk=task.pk)
    with acting(user_id=first.pk, request_id=REQUEST):
        tasks.update(name="First")
        with transaction.atomic():
            with acting(user_id=second.pk, request_id=None):
                tasks.update(name="Second")
            assert who(newest()) == (second.pk, "None")
            transaction.set_rollback(True)
        tasks.update(name="Third")
        assert who(newest()) == (first.pk, str(REQUEST))
        with connection.cursor() as cursor:
            cursor.execute(
                "-- a comment\nWITH one AS (SELECT id FROM projects_task WHERE id = %s) "
                "UPDATE projects_task AS t SET name = 'Fourth' FROM one WHERE one.id = t.id",
                [task.pk],
            )
            assert who(newest()) == (first.pk, str(REQUEST))
            cursor.executemany(
                "UPDATE projects_task SET name = %s WHERE id = %s",
                [("Fifth", task.pk), ("Sixth", task.pk)],
            )
        assert who(newest()) == (first.pk, str(REQUEST))
    tasks.update(name="Seventh")
    assert who(newest()) == (None, "None")
    assert newest().before == {"name": "Sixth"}


def test_every_sort_of_fact_that_a_manager_records_carries_its_request(
    organisation: Organisation, owner: Client
) -> None:
    task = organisation.late.tasks.get(name="Migration")
    client = client_of(organisation.owner)
    for path, body in {
        "progress": {"task": task.pk, "percent": "55"},
        "costs": {"component": organisation.late.pk, "amount": "5"},
        "estimates": {"component": organisation.late.pk, "estimate_to_complete": "7"},
        "status-reports": {"component": organisation.late.pk, "health": "amber"},
        "benefit-measurements": {"benefit": organisation.benefit.pk, "value": "9"},
    }.items():
        answer = client.post(f"/api/v1/{path}/", {"date": "2026-02-13", **body}, format="json")
        assert answer.status_code == 201, (path, answer.content)
        assert answer.json()["request_id"] == answer["X-Request-ID"]
        assert answer.json()["recorded_by"] == organisation.owner.pk
