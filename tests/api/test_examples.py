"""The examples of the API's description: one story, told by its requests, kept true here.

With `PPM_REWRITE=1` the answers of now are written into the files instead of compared.
"""

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection, models
from django.utils import timezone
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from ops.processes import ROOT
from portfolios.restating import restate
from portfolios.rollup import drain
from portfolios.tasks import WORK
from ppm.core.jobs import do_next
from ppm.core.models import (
    CalendarDay,
    Change,
    Component,
    DeliveryState,
    Issue,
    Risk,
    Role,
    User,
    WebhookDelivery,
)
from ppm.description import EXAMPLES
from programs.models import Benefit
from projects.models import EarningMethod, Project, Task
from tests.api.conftest import client_of
from tests.factories import START, give_role, make_cost, make_task, make_user

Body = dict[str, Any]

PROBLEMS = ROOT / "ppm/core/api/problems.json"
FIRST_IDS: dict[Any, int] = {
    User: 7,
    Component: 101,
    Task: 202,
    Benefit: 301,
    Risk: 401,
    Issue: 501,
    Change: 601,
}
BY_ADMINISTRATOR = {"portfolios", "calendars", "role-assignments", "override-rulings", "decisions"}
READ = {
    "components": "/components/103/",
    "components-removal": "/components/103/removal/?after=terminated",
    "snapshots": "/snapshots/?component=103",
    "users": "/users/8/",
    "calendar-days": "/calendar-days/?calendar=1&day=2026-01-16",
}
LATER = ("decisions", "month-closes", "webhooks-replay", "exports", "imports", "recomputations")
CHANGING = (
    (re.compile(r'"whsec_[^"]{44}"'), f'"whsec_{"A" * 43}="'),
    (re.compile(r'"msg_[0-9a-f]{32}"'), f'"msg_{"0123456789abcdef" * 2}"'),
    (re.compile(r'"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"'), '"2026-01-16T09:30:00Z"'),
    (re.compile(r'"[0-9a-f]{64}"'), f'"{"0123456789abcdef" * 4}"'),
    (
        re.compile(r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'),
        '"5f0c7d0e-52f1-4d0f-8f44-2f1f6c1c4c0e"',
    ),
)


class Story:
    """The city and those who work for it, played from the first request to the last."""

    def __init__(self, examples: dict[str, Body]) -> None:
        """Tell it."""
        set_first_ids()
        administrator = make_user("grace", superuser=True, first_name="Grace", last_name="Hopper")
        manager = make_user("ada", first_name="Ada", last_name="Lovelace")
        self.administrator, self.manager = client_of(administrator), client_of(manager)
        self.requests = {
            name: example["request"] for name, example in examples.items() if example["request"]
        }
        self.answers: dict[str, Any] = {}
        self.begin(manager)
        for name in self.requests:
            if name not in self.answers and name not in LATER:
                self.post(name)
        drain(now=timezone.now())
        self.read_again()
        self.read(READ)
        self.post("decisions")
        self.look_back()
        self.ask_for_work()

    def begin(self, manager: User) -> None:
        """Make the tree, and the task that the others wait for."""
        self.post("portfolios")
        give_role(manager, Component.objects.get(), Role.PORTFOLIO_MANAGER)
        for name in ("programs", "projects"):
            self.post(name)
        make_task(
            Project.objects.get(),
            id=201,
            wbs="1",
            name="Free the weir",
            start_date=START,
            finish_date=START,
            earning_method=EarningMethod.WEIGHTED_MILESTONES,
        )

    def post(self, name: str) -> None:
        """Send the request of a resource."""
        client = self.administrator if name in BY_ADMINISTRATOR else self.manager
        answer = client.post(f"/api/v1/{name}/", self.requests[name])
        assert answer.status_code == 201, (name, answer.json())
        self.answers[name] = answer.json()

    def read_again(self) -> None:
        """Read what has become of all, after the roll-up."""
        for name, written in self.answers.items():
            answer = self.manager.get(f"/api/v1/{name}/{written['id']}/")
            self.answers[name] = answer.json()

    def read(self, addresses: dict[str, str]) -> None:
        """Read what the system wrote."""
        for name, address in addresses.items():
            answer = self.manager.get(f"/api/v1{address}").json()
            self.answers[name] = answer["results"][0] if "results" in answer else answer

    def look_back(self) -> None:
        """Turn to the next week after a late cost and a move; compare, restate and close."""
        drain(now=timezone.now())
        project, root = Component.objects.get(pk=103), Component.objects.get(pk=101)
        make_cost(project, 1200, START)
        project.move_to(root)
        self.administrator.patch("/api/v1/portfolios/101/", {"status_date": "2026-01-23"})
        drain(now=timezone.now())
        self.read({"components-comparison": "/components/101/comparison/?first=2026-01-16"})
        self.read({"components-access": "/components/103/access/"})
        why = "The invoice for the barge came late."
        manager = User.objects.get(username="ada")
        day = date(2026, 1, 16)
        restate(root, as_of=day, now=timezone.now(), reason=why, by=manager)
        self.read({name: f"/{name}/?component=103" for name in ("moves", "restatements")})
        self.post("month-closes")
        self.tell()

    def tell(self) -> None:
        """Read what a webhook is to be told, try it, and send again what failed."""
        told = self.manager.get("/api/v1/webhook-deliveries/?kind=project.state_changed").json()
        [delivery] = told["results"]
        WebhookDelivery.objects.update(state=DeliveryState.FAILED)
        self.answers["webhook-deliveries"] = delivery
        self.act("webhooks-rotate-secret", "/webhooks/11/rotate-secret/")
        self.act("webhooks-test", "/webhooks/11/test/")
        self.act("webhook-deliveries-replay", f"/webhook-deliveries/{delivery['id']}/replay/")
        self.act("webhooks-replay", "/webhooks/11/replay/")

    def act(self, name: str, address: str) -> None:
        """Have something done with a row."""
        answer = self.manager.post(f"/api/v1{address}", self.requests.get(name, {}))
        assert answer.status_code == 200, (name, answer.json())
        self.answers[name] = answer.json()

    def ask_for_work(self) -> None:
        """Export, recompute, import, take the import back, and think better of another export."""
        self.asked("exports")
        self.asked("recomputations")
        body = self.requests["imports"]
        file = ContentFile(body["file"].encode(), "projects.csv")
        self.asked("imports", {**body, "file": file}, format="multipart")
        jobs = [self.answers[name]["id"] for name in ("exports", "imports")]
        exported, imported = (f"/api/v1/jobs/{job}/" for job in jobs)
        self.answers["jobs"] = self.manager.get(exported).json()
        sent: Any = self.manager.get(f"{exported}file/")
        self.answers["jobs-file"] = b"".join(sent).decode()
        self.answers["jobs-rows"] = self.manager.get(f"{imported}rows/").json()["results"][0]
        self.answers["jobs-revert"] = self.manager.post(f"{imported}revert/").json()
        queued = self.manager.post("/api/v1/exports/", self.requests["exports"]).json()
        answer = self.manager.post(f"/api/v1/jobs/{queued['id']}/cancel/")
        self.answers["jobs-cancel"] = answer.json()

    def asked(self, name: str, body: Any = None, **options: Any) -> None:
        """Ask for long work, and let a worker do it."""
        given = self.requests[name] if body is None else body
        answer = self.manager.post(f"/api/v1/{name}/", given, **options)
        assert answer.status_code == 202, (name, answer.json())
        self.answers[name] = answer.json()
        assert do_next(WORK, clock=timezone.now)

    def refusals(self) -> dict[str, dict[str, Any]]:
        """Meet each kind of refusal."""
        viewer, reader = make_user(), make_user(superuser=True)
        give_role(viewer, Component.objects.get(pk=103), Role.VIEWER)
        backwards = {**self.requests["tasks"], "wbs": "3", "finish_date": "2026-01-02"}
        tasks, risk = "/api/v1/tasks/", "/api/v1/risks/401/"
        only_reads = client_of(reader, scopes=("read",))
        return {
            "400": {
                "body": self.manager.post(tasks, backwards).json(),
                "parameter": self.manager.get(tasks, {"colour": "red"}).json(),
            },
            "401": {"token": APIClient().get(tasks).json()},
            "403": {
                "right": client_of(viewer).patch(risk, {"title": "Flood"}).json(),
                "scope": only_reads.patch(risk, {"title": "Flood"}).json(),
            },
            "404": {"missing": self.manager.get("/api/v1/risks/1/").json()},
            "409": {"in_use": self.administrator.delete("/api/v1/portfolios/101/").json()},
            "412": {"outdated": self.rename(risk, '"4"').json()},
            "422": {"key": self.post_twice(tasks).json()},
            "428": {"version": self.rename(risk, "").json()},
        }

    def rename(self, address: str, version: str) -> Any:
        """Change a row of which some version was read."""
        return self.manager.patch(address, {"title": "Flood"}, headers={"If-Match": version})

    def post_twice(self, address: str) -> Any:
        """Send two requests with one key."""
        key = {"Idempotency-Key": "6f1d0c52"}
        self.manager.post(address, {**self.requests["tasks"], "wbs": "3"}, headers=key)
        return self.manager.post(address, {**self.requests["tasks"], "wbs": "4"}, headers=key)


def set_first_ids() -> None:
    """Let the ids of new rows begin where the examples do, until the test is rolled back."""
    with connection.cursor() as cursor:
        for model in set(apps.get_models()) - {CalendarDay}:
            first = FIRST_IDS.get(model, 11)
            if isinstance(model._meta.pk, models.AutoField):
                cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [model._meta.db_table])
                cursor.execute(f"ALTER SEQUENCE {cursor.fetchone()[0]} RESTART WITH {first}")


