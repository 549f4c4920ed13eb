"""The demo that `manage seed_demo` makes."""

import json
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from portfolios.demo import logins, seed
from portfolios.rollup import audit
from ppm.core.models import Component, Health, Kind, Role, RoleAssignment, Snapshot, State, User
from tests.factories import make_portfolio, make_user

pytestmark = pytest.mark.django_db

TODAY = date(2026, 5, 11)
NOW = datetime(2026, 5, 11, 12, tzinfo=UTC)


def test_it_has_something_of_everything() -> None:
    seed(now=NOW, as_of=TODAY)
    kinds = list(Component.objects.values_list("kind", flat=True))
    counts = {kind: kinds.count(kind) for kind in Kind}
    assert counts == {Kind.PORTFOLIO: 1, Kind.PROGRAM: 2, Kind.PROJECT: 6}
    states = set(Component.objects.filter(kind=Kind.PROJECT).values_list("state", flat=True))
    assert states == {State.EXECUTING, State.ON_HOLD, State.CLOSED, State.PROPOSAL}


def test_its_figures_are_rolled_up() -> None:
    seed(now=NOW, as_of=TODAY)
    healths = dict(Snapshot.objects.values_list("component__code", "health"))
    assert healths["METERS"] == Health.GREEN
    assert healths["PORTAL"] == Health.AMBER
    assert healths["DATA"] == Health.UNKNOWN
    assert healths["LAB"] == Health.DONE
    assert Snapshot.objects.get(component__code="PORTAL").computed_health == Health.RED
    assert Snapshot.objects.get(component__code="DIGITAL").roi is not None
    assert audit(now=NOW) == (9, [])


def test_at_a_given_date_the_clock_says_nothing() -> None:
    assert figures(NOW) == figures(datetime(2031, 1, 1, tzinfo=UTC))


def figures(now: datetime) -> list[tuple[Any, ...]]:
    """Make the demo, read its figures, and undo it."""
    columns = ("component__code", "as_of", "bac", "pv", "ev", "ac", "eac", "health")
    with transaction.atomic():
        seed(now=now, as_of=TODAY)
        rows = list(Snapshot.objects.order_by("component__code").values_list(*columns))
        transaction.set_rollback(True)
    return rows


def test_without_a_date_it_goes_with_the_days() -> None:
    seed(now=NOW, as_of=None)
    assert Component.objects.get(code="DIGITAL").status_date is None
    assert set(Snapshot.objects.values_list("as_of", flat=True)) == {TODAY}


def test_each_role_can_log_in() -> None:
    seed(now=NOW, as_of=TODAY)
    assert {login.role for login in logins()} == {
        *(role.label.lower() for role in Role),
        "administrator",
    }
    for login in logins():
        assert Client().login(username=login.username, password=login.password), login
        user = User.objects.get(username=login.username)
        assert Component.objects.visible_to(user).count() == 9
    roles = RoleAssignment.objects.filter(component__code="DIGITAL")
    assert set(roles.values_list("role", flat=True)) == set(Role)


def test_a_database_with_components_is_left_alone() -> None:
    make_portfolio()
    assert not seed(now=NOW, as_of=TODAY)
    assert Component.objects.count() == 1
    assert logins() == []


def test_a_user_of_the_same_name_keeps_their_password() -> None:
    make_user("admin", email="admin@example.com")
    seed(now=NOW, as_of=TODAY)
    assert "admin" not in {login.username for login in logins()}
    assert not Client().login(username="admin", password="ppm-demo")


def test_the_command_prints_the_logins_and_can_be_repeated() -> None:
    answers = [run("--json"), run("--json")]
    assert answers[0] == answers[1]
    parsed = json.loads(answers[0])
    assert {"username", "password", "role"} == set(parsed[0])
    assert parsed[0]["role"] == "portfolio manager"
    assert run("--as-of", "2026-05-11").split()[0] == parsed[0]["username"]


def run(*arguments: str) -> str:
    """Run the command and return what it prints."""
    output = StringIO()
    call_command("seed_demo", *arguments, stdout=output)
    return output.getvalue()
