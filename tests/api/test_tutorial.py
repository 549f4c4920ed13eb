"""The commands of the tutorial, in their order."""

import re
import shlex
from string import Template

from django.http import HttpResponse
from rest_framework.test import APIClient

from ops.processes import ROOT
from ppm.core.api.serializers import FiguresSerializer
from ppm.core.models import Role
from tests.api.conftest import client_of
from tests.factories import give_role, make_portfolio, make_user

COMMAND = re.compile(r"^(curl .*?)  # (\d{3})$", re.MULTILINE)
NAMED = {
    "/api/v1/projects/": "PROJECT",
    "/api/v1/tasks/": "TASK",
    "/api/v1/benefits/": "BENEFIT",
}
AUTHORIZATION = re.compile(r"Authorization: Bearer \$(TOKEN|ADMIN)")


def call(clients: dict[str, APIClient], command: str) -> HttpResponse:
    """Do what the command would do."""
    words = shlex.split(command)
    token = AUTHORIZATION.fullmatch(words[2])
    assert words[:2] == ["curl", "-H"]
    assert token
    client = clients[token[1]]
    if words[3] == "--json":
        return client.post(words[5], words[4], content_type="application/json")
    return client.get(words[3])


def test_the_tutorial_works(db: None) -> None:
    user, portfolio = make_user(), make_portfolio()
    give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
    administrator = client_of(make_user(superuser=True))
    clients = {"TOKEN": client_of(user), "ADMIN": administrator}
    values = {"PPM": "", "PORTFOLIO": str(portfolio.pk)}
    commands = COMMAND.findall((ROOT / "docs/api.md").read_text())
    assert len(commands) == (ROOT / "docs/api.md").read_text().count("\ncurl ")
    for command, status in commands:
        answer = call(clients, Template(command).safe_substitute(values))
        assert answer.status_code == int(status), (command, answer.content)
        if int(status) == 201:
            row = answer.json()  # type: ignore[attr-defined]
            values.setdefault(NAMED.get(answer.wsgi_request.path, ""), str(row["id"]))  # type: ignore[attr-defined]


def test_every_column_of_a_snapshot_is_explained() -> None:
    rows = re.findall(r"^\| (`[^|]*`) \| ", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    explained = [name for row in rows for name in re.findall("`([a-z_]+)`", row)]
    assert sorted(explained) == sorted(FiguresSerializer.Meta.fields)
