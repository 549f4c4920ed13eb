"""What is sent to the API: ids, dates, names of fields, and bodies that are no sound JSON."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from rest_framework.test import APIClient

from ppm.core.models import Component, CostEntry, Risk
from ppm.wsgi import application
from projects.models import Project
from tests.api.resources import RESOURCES
from tests.factories import START
from tests.rows import World

DAY = START.isoformat()
JSON = "application/json"


def errors_of(answer: Any) -> dict[str, str]:
    """Return what was refused, by pointer."""
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    "written",
    [
        "{pk}.0",
        "{pk}.5",
        "true",
        "false",
        "[{pk}]",
        '{{"id": {pk}}}',
        '"{pk}.0"',
        '" {pk}"',
        '"\\u0661"',
        '"{pk}\\u0000"',
        "1e9",
    ],
)
def test_an_id_is_a_whole_number(written: str, world: World, owner: APIClient) -> None:
    # The component with id 1 exists: nothing may be taken for it.
    if not Component.objects.filter(pk=1).exists():
        Project.objects.create(pk=1, code="ONE", name="One", state="idea", parent=world.program)
    body = f'{{"title": "Rain", "component": {written.format(pk=1)}}}'
    answer = owner.post("/api/v1/risks/", body, content_type=JSON)
    assert errors_of(answer) == {"#/component": "Write the id as a whole number."}
    risk = f"/api/v1/risks/{world.risk.pk}/"
    body = f'{{"component": {written.format(pk=world.risk.component_id)}}}'
    answer = owner.patch(risk, body, content_type=JSON)
    assert list(errors_of(answer)) == ["#/component"]
    assert Risk.objects.count() == 1


@pytest.mark.parametrize("written", ["-1", "0", str(10**30), '"999999999999999999"'])
@pytest.mark.parametrize(
    ("name", "reference", "word"),
    [("risks", "component", "component"), ("tasks", "project", "project")],
)
def test_an_id_of_nothing(
    name: str, reference: str, word: str, written: str, world: World, owner: APIClient
) -> None:
    body = f'{{"{reference}": {written}}}'
    answer = owner.post(f"/api/v1/{name}/", body, content_type=JSON)
    assert errors_of(answer)[f"#/{reference}"] == f"There is no such {word}."


def test_an_id_may_be_written_as_digits(world: World, owner: APIClient) -> None:
    body = {"component": str(world.project.pk), "title": "Rain"}
    assert owner.post("/api/v1/risks/", body).json()["component"] == world.project.pk


@pytest.mark.parametrize(
    "written",
    [
        "NaN",
        "-Infinity",
        "1e400",
        '"\\ud800"',
        '{"\\udfff": 1}',
        "[" * 200_000,
        '{"a":' * 200_000,
        "9" * 5_000,
        "\xff",
        "",
    ],
)
@pytest.mark.parametrize("name", ["component", "title", "owner", "description", "nothing"])
def test_a_body_that_is_no_sound_json(
    name: str, written: str, world: World, owner: APIClient
) -> None:
    body = f'{{"component": {world.project.pk}, "title": "Rain", "{name}": {written}}}'
    answer = owner.post("/api/v1/risks/", body.encode("latin-1"), content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:ppm:problem:parse-error"
    assert Risk.objects.count() == 1


def test_text_of_any_script_is_kept(world: World, owner: APIClient) -> None:
    title = "Überschwemmung 洪水 \U0001f30a"
    body = {"component": world.project.pk, "title": title}
    assert owner.post("/api/v1/risks/", body).json()["title"] == title


@pytest.mark.parametrize("name", ["bugdet", "a/b", "a.b", "m~n", r"\q"])
def test_a_field_that_there_is_not(name: str, world: World, owner: APIClient) -> None:
    body = {"component": world.project.pk, "date": DAY, "estimate_to_complete": "1", name: "5"}
    pointer = "#/" + name.replace("~", "~0").replace("/", "~1")
    answer = owner.post("/api/v1/estimates/", body)
    assert errors_of(answer) == {pointer: "There is no such field."}
    assert answer.json()["errors"][0]["code"] == "unknown_field"
    answer = owner.post("/api/v1/baselines/", {"project": world.neighbour.pk, name: 1})
    assert errors_of(answer) == {pointer: "There is no such field."}
    answer = owner.patch(f"/api/v1/projects/{world.project.pk}/", {name: 1, "budget": "x"})
    assert set(errors_of(answer)) == {pointer, "#/budget"}


def test_a_field_that_is_only_read_may_be_sent(world: World, owner: APIClient) -> None:
    body = {"component": world.project.pk, "date": DAY, "amount": "1", "id": 7, "recorded_at": 0}
    added = owner.post("/api/v1/costs/", body).json()
    assert added["id"] == CostEntry.objects.get().pk
    assert added["recorded_at"] != 0


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        *(("calendars", "name", value) for value in (0, True, ["Night"])),
        *(("calendars", "minutes_per_day", value) for value in ("600", True, 600.5)),
        *(("tasks", "is_key", value) for value in ("yes", "true", 1)),
        *(("changes", "owner", value) for value in ("", 8.5)),
        *(("projects", "budget", value) for value in ("", " ")),
        *(("costs", "amount", value) for value in (" 5 ", "1e2", "+5", "\u0665", True, "")),
    ],
)
def test_a_value_of_another_kind_is_refused(
    name: str, field: str, value: object, world: World, administrator: APIClient
) -> None:
    body = {**RESOURCES[name].body(world), field: value}
    assert list(errors_of(administrator.post(f"/api/v1/{name}/", body))) == [f"#/{field}"]


@pytest.mark.parametrize("amount", ["5", 5, 5.25, "5.2500", ".5", "5.", "-5"])
def test_an_amount_is_written_as_text_or_as_a_number(
    amount: object, world: World, owner: APIClient
) -> None:
    body = {"component": world.project.pk, "date": DAY, "amount": amount}
    added = owner.post("/api/v1/costs/", body).json()
    assert Decimal(added["amount"]) == Decimal(str(amount))


@pytest.mark.parametrize("day", ["2026-W01-1", "20260105", "2026-1-5", "2026-01-05T00:00", 5])
def test_a_date_is_written_in_one_way(day: object, world: World, owner: APIClient) -> None:
    body = {"component": world.project.pk, "date": day, "amount": "1"}
    assert list(errors_of(owner.post("/api/v1/costs/", body))) == ["#/date"]


def test_a_field_that_is_missing_is_named(world: World, owner: APIClient) -> None:
    body = {"code": "J5", "name": "Five", "parent": world.program.pk}
    answer = owner.post("/api/v1/projects/", body)
    assert errors_of(answer) == {"#/state": "state: this field is required."}
    assert answer.json()["detail"] == "state: this field is required."
    answer = owner.patch(f"/api/v1/projects/{world.project.pk}/", {"name": None})
    assert errors_of(answer) == {"#/name": "name: this field may not be null."}


@pytest.fixture
def open_database(db: None) -> Iterator[None]:
    """Leave the connection open after a request: the test's transaction is in it."""
    ends = [request_started, request_finished]
    for end in ends:
        end.disconnect(close_old_connections)
    yield
    for end in ends:
        end.connect(close_old_connections)


