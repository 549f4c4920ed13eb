"""Names and passwords: who gets in, and what nobody can tell from an answer."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client, override_settings

from ppm.core.models import ApiToken, User
from tests.factories import PASSWORD, make_user
from tests.signin.conftest import WRONG, is_signed_in, sign_in
from tests.signin.timing import are_alike, best_times

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("login", ["ines", "ines@example.org", "Ines@Example.org", " ines "])
def test_one_signs_in_by_name_or_mail_address(client: Client, login: str) -> None:
    make_user("ines")
    assert sign_in(client, login).status_code == 302
    assert is_signed_in(client)


def test_a_name_that_is_the_address_of_another_opens_ones_own_account_only() -> None:
    sly = make_user("bo@example.org", email="sly@example.org")
    make_user("bo", email="bo@example.org").set_password(WRONG)
    assert authenticate(None, username="bo@example.org", password=PASSWORD) == sly


def seen(answer: bytes, login: str) -> bytes:
    """Take out of a page what differs between any two answers."""
    text = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer)
    return text.replace(login.encode(), b"LOGIN")


def test_the_answer_does_not_tell_who_has_an_account() -> None:
    make_user("known")
    make_user("asleep", active=False)
    pages = {
        seen(sign_in(Client(), login, password).content, login)
        for login, password in (
            ("known", WRONG),
            ("known@example.org", WRONG),
            ("asleep", PASSWORD),
            ("nobody", WRONG),
            ("nobody@example.org", WRONG),
        )
    }
    assert len(pages) == 1


@pytest.fixture
def real_hashing() -> Iterator[None]:
    """Hash as in production; other tests do it fast."""
    slow = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=slow):
        yield


def test_the_time_does_not_tell_who_has_an_account(real_hashing: None) -> None:
    make_user("known")

    def fail(client: Client, login: str) -> None:
        assert sign_in(client, login, WRONG).status_code == 200

    assert are_alike(best_times(fail, ["known", "known@example.org", "nobody"], at_least=5))


def test_a_session_from_before_is_worth_nothing_afterwards(client: Client) -> None:
    make_user("ines")
    client.get("/password/link/?key=1-planted")  # a page that opens a session
    planted = client.cookies["sessionid"].value
    sign_in(client, "ines")
    assert client.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert not is_signed_in(thief)


def test_who_is_switched_off_is_out_at_the_next_request(client: Client) -> None:
    user = make_user("ines")
    sign_in(client, "ines")
    bearer = {"Authorization": f"Bearer {ApiToken.issue(user, scopes=['read'])}"}
    assert is_signed_in(client)
    assert Client().get("/api/v1/users/", headers=bearer).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not is_signed_in(client)
    assert Client().get("/api/v1/users/", headers=bearer).status_code == 401


def test_who_was_switched_off_by_an_administrator_stays_out_when_switched_on(
    client: Client,
) -> None:
    user, boss = make_user("ines"), Client()
    sign_in(client, "ines")
    bearer = {"Authorization": f"Bearer {ApiToken.issue(user, scopes=['read'])}"}
    boss.force_login(make_user(superuser=True))
    page = f"/admin/core/user/{user.pk}/change/"
    form = {"username": "ines", "email": user.email}
    parts = {"role_assignments-TOTAL_FORMS": 0, "role_assignments-INITIAL_FORMS": 0}
    for is_active in ({}, {"is_active": "on"}):
        assert boss.post(page, {**form, **parts, **is_active}).status_code == 302
    user.refresh_from_db()
    assert user.is_active
    assert not is_signed_in(client)
    assert Client().get("/api/v1/users/", headers=bearer).status_code == 401


def test_another_password_ends_all_other_sessions(client: Client) -> None:
    make_user("ines")
    elsewhere = Client()
    sign_in(elsewhere, "ines")
    sign_in(client, "ines")
    long = "another correct horse"
    form = {"oldpassword": PASSWORD, "password1": long, "password2": long}
    assert client.post("/account/password/", form).status_code == 302
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)


@pytest.mark.parametrize("password", ["short horse", "1q2w3e4r5t6y", "qwerty123456"])
def test_short_and_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", ["all lower case only", "aaaa bbbb cccc dddd", "п" * 64])
def test_a_long_password_needs_no_signs_of_any_sort(password: str) -> None:
    validate_password(password)


def test_no_letter_of_a_long_password_is_left_out(client: Client) -> None:
    user = make_user("ines")
    user.set_password("x" * 200)
    user.save()
    assert sign_in(client, "ines", "x" * 199).status_code == 200
    assert sign_in(client, "ines", "x" * 200).status_code == 302


def test_nobody_registers(client: Client) -> None:
    for address in ("/signup/", "/account/signup/", "/accounts/signup/", "/login/sso/signup/"):
        assert client.get(address).status_code == 404
