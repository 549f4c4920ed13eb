"""What `docker-compose.yml` does with its two database roles, by its own words, without Docker."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request

import pytest
import yaml
from django.db import ProgrammingError, connection, connections
from django.test import override_settings

from ops.processes import ROOT
from ppm.core.models import CostEntry, Role
from tests.factories import PASSWORD, give_role, make_project, make_user
from tests.proofs.stack import free_port
from tests.watching.conftest import production, running_web

SECRET = "of the application"  # noqa: S105
TOKEN = "c" * 32
SLOW = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


@pytest.fixture
def services() -> dict[str, Any]:
    """Read the services of the file."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return read


@pytest.fixture
def application(services: dict[str, Any], transactional_db: None) -> Iterator[str]:
    """Migrate as the owner, as the file does; return the `DATABASE_URL` of the application."""
    role = services["web"]["environment"]["DATABASE_URL"].split("//")[1].split(":")[0]
    settings = production(broker="redis://127.0.0.1:1/0")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(  # noqa: S603
        services["migrate"]["command"],
        env={**os.environ, **settings, "PATH": path, "PPM_APPLICATION_PASSWORD": SECRET},
        cwd=ROOT,
        check=True,
    )
    place = settings["DATABASE_URL"].rpartition("@")[2]
    yield f"postgres://{role}:{SECRET.replace(' ', '%20')}@{place}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_who_signs_in_adds_facts_and_the_application_cannot_change_them(
    application: str, tmp_path: Path
) -> None:
    with override_settings(PASSWORD_HASHERS=SLOW):
        ines, project = make_user("ines"), make_project()
    give_role(ines, project, Role.PROJECT_MANAGER)
    broker = f"redis://127.0.0.1:{free_port()}/0"
    form = {"username": "ines", "password": PASSWORD, "csrfmiddlewaretoken": TOKEN}
    cookie = {"Cookie": f"csrftoken={TOKEN}"}
    cost = {"component": project.pk, "date": "2026-02-13", "amount": "7"}
    with running_web(tmp_path / "log", broker=broker, DATABASE_URL=application) as web:
        body = urlencode(form).encode()
        let_in = web.ask(Request(f"{web.address}/login/", body, cookie))  # noqa: S310
        assert let_in.status == HTTPStatus.FOUND, let_in.text
        kept = [line.split(";")[0] for line in let_in.headers.get_all("Set-Cookie") or []]
        signed_in = {"Cookie": "; ".join(kept), "X-CSRFToken": _value(kept, "csrftoken")}
        added = web.post("/api/v1/costs/", cost, signed_in)
    assert added.status == HTTPStatus.CREATED, added.text
    assert CostEntry.objects.get().recorded_by == ines
    _is_kept(json.loads(added.text)["id"])


def _value(cookies: list[str], name: str) -> str:
    return next(c.partition("=")[2] for c in cookies if c.startswith(f"{name}="))


def _is_kept(cost: int) -> None:
    """Try to change the fact as the application."""
    logged_in = connections.create_connection("default")
    logged_in.settings_dict = {
        **logged_in.settings_dict,
        "USER": "application",
        "PASSWORD": SECRET,
    }
    with logged_in.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("UPDATE core_costentry SET amount = 0 WHERE id = %s", [cost])
    logged_in.close()
