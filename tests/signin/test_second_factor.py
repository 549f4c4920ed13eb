"""Codes of an app, and recovery codes: asked for, counted, and each good for one time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client, override_settings

from tests.factories import make_user
from tests.signin.conftest import SECRET, WRONG, code_now, is_signed_in, sign_in, with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines(client: Client) -> list[str]:
    """Give Ines an app, have her give the password, and return her recovery codes."""
    codes = with_app(make_user("ines"))
    assert sign_in(client, "ines")["Location"] == "/login/code/"
    return codes


def another() -> Client:
    """Give the password in another browser."""
    client = Client()
    sign_in(client, "ines")
    return client


def send(client: Client, code: str) -> int:
    """Send a code; return the status."""
    # Every process has a cache of its own: what one remembers, the next one does not.
    cache.clear()
    return client.post("/login/code/", {"code": code}).status_code


def test_the_password_alone_opens_nothing(client: Client, ines: list[str]) -> None:
    assert not is_signed_in(client)
    assert client.get("/")["Location"] == "/login/?next=/"
    assert send(client, "123456") == 200
    assert not is_signed_in(client)


def test_a_code_opens_what_the_password_began(client: Client, ines: list[str]) -> None:
    assert send(client, code_now()) == 302
    assert is_signed_in(client)


def test_a_wrong_password_never_comes_to_the_code(client: Client) -> None:
    with_app(make_user("ines"))
    assert sign_in(client, "ines", WRONG).status_code == 200
    assert send(client, code_now()) == 302
    assert not is_signed_in(client)


@pytest.mark.parametrize("sign", ["", " ", "-", "."])
def test_a_code_that_was_seen_is_worth_nothing(client: Client, ines: list[str], sign: str) -> None:
    code = code_now()
    assert send(client, code) == 302
    thief = another()
    assert send(thief, sign.join(code)) == 200
    assert not is_signed_in(thief)


def test_a_code_may_be_half_a_minute_old_and_no_older(client: Client, ines: list[str]) -> None:
    assert send(client, code_now(steps=-3)) == 200
    assert send(client, code_now(steps=-1)) == 302


def test_a_recovery_code_opens_once(client: Client, ines: list[str]) -> None:
    assert send(client, ines[0]) == 302
    assert send(another(), ines[0]) == 200
    assert send(another(), ines[1]) == 302


def test_of_many_who_send_one_code_at_once_one_gets_in(transactional_db: None) -> None:
    with_app(make_user("ines"))
    browsers = [another() for _ in range(8)]
    barrier, code = Barrier(8), code_now()

    def try_it(browser: Client) -> int:
        barrier.wait()
        try:
            return send(browser, code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(try_it, browsers))
    assert sorted(found) == [200] * 7 + [302]


def test_an_app_is_set_up_with_its_first_code(client: Client) -> None:
    user = make_user("ines")
    client.force_login(user)
    client.get("/account/factors/app/")
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    assert client.post("/account/factors/app/", {"code": "000000"}).status_code == 200
    code = code_now()
    answer = client.post("/account/factors/app/", {"code": code})
    assert answer["Location"] == "/account/factors/codes/"
    shown = client.get(answer["Location"]).content.decode()
    assert "10 of 10 are left" in shown
    # The code that showed it works is used up too.
    assert send(another(), code) == 200


def test_a_copy_of_the_database_has_no_secrets_of_factors(client: Client, ines: list[str]) -> None:
    stored = str(list(Authenticator.objects.values()))
    assert SECRET not in stored
    assert ines[0] not in stored


def test_codes_outlive_a_new_secret_key(client: Client, ines: list[str]) -> None:
    former = settings.SECRET_KEY
    with override_settings(SECRET_KEY="new" * 20, SECRET_KEY_FALLBACKS=[former]):
        assert send(another(), code_now()) == 302


def test_an_administrator_helps_who_lost_the_phone(client: Client, ines: list[str]) -> None:
    boss = Client()
    boss.force_login(make_user(superuser=True))
    [user_id] = Authenticator.objects.values_list("user_id", flat=True).distinct()
    action = {"action": "remove_factors", "_selected_action": user_id}
    page = boss.post("/admin/core/user/", action)
    assert b"the password alone opens the account" in page.content
    assert boss.post("/admin/core/user/", {**action, "confirmed": "yes"}).status_code == 302
    assert sign_in(Client(), "ines")["Location"] == "/"
