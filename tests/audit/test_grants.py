"""The application's own database role can add to what is recorded, and cannot change it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, connections
from django.test import Client

from portfolios.deciding import Actor, answer
from portfolios.rollup import roll_up_tree
from ppm.core.auditing.grants import grant_application, only_added
from ppm.core.loading import load_components, load_facts, refresh_statistics
from ppm.core.models import (
    AuditEvent,
    Component,
    CostEntry,
    Decision,
    Estimate,
    Fact,
    Outcome,
)
from projects.models import Project
from tests.factories import FINISH, make_cost, make_request, make_user
from tests.pages.conftest import NOW, Organisation, make_organisation, signed_in
from tests.rows import ROWS, World

PASSWORD = "application"  # noqa: S105
DENIED = "permission denied|must be owner"


def role_name() -> str:
    """Name the role after the database: roles are the server's, and tests run side by side."""
    return f"app_of_{connection.settings_dict['NAME']}"


@pytest.fixture
def application(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Log in as the role that the command has made; return the connection."""
    monkeypatch.setenv("PPM_APPLICATION_PASSWORD", PASSWORD)
    call_command("grant_application", role_name())
    logged_in = connections.create_connection("default")
    logged_in.settings_dict = {
        **logged_in.settings_dict,
        "USER": role_name(),
        "PASSWORD": PASSWORD,
    }
    yield logged_in
    logged_in.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {role_name()}; DROP ROLE {role_name()}")


def test_facts_and_audit_events_are_all_that_is_only_added() -> None:
    facts = {model._meta.db_table for model in ROWS if issubclass(model, Fact)}
    assert set(only_added()) == facts | {"core_auditevent", "core_auditseal"}


def test_the_application_reads_and_adds_but_changes_nothing_recorded(application: Any) -> None:
    World()
    with application.cursor() as cursor:
        for table in only_added():
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            for attempt in (
                f"UPDATE {table} SET {column_of(table)} = {column_of(table)}",  # noqa: S608
                f"DELETE FROM {table}",  # noqa: S608
                f"TRUNCATE {table}",
                f"ALTER TABLE {table} DISABLE TRIGGER ALL",
                f"DROP TABLE {table}",
            ):
                with pytest.raises(ProgrammingError, match=DENIED):
                    cursor.execute(attempt)
        for attempt in (
            "SET session_replication_role = replica",
            "CREATE OR REPLACE FUNCTION core_record_changes() RETURNS trigger "
            "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "ALTER TABLE projects_task DISABLE TRIGGER ALL",
            "TRUNCATE core_snapshot",
            "DELETE FROM django_migrations",
        ):
            with pytest.raises(ProgrammingError, match=DENIED):
                cursor.execute(attempt)
        cursor.execute("UPDATE core_component SET name = 'Renamed by hand'")
    event = AuditEvent.objects.filter(operation="update").order_by("-pk")[0]
    assert event.database_role == role_name()
    assert event.actor_id is None


def column_of(table: str) -> str:
    """Name a column of the table."""
    return "digest" if table == "core_auditseal" else "id"


@pytest.fixture
def restricted(db: None) -> Iterator[Organisation]:
    """Return the organisation, in a connection that has the rights of the application only."""
    organisation = make_organisation()
    grant_application(role_name(), password=None)
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {role_name()}")
    yield organisation
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_the_product_works_with_these_rights(restricted: Organisation) -> None:
    organisation = restricted
    assert roll_up_tree(organisation.portfolio.pk, now=NOW) is not None
    manager: Client = signed_in(organisation.owner)
    entry = make_cost(organisation.late)
    reversal = manager.post(f"/cost-entries/{entry.pk}/reverse/", {"date": "2026-02-13"})
    assert reversal.status_code == 302
    assert CostEntry.objects.filter(amount=-entry.amount).exists()
    made = load_components(
        Project, [(1, {"code": "NEW", "name": "New", "parent": "HOME", "state": "executing"})]
    )
    assert made.errors == []
    (new,) = made.created
    said = {"component_id": new, "date": FINISH, "estimate_to_complete": Decimal(1)}
    load_facts(Estimate, "component_id", [(1, said)], request_id=uuid4())
    refresh_statistics([Project, Estimate])
    assert Estimate.objects.filter(component=new).exists()
    Component.objects.get(code="NEW").move_to(organisation.program)
    asked = make_request(organisation.late, recorded_by=make_user())
    answer(
        asked,
        Outcome.REJECTED,
        by=Actor(organisation.owner, NOW),
        rationale="It is to be finished first.",
    )
    assert Decision.objects.filter(state_request=asked).exists()


def test_a_mighty_role_is_no_role_for_the_application(db: None) -> None:
    owner = connection.settings_dict["USER"]
    with pytest.raises(CommandError, match="take another role"):
        call_command("grant_application", owner)
