"""What the API answers when it refuses, and that nothing is written then."""

import uuid

import pytest
from django.db import connection
from rest_framework.test import APIClient

from ppm.core.models import CostEntry, Risk, Role
from projects.models import Task
from tests.api.conftest import client_with_role
from tests.factories import START, make_cost, make_dependency, make_program, make_task
from tests.rows import World
from tests.sessions import sessions

DAY = START.isoformat()


def test_a_task_that_finishes_before_it_starts(world: World, owner: APIClient) -> None:
    body = {
        "project": world.project.pk,
        "wbs": "9",
        "name": "Backwards",
        "start_date": "2026-02-02",
        "finish_date": "2026-02-01",
    }
    before = Task.objects.count()
    refused = owner.post("/api/v1/tasks/", body)
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    problem = refused.json()
    assert uuid.UUID(problem.pop("request_id")) == uuid.UUID(refused["X-Request-ID"])
    sentence = "A task cannot finish before it starts."
    assert problem == {
        "type": "urn:ppm:problem:validation-error",
        "title": "Bad Request",
        "status": 400,
        "detail": sentence,
        "instance": "/api/v1/tasks/",
        "errors": [
            {
                "pointer": "#",
                "code": "projects_task_finishes_after_it_starts",
                "detail": sentence,
            }
        ],
    }
    assert Task.objects.count() == before


def test_a_change_is_held_to_the_constraints_too(world: World, owner: APIClient) -> None:
    address = f"/api/v1/tasks/{world.task.pk}/"
    refused = owner.patch(address, {"finish_date": "2020-01-01"})
    assert refused.status_code == 400
    assert refused.json()["detail"] == "A task cannot finish before it starts."
    assert owner.get(address).json()["finish_date"] == world.task.finish_date.isoformat()


def test_every_wrong_field_is_named(world: World, owner: APIClient) -> None:
    body = {"project": "x", "start_date": "tomorrow", "finish_date": DAY, "name": ""}
    problem = owner.post("/api/v1/tasks/", body).json()
    assert {error["pointer"] for error in problem["errors"]} == {
        "#/project",
        "#/start_date",
        "#/name",
        "#/wbs",
    }
    assert problem["detail"] == "4 values were refused."


@pytest.mark.parametrize(
    ("name", "body", "code", "sentence"),
    [
        (
            "costs",
            lambda w: {"component": w.project.pk, "date": DAY, "amount": "0"},
            "core_costentry_amount_is_not_zero",
            "A cost entry needs an amount other than zero.",
        ),
        (
            "costs",
            lambda w: {
                "component": w.project.pk,
                "date": DAY,
                "amount": "1",
                "task": w.other_task.pk,
            },
            "core_costentry_task_is_of_the_project",
            "The task belongs to another project.",
        ),
        (
            "progress",
            lambda w: {"task": w.task.pk, "date": DAY, "percent": "100.5"},
            "projects_progress_percent_within_0_and_100",
            "Percent must lie between 0 and 100.",
        ),
        (
            "progress",
            lambda w: {"task": summary(w).pk, "date": DAY, "percent": "1"},
            "projects_progress_is_of_a_leaf",
            "A summary task has no progress of its own: report on its subtasks.",
        ),
        (
            "benefits",
            lambda w: {"component": w.project.pk, "name": "B", "target_value": "1"},
            "programs_benefit_home_is_no_project",
            "A benefit belongs to a program or a portfolio.",
        ),
        (
            "dependencies",
            lambda w: linked(w),
            "projects_dependency_one_a_pair",
            "These tasks are linked already.",
        ),
        (
            "programs",
            lambda w: {
                "code": "G3",
                "name": "Three",
                "state": "active",
                "parent": w.portfolio.pk,
            },
            "core_component_state_fits_the_kind",
            "A portfolio is active or archived; programs and projects are in one of the other "
            "states.",
        ),
        (
            "status-reports",
            lambda w: {
                "component": w.project.pk,
                "date": DAY,
                "health": "green",
                "override_reason": "too short",
            },
            "core_statusreport_override_has_reason_and_end",
            "An override needs a health, a reason of at least 30 characters and a last day.",
        ),
    ],
)
def test_constraints_and_triggers_speak_in_their_own_words(  # type: ignore[no-untyped-def]
    name: str, body, code: str, sentence: str, world: World, owner: APIClient
) -> None:
    refused = owner.post(f"/api/v1/{name}/", body(world))
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert error == {"pointer": "#", "code": code, "detail": sentence}


def summary(world: World) -> Task:
    """Make a task with a subtask."""
    task = make_task(world.project, budget=None)
    make_task(world.project, parent=task)
    return task


def linked(world: World) -> dict[str, int]:
    """Link two tasks, and ask for the same once more."""
    make_dependency(world.task, world.other_task)
    return {"predecessor": world.task.pk, "successor": world.other_task.pk}


def test_a_code_that_is_taken(world: World, owner: APIClient) -> None:
    body = {"code": world.project.code, "name": "Twin", "state": "idea"}
    refused = owner.post("/api/v1/programs/", {**body, "parent": world.portfolio.pk})
    assert refused.json()["errors"] == [
        {
            "pointer": "#/code",
            "code": "unique",
            "detail": "Another component has this code already.",
        }
    ]


