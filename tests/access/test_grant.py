"""The command that gives and takes roles."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ppm.core.models import Component, Role, RoleAssignment
from tests.factories import give_role, make_group, make_portfolio, make_project, make_user

pytestmark = pytest.mark.django_db


def grant(*arguments: str) -> str:
    """Run the command as it is typed; return what it says."""
    output = StringIO()
    call_command("grant", *arguments, stdout=output)
    return output.getvalue()


def test_a_role_is_given_once_and_shows_the_component_and_all_below() -> None:
    user = make_user("anna")
    root = make_portfolio(code="005")
    project = make_project(root, "P1")
    make_portfolio(code="006")

    assert grant("anna", "viewer", "005") == "anna is now viewer of 005.\n"
    assert grant("anna", "viewer", "005") == "anna was already viewer of 005.\n"

    assert RoleAssignment.objects.count() == 1
    visible = Component.objects.visible_to(user).values_list("pk", flat=True)
    assert set(visible) == {root.pk, project.pk}


def test_a_group_is_given_a_role_for_its_members() -> None:
    user = make_user("anna")
    make_group(user, name="Finance team")
    make_portfolio(code="005")

    said = grant("--group", "Finance team", "finance", "005")

    assert said == "Finance team is now finance of 005.\n"
    assert Component.objects.visible_to(user).count() == 1


def test_a_role_is_taken_back_and_only_that_one() -> None:
    user = make_user("anna")
    root = make_portfolio(code="005")
    kept = [
        give_role(user, root, Role.FINANCE),
        give_role(make_user("bert"), root, Role.VIEWER),
        give_role(make_group(user, name="anna"), root, Role.VIEWER),
        give_role(user, make_portfolio(code="006"), Role.VIEWER),
    ]
    give_role(user, root, Role.VIEWER)

    assert grant("anna", "viewer", "005", "--revoke") == "anna is no longer viewer of 005.\n"
    assert grant("anna", "viewer", "005", "--revoke") == "anna was not viewer of 005.\n"

    assert set(RoleAssignment.objects.all()) == set(kept)


def test_a_role_has_a_last_day_and_is_given_another_one() -> None:
    make_user("anna")
    make_portfolio(code="005", time_zone="Europe/Vienna")

    def given(*options: str) -> tuple[str, list[datetime | None]]:
        said = grant("anna", "viewer", "005", *options)
        return said, list(RoleAssignment.objects.values_list("expires_at", flat=True))

    june, may = (datetime(2059, month, 1, 22, tzinfo=UTC) for month in (6, 5))
    by_june, by_may = ("--until", "2059-06-01"), ("--until", "2059-05-01")
    assert given(*by_june) == ("anna is now viewer of 005 until 2059-06-01.\n", [june])
    assert given(*by_june) == ("anna was already viewer of 005 until 2059-06-01.\n", [june])
    assert given(*by_may) == ("anna is now viewer of 005 until 2059-05-01.\n", [may])
    assert given() == ("anna is now viewer of 005.\n", [None])
    with pytest.raises(CommandError, match="2026-01-01 is over: a role must end later than now"):
        given("--until", "2026-01-01")
    assert given() == ("anna was already viewer of 005.\n", [None])
    RoleAssignment.objects.update(expires_at=may)
    assert given("--revoke") == ("anna is no longer viewer of 005.\n", [])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bert", "viewer", "005"], "There is no user “bert”."),
        (["anna", "owner", "005"], "There is no role “owner”, only viewer, contributor, "),
        (["anna", "viewer", "007"], "There is no component “007”."),
        (["--group", "anna", "viewer", "005"], "There is no group “anna”."),
    ],
)
def test_what_is_not_there_is_named(arguments: list[str], sentence: str) -> None:
    make_user("anna")
    make_portfolio(code="005")

    with pytest.raises(CommandError, match=sentence):
        grant(*arguments)

    assert not RoleAssignment.objects.exists()