def settled(answers: Any) -> Any:
    """Put fixed moments, digests and request ids in the place of those of now."""
    text = json.dumps(answers)
    for pattern, value in CHANGING:
        text = pattern.sub(value, text)
    return json.loads(text)


def compare(file: Path, answers: Any) -> None:
    """Compare with what the file says, or write it."""
    if os.environ.get("PPM_REWRITE"):
        file.write_text(json.dumps(answers, indent=4) + "\n")
    assert json.loads(file.read_text()) == answers


@pytest.fixture
def story(db: None) -> Story:
    """Return the story, told to its end."""
    return Story(json.loads(EXAMPLES.read_text()))


def test_the_examples_are_what_the_api_answers(story: Story) -> None:
    shown = {
        name: {"request": story.requests.get(name), "response": answer}
        for name, answer in settled(story.answers).items()
    }
    compare(EXAMPLES, shown)


def test_the_refusals_are_what_the_api_answers(story: Story) -> None:
    compare(PROBLEMS, settled(story.refusals()))


def contents(schema: Body) -> list[tuple[str, Body]]:
    """List everything in the description that has a schema and an example."""
    return [
        (f"{method} {path}", content)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        for part in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in part.get("content", {}).values()
    ]


def test_every_operation_has_examples_that_fit(schema: Body) -> None:
    met = 0
    for place, content in contents(schema):
        rule = {"components": schema["components"], **content["schema"]}
        errors = list(Draft202012Validator(rule).iter_errors(content["example"]))
        assert errors == [], place
        met += 1
    assert met > 100


def test_every_refusal_has_examples_that_fit(schema: Body) -> None:
    rule = {"components": schema["components"], "$ref": "#/components/schemas/Problem"}
    for status, examples in json.loads(PROBLEMS.read_text()).items():
        for problem in examples.values():
            assert list(Draft202012Validator(rule).iter_errors(problem)) == []
            assert problem["status"] == int(status)
