"""`manage seed_demo`, and when nothing is made."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from portfolios.demo import logins, seed
from ppm.core.models import Component, DayTurn, Snapshot, User
from tests.demo.conftest import NOW, TODAY
from tests.factories import make_portfolio, make_user

pytestmark = pytest.mark.django_db


def test_a_database_with_components_is_left_alone() -> None:
    make_portfolio()
    assert not seed(now=NOW, as_of=TODAY)
    assert Component.objects.count() == 1
    assert logins() == []


def test_the_command_prints_the_logins_and_can_be_repeated() -> None:
    make_user("admin", email="admin@example.com")

    answers = [run("--json"), run("--json")]

    assert answers[0] == answers[1]
    parsed = json.loads(answers[0])
    assert {"username", "password", "role"} == set(parsed[0])
    assert parsed[0]["role"] == "portfolio manager"
    assert run("--as-of", "2026-05-11").split()[0] == parsed[0]["username"]
    _is_about_today()
    _leaves_a_user_of_the_same_name_alone()


def _is_about_today() -> None:
    """Without a date the figures go with the days."""
    assert set(Component.objects.roots().values_list("status_date", flat=True)) == {None}
    newest = Snapshot.objects.filter(component__code="DIGITAL").latest("as_of")
    assert newest.as_of == DayTurn.objects.get(root__code="DIGITAL").as_of


def _leaves_a_user_of_the_same_name_alone() -> None:
    assert "admin" not in {login.username for login in logins()}
    assert not Client().login(username="admin", password="ppm-demo")
    assert not User.objects.get(username="admin").is_superuser


def run(*arguments: str) -> str:
    """Run the command and return what it prints."""
    output = StringIO()
    call_command("seed_demo", *arguments, stdout=output)
    return output.getvalue()
