"""Taking an import back: all of it or nothing, and nothing that somebody has built upon."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from ppm.core.models import Component, Job, Role, User
from projects.models import Baseline, Project, Task
from tests.api.conftest import client_of
from tests.factories import (
    give_role,
    make_portfolio,
    make_program,
    make_project,
    make_risk,
    make_task,
    make_user,
)
from tests.jobs.working import sent, worked

pytestmark = pytest.mark.django_db

MAPPING = """
[levels.unit]
kind = "program"
code = "{unit}"
parent = "HOME"
name = "{unit_name}"
state = "executing"

[levels.project]
kind = "project"
code = "{code}"
parent = "{unit}"
name = "{name}"
state = "executing"
budget = "{budget}"
start_date = "2026-01-05"
finish_date = "2026-06-30"
baseline = true
placement = "move"
"""
ROWS = (
    b"unit,unit_name,code,name,budget\nNEW,New unit,N1,One,100\nNEW,New unit,N2,Two,200\n"
    b"NEW,New unit,OLD,Renamed,999\n"
)


@pytest.fixture
def manager() -> User:
    """Return the manager of a portfolio with a program PAY, in which there is a project OLD."""
    home = make_portfolio(code="HOME")
    make_project(make_program(home, "PAY"), "OLD", name="As it was", budget=5)
    user = make_user()
    give_role(user, home, Role.PORTFOLIO_MANAGER)
    return user


@pytest.fixture
def client(manager: User) -> APIClient:
    """Return the manager's client."""
    return client_of(manager)


def imported(client: APIClient, rows: bytes = ROWS, mapping: str = MAPPING) -> Job:
    """Import rows; return the job, done."""
    body = {"file": ContentFile(rows, "rows.csv"), "mapping": mapping}
    job = worked(Job.objects.get(pk=sent(client, body, "imports", format="multipart")["id"]))
    assert job.state == "done", job.message
    return job


def reverted(client: APIClient, job: Job) -> Job:
    """Have it taken back; return the job of that."""
    answer: Any = client.post(f"/api/v1/jobs/{job.pk}/revert/")
    assert answer.status_code == 202, answer.json()
    return worked(Job.objects.get(pk=answer.json()["id"]))


def state() -> list[Any]:
    """Read what an import could have changed."""
    components = Component.objects.order_by("code")
    return [
        *components.values_list("code", "name", "parent__code", "state", "start_date"),
        *Project.objects.order_by("code").values_list("code", "budget"),
        *Task.objects.order_by("wbs").values_list("project__code", "wbs", "name", "budget"),
        *Baseline.objects.order_by("pk").values_list("project__code", "number", "is_current"),
    ]


def reasons(job: Job) -> list[tuple[str, str]]:
    """List what stood in the way."""
    return list(job.rows.order_by("row").values_list("column", "reason"))


def test_what_was_added_goes_and_what_was_changed_is_as_before(client: APIClient) -> None:
    before = state()
    job = imported(client)
    assert Project.objects.get(code="OLD").parent == Component.objects.get(code="NEW")
    assert state() != before
    assert reverted(client, job).message.endswith("rows are as they were before.")
    assert state() == before


def test_tasks_and_the_tasks_above_them_go_too(client: APIClient) -> None:
    make_task(Project.objects.get(code="OLD"), wbs="1", name="Dig", budget=10)
    before = state()
    rows = b"wbs,name,budget\n7,Site,\n7.1,Dig,50\n1,Dig deeper,20\n"
    mapping = """
[levels.task]
kind = "task"
wbs = "{wbs}"
project = "OLD"
name = "{name}"
start_date = "2026-02-02"
finish_date = "2026-02-27"
budget = "{budget}"
earning_method = "{budget|then:physical_percent}"
"""
    job = imported(client, rows, mapping)
    assert state() != before
    assert reverted(client, job).state == "done"
    assert state() == before


def test_a_row_that_was_changed_since_stops_it_and_is_named(client: APIClient) -> None:
    job = imported(client)
    pk = Project.objects.get(code="N1").pk
    assert client.patch(f"/api/v1/projects/{pk}/", {"name": "Mine"}).status_code == 200
    after = state()
    attempt = reverted(client, job)
    assert (attempt.state, attempt.message) == (
        "failed",
        "Nothing was taken back: see what stands in the way.",
    )
    assert ("N1 Mine" in reasons(attempt)[0][0], "changed after" in reasons(attempt)[0][1]) == (
        True,
        True,
    )
    assert state() == after


def test_what_was_built_upon_a_new_project_stops_it(client: APIClient) -> None:
    job = imported(client)
    make_risk(Project.objects.get(code="N2"))
    attempt = reverted(client, job)
    assert attempt.state == "failed"
    assert [reason for _, reason in reasons(attempt)] == [
        "Something was recorded for it after the import."
    ]
    assert Project.objects.filter(code="N2").exists()


def test_facts_are_never_taken_back(client: APIClient) -> None:
    facts = MAPPING + '[levels.project.report]\nhealth = "green"\n'
    attempt = reverted(client, imported(client, mapping=facts))
    assert attempt.state == "failed"
    assert ("status reports", "The import recorded 3: facts are never taken back.") in reasons(
        attempt
    )


def test_a_right_that_was_lost_stops_it(client: APIClient, manager: User) -> None:
    job = imported(client)
    manager.role_assignments.update(role=Role.VIEWER)
    attempt = reverted(client, job)
    assert "You may not change it." in [reason for _, reason in reasons(attempt)]


def test_components_are_taken_back_only_by_whoever_may_still_change_them(
    client: APIClient, manager: User
) -> None:
    job = imported(client, mapping=MAPPING.replace("baseline = true\n", ""))
    manager.role_assignments.all().delete()
    Project.objects.filter(code="OLD").update(name="A secret by now")
    attempt = reverted(client, job)
    told = reasons(attempt)
    assert attempt.state == "failed"
    assert "You may not change it." in {reason for _, reason in told}
    assert not any("secret" in str(what) for what, _ in told)
    assert Project.objects.filter(code="N1").exists()


def test_nothing_goes_back_to_where_the_user_may_not_put_it(
    client: APIClient, manager: User
) -> None:
    job = imported(client, mapping=MAPPING.replace("baseline = true\n", ""))
    manager.role_assignments.all().delete()
    give_role(manager, Component.objects.get(code="NEW"), Role.PORTFOLIO_MANAGER)
    attempt = reverted(client, job)
    assert attempt.state == "failed"
    assert Project.objects.filter(code="OLD", parent__code="NEW").exists()


def test_an_import_is_taken_back_once_and_only_where_it_wrote(client: APIClient) -> None:
    job = imported(client)
    reverted(client, job)
    assert client.post(f"/api/v1/jobs/{job.pk}/revert/").status_code == 409
    body = {"file": ContentFile(ROWS, "rows.csv"), "mapping": MAPPING, "dry_run": True}
    check = worked(Job.objects.get(pk=sent(client, body, "imports", format="multipart")["id"]))
    assert client.post(f"/api/v1/jobs/{check.pk}/revert/").status_code == 409