def ask(path: str, charset: str, method: str) -> tuple[str, dict[str, str], bytes]:
    """Ask the WSGI application itself; the test client reads charsets before it could."""
    answered: list[tuple[str, dict[str, str]]] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "next=/",
        "CONTENT_TYPE": f"text/plain; charset={charset}",
        "SERVER_NAME": "localhost",
    }
    setup_testing_defaults(environ)

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], None]:
        answered.append((status, dict(headers)))
        return lambda _: None

    body = b"".join(application(environ, start))
    return *answered[0], body


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "utf-16", "rot13", "no-such"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_charset_that_is_not_read(charset: str, method: str, open_database: None) -> None:
    status, headers, _page = ask("/login/", charset, method)
    assert status == "400 Bad Request"
    assert headers["Content-Type"].startswith("text/html")
    status, headers, body = ask("/api/v1/risks/", charset, method)
    assert status == "400 Bad Request"
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["request_id"] == headers["X-Request-ID"]
    assert json.loads(body)["detail"] == "Write the request in UTF-8."


def test_a_charset_that_is_not_said(open_database: None) -> None:
    assert ask("/api/v1/", "", "GET")[0] == "200 OK"


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii"])
def test_a_charset_that_is_read(charset: str, world: World, owner: APIClient) -> None:
    body = f'{{"component": {world.project.pk}, "title": "Rain"}}'
    kind = f"{JSON}; charset={charset}"
    assert owner.post("/api/v1/risks/", body, content_type=kind).status_code == 201
