"""Decisions and rights need somebody who has just shown who they are."""

import json
import time
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from rest_framework.test import APIClient

from ppm.core.models import Decision, Role, RoleAssignment, User
from tests.api.conftest import client_of
from tests.factories import (
    PASSWORD,
    give_role,
    make_portfolio,
    make_project,
    make_request,
    make_user,
)
from tests.signin.conftest import code_now, sign_in, with_app

pytestmark = pytest.mark.django_db
REASON = "The board has looked at the figures."


class Case:
    """A request that waits, and who may decide on it."""

    def __init__(self) -> None:
        """Store both."""
        self.portfolio = make_portfolio(status_date=date(2026, 1, 20))
        self.project = make_project(self.portfolio)
        self.manager: User = make_user("marta", is_staff=True)
        give_role(self.manager, self.portfolio, Role.PORTFOLIO_MANAGER)
        self.request = make_request(self.project, recorded_by=make_user())
        self.page = f"/state-requests/{self.request.pk}/answer/"
        self.answer = {"outcome": "approved", "rationale": REASON}


@pytest.fixture
def case(db: None) -> Case:
    """Return one."""
    return Case()


def grow_old(client: Client) -> None:
    """Let the time pass after which somebody is asked again."""
    session = client.session
    records = session["account_authentication_methods"]
    for record in records:
        record["at"] = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - 1
    session["account_authentication_methods"] = records
    session.save()


@pytest.fixture
def stale(client: Client, case: Case) -> Client:
    """Return the manager's browser, in which nobody has signed in for a while."""
    sign_in(client, "marta")
    grow_old(client)
    return client


def test_who_has_just_signed_in_is_not_asked(client: Client, case: Case) -> None:
    sign_in(client, "marta")
    assert client.get(case.page).status_code == 200


def test_a_decision_asks_who_it_is_and_reading_does_not(stale: Client, case: Case) -> None:
    asked = f"/account/confirm/?next={case.page.replace('/', '%2F')}"
    assert stale.get(case.page)["Location"] == asked
    assert stale.get("/decisions/").status_code == 200
    assert stale.get("/").status_code == 200


def test_what_was_sent_is_done_once_it_is_known_who_it_is(stale: Client, case: Case) -> None:
    where = stale.post(case.page, case.answer)["Location"]
    assert not Decision.objects.exists()
    refused = stale.post(where, {"password": "wrong", "next": case.page})
    assert refused.status_code == 200
    assert not Decision.objects.exists()
    done = stale.post(where, {"password": PASSWORD, "next": case.page})
    assert done["Location"] == "/decisions/"
    decision = Decision.objects.get()
    assert decision.rationale == REASON
    assert decision.request_id is not None


def test_who_has_a_second_factor_is_asked_for_it(stale: Client, case: Case) -> None:
    with_app(case.manager)
    where = stale.get(case.page)["Location"]
    assert where.startswith("/account/confirm/code/")
    # Not the password instead.
    assert stale.post("/account/confirm/", {"password": PASSWORD})["Location"] == (
        "/account/confirm/code/"
    )
    assert stale.post(where, {"code": code_now(), "next": case.page}).status_code == 302
    assert stale.get(case.page).status_code == 200


def known_elsewhere(client: Client, user: User) -> None:
    """Let the user have no password; whoever is signed in stays so."""
    session = client.session
    user.set_unusable_password()
    user.save()
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()


def test_whom_only_single_sign_on_knows_signs_in_there_again(stale: Client, case: Case) -> None:
    known_elsewhere(stale, case.manager)
    assert stale.get(case.page)["Location"] == f"/login/?next={case.page}"
    assert "_auth_user_id" not in stale.session


@pytest.mark.parametrize(
    "what", ["app", "app/remove", "codes", "codes/new", "codes/file", "keys/new"]
)
def test_nor_can_he_confirm_by_a_factor_that_an_old_session_adds(
    stale: Client, case: Case, what: str
) -> None:
    known_elsewhere(stale, case.manager)
    page = f"/account/factors/{what}/"
    assert stale.post(page)["Location"] == f"/login/?next={page}"
    assert "_auth_user_id" not in stale.session


def test_nobody_chooses_a_password_past_the_identity_provider(client: Client, case: Case) -> None:
    sign_in(client, "marta")
    known_elsewhere(client, case.manager)
    page = client.get("/account/password/")["Location"]
    new = {"password1": "another correct horse", "password2": "another correct horse"}
    assert (client.get(page).status_code, client.post(page, new).status_code) == (404, 404)
    case.manager.refresh_from_db()
    assert not case.manager.has_usable_password()


@pytest.mark.parametrize(
    "page",
    [
        "/admin/core/roleassignment/add/",
        "/admin/core/apitoken/add/",
        "/admin/core/user/add/",
        "/account/tokens/",
    ],
)
def test_rights_and_tokens_ask_too(page: str, client: Client, db: None) -> None:
    make_user("boss", superuser=True)
    sign_in(client, "boss")
    assert client.get(page).status_code == 200
    grow_old(client)
    assert client.get(page)["Location"].startswith("/account/confirm/")


def test_actions_of_the_governance_site_ask_too(stale: Client, case: Case) -> None:
    form = {"action": "approve", "_selected_action": case.request.pk}
    answer = stale.post("/admin/core/staterequest/", form)
    assert answer["Location"].startswith("/account/confirm/")


def test_a_password_is_never_kept_until_it_is_known_who_it_is(client: Client) -> None:
    boss = make_user("boss", superuser=True)
    sign_in(client, "boss")
    grow_old(client)
    word = "a very secret horse"
    page = f"/admin/core/user/{boss.pk}/password/"
    answer = client.post(page, {"password1": word, "password2": word})
    assert answer["Location"] == f"/account/confirm/?next={page}"
    assert word not in str(dict(client.session))


def post(client: Any, address: str, entry: dict[str, Any]) -> Any:
    """Send JSON."""
    return client.post(address, json.dumps(entry), content_type="application/json")


@pytest.mark.parametrize("is_role", [True, False])
def test_in_the_api_an_old_session_decides_nothing(
    is_role: bool, stale: Client, case: Case
) -> None:
    role = {"component": case.project.pk, "user": case.manager.pk, "role": "viewer"}
    decision = {"state_request": case.request.pk, "rationale": REASON}
    what = ("role-assignments", role) if is_role else ("decisions", decision)
    refused = post(stale, f"/api/v1/{what[0]}/", what[1])
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:ppm:problem:sign-in-again"
    sign_in(stale, "marta")
    stale.post("/account/confirm/", {"password": PASSWORD})
    assert post(stale, f"/api/v1/{what[0]}/", what[1]).status_code == 201


def test_a_token_decides_and_gives_roles_only_with_the_scope_for_it(case: Case) -> None:
    entry = {"state_request": case.request.pk, "rationale": REASON}
    role = {"component": case.project.pk, "user": case.manager.pk, "role": "viewer"}
    plain: APIClient = client_of(case.manager, ("read", "write"))
    assert post(plain, "/api/v1/decisions/", entry).status_code == 403
    assert post(plain, "/api/v1/role-assignments/", role).status_code == 403
    assert plain.get("/api/v1/decisions/").status_code == 200
    assert not Decision.objects.exists()
    assert RoleAssignment.objects.count() == 1
    full: APIClient = client_of(case.manager, ("read", "write", "admin"))
    assert post(full, "/api/v1/decisions/", entry).status_code == 201
    assert post(full, "/api/v1/role-assignments/", role).status_code == 201
