"""Log lines: one an event, machines can read them, and they say which request it was."""

import json
import logging
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from ops.processes import Service, Supervisor
from ppm.celery import app
from ppm.core import logs
from ppm.core.models import ApiToken
from tests.conftest import wait_until
from tests.factories import make_portfolio, make_project, make_user
from tests.watching.conftest import Web, production

SECRET = "canary-7391"  # noqa: S105


def lines(log: Path) -> list[dict[str, Any]]:
    """Read all lines; each must be JSON."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def of_request(log: Path, request_id: str) -> list[dict[str, Any]]:
    """Return the lines that name the request, once gunicorn has written the last."""
    found: list[dict[str, Any]] = []

    def is_answered() -> bool:
        found[:] = [line for line in lines(log) if line.get("request_id") == request_id]
        return any(line["event"] == "answered" for line in found)

    wait_until(is_answered, seconds=5, what="the line about the answer")
    return found


def test_every_line_of_the_web_server_is_json_and_names_request_and_user(web: Web) -> None:
    user = make_user("ines", superuser=True)
    token = ApiToken.issue(user, scopes=["read"])
    bearer = {"Authorization": f"Bearer {token}"}
    answer = web.get(f"/api/v1/projects/?search={SECRET}", bearer)
    [line] = of_request(web.log, answer.headers["X-Request-ID"])
    assert line["logger"] == "gunicorn.access"
    assert line["view"] == "api:projects-list"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/projects/", 200)
    assert line["user_id"] == user.pk
    assert 0 < line["seconds"] < 10
    text = web.log.read_text()
    assert SECRET not in text
    assert token not in text
    assert "ines" not in text
    assert "127.0.0.1" not in " ".join(map(str, line.values()))


def test_what_django_says_of_an_answer_names_the_request_too(web: Web) -> None:
    refused = web.get("/api/v1/projects/")
    assert refused.status == 401
    told, _ = of_request(web.log, refused.headers["X-Request-ID"])
    assert (told["logger"], told["level"]) == ("django.request", "warning")
    assert "user_id" not in told


def test_a_task_inherits_the_id_of_the_request_that_asked_for_it(quiet_worker: Path) -> None:
    project = make_project(make_portfolio(status_date=date(2026, 1, 20)))
    client = Client()
    client.force_login(make_user(superuser=True))
    entry = {"component": project.pk, "date": "2026-01-01", "amount": "5", "kind": "actual"}
    answer = client.post(
        "/api/v1/costs/", {**entry, "expense": "opex"}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    request_id = answer["X-Request-ID"]

    def rolled_up() -> list[str]:
        told = quiet_worker.read_text().splitlines()
        return [line for line in told if "rolled up" in line and request_id in line]

    wait_until(lambda: bool(rolled_up()), seconds=20, what=quiet_worker)
    [line] = rolled_up()
    assert f"tree={project.path[0]} " in f"{line} "
    assert "task=portfolios.tasks.sweep" in line
    for said in (r"components=\d+", r"snapshots=\d+", r"seconds=[\d.]+"):
        assert re.search(said, line)


def test_every_line_of_worker_and_beat_is_json(transactional_db: None, tmp_path: Path) -> None:
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "ppm"]
    worker, beat = tmp_path / "worker.log", tmp_path / "beat.log"
    # The warning that one is root comes before anything is set up; in the image nobody is.
    environment = {**production(broker=app.conf.broker_url), "PYTHONWARNINGS": "ignore"}
    with Supervisor() as supervisor:
        command = [*celery, "worker", "--queues", "nothing", "--concurrency", "1"]
        supervisor.start(Service("worker", command, worker, environment))
        command = [*celery, "beat", "--schedule", str(tmp_path / "schedule")]
        supervisor.start(Service("beat", command, beat, environment))
        wait_until(
            lambda: " ready." in worker.read_text() and "Starting..." in beat.read_text(),
            seconds=30,
            what=(worker, beat),
        )
        # Looked at before the end, which the worker says in plain words.
        assert "celery.apps.worker" in {line["logger"] for line in lines(worker)}
        assert "celery.beat" in {line["logger"] for line in lines(beat)}


def test_the_next_task_forgets_the_request() -> None:
    logs.within_task("portfolios.tasks.sweep", "1", "id-of-the-first")
    assert logs.current_request_id() == "id-of-the-first"
    logs.within_task("portfolios.tasks.sweep", "2", None)
    assert logs.current_request_id() is None
    logs.after_task()


@pytest.mark.parametrize("is_readable", [True, False])
def test_a_traceback_shows_no_values(is_readable: bool) -> None:
    line = logs.configure(is_readable=is_readable)["formatters"]["line"]
    formatter = line.pop("()")(**line)
    try:
        fail(SECRET)
    except ValueError as error:
        how = (type(error), error, error.__traceback__)
    text = formatter.format(logging.LogRecord("ppm", logging.ERROR, "", 1, "failed", None, how))
    assert "ValueError: no" in text
    assert "in fail" in text
    assert SECRET not in text


def fail(password: str) -> None:
    """Fail with a secret at hand."""
    raise ValueError("no" if password else "")


def test_a_line_without_a_request_says_so_by_silence() -> None:
    formatter = logs.configure(is_readable=False)["formatters"]["line"]
    told = formatter.pop("()")(**formatter).format(
        logging.LogRecord("ppm", logging.INFO, "", 1, "a word: %s", ("said",), None)
    )
    line = json.loads(told)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "a word: said", "logger": "ppm", "level": "info"}


def test_the_log_is_for_people_where_django_is_in_debug() -> None:
    processors = settings.LOGGING["formatters"]["line"]["processors"]
    assert "ConsoleRenderer" in str(processors[-1])
