"""The commands of the tutorial, in their order, and its tables.

With `PPM_REWRITE=1` the tables of filters are written instead of compared.
"""

import os
import re
import shlex
from string import Template

from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.test import APIClient

from ops.processes import ROOT
from portfolios.tasks import WORK
from ppm.core.api.serializers import FiguresSerializer
from ppm.core.jobs import do_next
from ppm.core.models import Role
from tests.api.conftest import client_of
from tests.api.filter_tables import tables
from tests.factories import give_role, make_portfolio, make_user

TUTORIAL = ROOT / "docs/api.md"
FILE = re.compile(r"^printf '(.*)' > (\S+)$", re.MULTILINE)
COMMAND = re.compile(r"^(curl .*?)  # (\d{3})$", re.MULTILINE)
NAMED = {
    "/api/v1/projects/": "PROJECT",
    "/api/v1/tasks/": "TASK",
    "/api/v1/benefits/": "BENEFIT",
    "/api/v1/objectives/": "OBJECTIVE",
    "/api/v1/risks/": "RISK",
    "/api/v1/status-reports/": "REPORT",
    "/api/v1/state-requests/": "REQUEST",
    "/api/v1/exports/": "JOB",
    "/api/v1/imports/": "IMPORT",
}
TABLES = re.compile(r"(?<=<!-- filters -->\n).*(?=\n<!-- /filters -->)", re.DOTALL)
AUTHORIZATION = re.compile(r"Authorization: Bearer \$(TOKEN|ADMIN)")


def call(clients: dict[str, APIClient], command: str) -> HttpResponse:
    """Do what the command would do."""
    curl, option, authorization, *rest, address = shlex.split(command)
    token = AUTHORIZATION.fullmatch(authorization)
    assert (curl, option) == ("curl", "-H")
    assert token
    client, headers = clients[token[1]], {}
    if rest[:1] == ["-H"]:
        name, headers[name] = rest[1].split(": ")
        rest = rest[2:]
    if not rest or rest[0] == "-o":
        return client.get(address)
    if "-F" in rest:
        return client.post(address, form(rest), format="multipart")
    if rest == ["-X", "POST"]:
        return client.post(address)
    *method, option, body = rest
    assert (method, option) in (([], "--json"), (["-X", "PATCH"], "--json"))
    send = client.patch if method else client.post
    return send(address, body, content_type="application/json", headers=headers)


def form(options: list[str]) -> dict[str, object]:
    """Read the fields of a form; the files are those that the page has written before."""
    files = {name: text.replace("\\n", "\n") for text, name in FILE.findall(TUTORIAL.read_text())}
    fields = (field.split("=", 1) for field in options if field != "-F")
    return {
        name: ContentFile(files[value[1:]].encode(), value[1:]) if value[0] == "@" else value
        for name, value in fields
    }


def test_the_tutorial_works(db: None) -> None:
    user, portfolio = make_user(), make_portfolio()
    give_role(user, portfolio, Role.PORTFOLIO_MANAGER)
    administrator = client_of(make_user(superuser=True))
    clients = {"TOKEN": client_of(user), "ADMIN": administrator}
    for client in clients.values():
        client.defaults.pop("HTTP_IF_MATCH")
    colleague = make_user(first_name="Ada")
    values = {
        "PPM": "",
        "PORTFOLIO": str(portfolio.pk),
        "CODE": portfolio.code,
        "COLLEAGUE": str(colleague.pk),
    }
    commands = COMMAND.findall(TUTORIAL.read_text())
    assert len(commands) == TUTORIAL.read_text().count("\ncurl ")
    for command, status in commands:
        answer = call(clients, Template(command).safe_substitute(values))
        assert answer.status_code == int(status), (command, answer.content)
        if int(status) == 202:
            do_next(WORK, clock=timezone.now)
        if int(status) in (201, 202):
            row = answer.json()  # type: ignore[attr-defined]
            values.setdefault(NAMED.get(answer.wsgi_request.path, ""), str(row["id"]))  # type: ignore[attr-defined]


def test_every_column_of_a_snapshot_is_explained() -> None:
    _, _, rest = TUTORIAL.read_text().partition("### The columns of a snapshot")
    table, _, _ = rest.partition("\n## ")
    rows = re.findall(r"^\| (`[^|]*`) \| ", table, re.MULTILINE)
    explained = [name for row in rows for name in re.findall("`([a-z_]+)`", row)]
    assert sorted(explained) == sorted(FiguresSerializer.Meta.fields)


def test_the_tables_name_every_resource_and_filter() -> None:
    if os.environ.get("PPM_REWRITE"):
        text = TUTORIAL.read_text()
        TUTORIAL.write_text(TABLES.sub(lambda _: tables(), text))
    [written] = TABLES.findall(TUTORIAL.read_text())
    assert written == tables()