def test_what_still_has_rows_below_it_stays(world: World, owner: APIClient) -> None:
    make_cost(world.neighbour)
    refused = owner.delete(f"/api/v1/projects/{world.neighbour.pk}/")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:ppm:problem:in-use"
    assert refused.json()["detail"] == "It cannot be deleted: it still has cost entries."
    assert CostEntry.objects.filter(component=world.neighbour).exists()


def test_a_portfolio_with_children_stays(world: World, owner: APIClient) -> None:
    make_program(world.portfolio)
    assert owner.delete(f"/api/v1/portfolios/{world.portfolio.pk}/").status_code == 409


def test_a_project_without_a_plan_has_no_baseline(world: World, owner: APIClient) -> None:
    body = {"code": "EMPTY", "name": "Empty", "state": "idea", "parent": world.program.pk}
    project = owner.post("/api/v1/projects/", body).json()["id"]
    refused = owner.post("/api/v1/baselines/", {"project": project})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "#/project"


def test_a_baseline_is_taken_as_approved_by_the_caller(world: World, owner: APIClient) -> None:
    taken = owner.post("/api/v1/baselines/", {"project": world.neighbour.pk, "name": "First"})
    assert taken.status_code == 201
    assert taken.json()["number"] == 0
    assert taken.json()["is_current"] is True
    again = owner.post("/api/v1/baselines/", {"project": world.neighbour.pk})
    assert (again.json()["number"], again.json()["is_current"]) == (1, True)
    first = owner.get(f"/api/v1/baselines/{taken.json()['id']}/").json()
    assert first["is_current"] is False
    assert first["approved_by"] == again.json()["approved_by"] is not None


def test_a_fact_is_recorded_by_its_sender(world: World, owner: APIClient) -> None:
    body = {"component": world.project.pk, "date": DAY, "amount": "1", "recorded_by": 1}
    answer = owner.post("/api/v1/costs/", body)
    entry = CostEntry.objects.get(pk=answer.json()["id"])
    assert str(entry.request_id) == answer["X-Request-ID"] == answer.json()["request_id"]
    assert entry.recorded_by is not None
    assert entry.recorded_by.role_assignments.get().role == "portfolio_manager"


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/api/v1/nothing/", 404),
        ("post", "/api/v2/", 404),
        ("get", "/api/v1/projects/x/", 404),
        ("get", "/api/v1/projects/99999999999999999999999/", 404),
        ("delete", "/api/v1/projects/", 405),
    ],
)
def test_every_refusal_is_a_problem(
    method: str, address: str, status: int, world: World, owner: APIClient
) -> None:
    answer = getattr(owner, method)(address)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["instance"] == address
    assert answer.json()["errors"] == []


def test_a_missing_slash_is_explained(world: World, owner: APIClient) -> None:
    answer = owner.get("/api/v1/projects")
    assert answer.status_code == 404
    assert answer.json()["detail"].endswith("Addresses end with a slash.")


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"name": NaN}', "application/json", 400),
        ('{"component": 1, "title": "\\ud800"}', "application/json", 400),
        ("a=1", "text/plain", 415),
    ],
)
def test_what_cannot_be_read_is_refused(
    content: str, kind: str, status: int, world: World, owner: APIClient
) -> None:
    answer = owner.post("/api/v1/risks/", content, content_type=kind)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_rows_that_somebody_else_holds_are_a_conflict(transactional_db: None) -> None:
    world = World()
    client = client_with_role(world, Role.PORTFOLIO_MANAGER)
    client.get("/api/v1/users/")
    with sessions(1) as [other]:
        other.do(lambda: Risk.objects.update(title="Held"))
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            answer = client.patch(f"/api/v1/risks/{world.risk.pk}/", {"title": "Mine"})
            cursor.execute("RESET lock_timeout")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:ppm:problem:busy"
    assert Risk.objects.get().title == world.risk.title


def test_a_statement_that_waits_too_long_is_given_up(transactional_db: None) -> None:
    world = World()
    client = client_with_role(world, Role.PORTFOLIO_MANAGER)
    client.get("/api/v1/users/")
    # The test client would raise what a server's log is told of.
    client.raise_request_exception = False
    with sessions(1) as [other]:
        other.do(lambda: Risk.objects.update(title="Held"))
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '50ms'")
            answer = client.patch(f"/api/v1/risks/{world.risk.pk}/", {"title": "Mine"})
            cursor.execute("RESET statement_timeout")
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:ppm:problem:time-out"
    assert answer.json()["detail"].endswith("Try again.")
    assert Risk.objects.get().title == world.risk.title


def test_a_row_that_vanishes_meanwhile_is_a_conflict(world: World, owner: APIClient) -> None:
    # A raw trigger stands for another transaction that deletes the owner of the row at the worst
    # moment: what remains is a reference to nothing, which only the database can notice.
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.lose() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.component_id := 999999999; RETURN NEW; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER lose BEFORE INSERT ON core_issue FOR EACH ROW "
            "EXECUTE FUNCTION pg_temp.lose()"
        )
    answer = owner.post("/api/v1/issues/", {"component": world.project.pk, "title": "Gone"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Something that this row refers to is gone. Read again."
