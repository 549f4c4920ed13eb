"""The commands of the tutorial, in their order."""

import re
import shlex
from string import Template

from django.http import HttpResponse
from rest_framework.test import APIClient

from ops.processes import ROOT
from ppm.core.models import Role
from tests.api.conftest import client_of
from tests.factories import give_role, make_portfolio, make_user

COMMAND = re.compile(r"^(curl .*?)  # (\d{3})$", re.MULTILINE)
NAMED = {"/api/v1/projects/": "PROJECT", "/api/v1/tasks/": "TASK"}
AUTHORIZATION = "Authorization: Bearer $TOKEN"


def call(client: APIClient, command: str) -> HttpResponse:
    """Do what the command would do."""
    words = shlex.split(command)
    assert words[:3] == ["curl", "-H", AUTHORIZATION]
    if words[3] == "--json":
        return client.post(words[5], words[4], content_type="application/json")
    return client.get(words[3])


def test_the_tutorial_works(db: None) -> None:
    user, portfolio = make_user(), make_portfolio()
    give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
    client = client_of(user)
    values = {"PPM": "", "PORTFOLIO": str(portfolio.pk)}
    commands = COMMAND.findall((ROOT / "docs/api.md").read_text())
    assert len(commands) == (ROOT / "docs/api.md").read_text().count("\ncurl ")
    for command, status in commands:
        answer = call(client, Template(command).safe_substitute(values))
        assert answer.status_code == int(status), (command, answer.content)
        if int(status) == 201:
            row = answer.json()  # type: ignore[attr-defined]
            values.setdefault(NAMED.get(answer.wsgi_request.path, ""), str(row["id"]))  # type: ignore[attr-defined]
