"""What the tests of watching share."""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.request import HTTPErrorProcessor, Request, build_opener

import pytest
from django.db import connection

from ops.processes import Service, Supervisor
from ppm.celery import app
from ppm.core.models import Heart, Heartbeat
from tests.ops.processes import descendants
from tests.proofs.stack import free_port, is_up
from tests.rollup.conftest import quiet_worker

__all__ = ["quiet_worker"]

TOKEN = "a-token-of-prometheus"  # noqa: S105


@pytest.fixture
def well(db: None) -> None:
    """Let every heart have beaten just now."""
    for heart in Heart:
        Heartbeat.objects.beat(heart)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point to a port where nobody listens."""
    monkeypatch.setitem(app.conf, "broker_url", f"redis://127.0.0.1:{free_port()}/0")


class AsItIs(HTTPErrorProcessor):
    """Takes a refusal for an answer."""

    def http_response(self, request: Request, response: Any) -> Any:
        """Return it."""
        return response


@dataclass
class Answer:
    """What the web server said."""

    status: int
    headers: Message
    text: str


@dataclass
class Web:
    """A web server as in production, on the test's database."""

    address: str
    log: Path

    def counts(self) -> set[Path]:
        """Return the folders that its processes count in."""
        maps = (Path(f"/proc/{pid}/maps").read_text() for pid in descendants(os.getpid()))
        return {Path(f).parent for m in maps for f in re.findall(r"/\S*gunicorn-counts-\S*", m)}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return self.ask(Request(self.address + path, headers=dict(headers or {})))  # noqa: S310

    def post(self, path: str, entry: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Send JSON."""
        json_headers = {**headers, "Content-Type": "application/json"}
        body = json.dumps(entry).encode()
        return self.ask(Request(self.address + path, body, json_headers))  # noqa: S310

    def ask(self, request: Request) -> Answer:
        """Send a request."""
        with build_opener(AsItIs).open(request) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    """Run the web server."""
    with running_web(tmp_path / "web.log", broker=app.conf.broker_url) as web:
        yield web


@pytest.fixture
def web_without_broker(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    """Run the web server where no broker is."""
    with running_web(tmp_path / "web.log", broker=f"redis://127.0.0.1:{free_port()}/0") as web:
        yield web


@contextmanager
def running_web(log: Path, *, broker: str, threads: int = 2, **settings: str) -> Iterator[Web]:
    """Run gunicorn with two processes, without DEBUG."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "ppm.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--threads", str(threads), "--preload", "--no-control-socket"]
    environment = {**production(broker=broker), **settings}
    address = f"http://127.0.0.1:{port}"
    with Supervisor() as supervisor:
        supervisor.start(Service("web", command, log, environment))
        supervisor.wait_until(lambda: is_up(address), seconds=60, what="the web server")
        yield Web(address, log)


def production(*, broker: str) -> dict[str, str]:
    """Return settings as in production, for the test's database."""
    database = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    return {
        "DATABASE_URL": f"{database}/{connection.settings_dict['NAME']}",
        "REDIS_URL": broker,
        "DEBUG": "off",
        "PPM_METRICS_TOKEN": TOKEN,
    }
