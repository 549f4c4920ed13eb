"""Signing in with all that belongs to it, in the browser: an app, a token, a passkey."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.screens import fits_every_screen
from tests.factories import PASSWORD, make_user
from tests.signin.conftest import SECRET, code_now, with_app

pytestmark = pytest.mark.django_db(transaction=True)


def give_password(page: Page, login: str = "ines") -> None:
    """Open the sign-in page and send it."""
    page.goto("/login/")
    page.get_by_label("Username or email").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_code_opens_and_a_token_is_issued_and_revoked(
    live_server: LiveServer, page: Page
) -> None:
    with_app(make_user("ines"))
    give_password(page, "ines@example.org")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    fits_every_screen(page)
    page.get_by_label("Code").fill(code_now())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="ines").click()
    page.get_by_role("link", name="See, issue and revoke tokens").click()
    page.get_by_label("What it is for").fill("Nightly export")
    page.get_by_role("button", name="Issue").click()
    token = page.locator("code.secret").inner_text()
    assert re.fullmatch(r"ppm_[\w-]{43}", token)
    headers = {"Authorization": f"Bearer {token}"}
    assert page.request.get("/api/v1/users/", headers=headers).status == 200
    page.get_by_role("button", name="Revoke Nightly export").click()
    expect(page.get_by_text("The token “Nightly export” is revoked.")).to_be_visible()
    assert page.request.get("/api/v1/users/", headers=headers).status == 401
    fits_every_screen(page)


def test_an_app_is_set_up_and_its_recovery_codes_are_kept(
    live_server: LiveServer, page: Page
) -> None:
    make_user("ines")
    give_password(page)
    for where in ("/account/", "/account/sessions/", "/account/password/", "/account/factors/"):
        page.goto(where)
        fits_every_screen(page)
    page.get_by_role("link", name="Activate").click()
    fits_every_screen(page)
    secret = page.get_by_label("Authenticator secret").input_value()
    assert len(secret) == len(SECRET)
    page.get_by_label("Authenticator code").fill(code_now(secret=secret))
    page.get_by_role("button", name="Activate").click()
    codes = page.get_by_label("Codes that are left").get_by_role("listitem").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("button", name="Log out").click()
    give_password(page)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_a_passkey_opens_without_a_password(live_server: LiveServer, page: Page) -> None:
    make_user("ines")
    key: Any = page.context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    key.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    give_password(page)
    page.goto("/account/factors/keys/new/")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_label("Codes that are left")).to_be_visible()
    page.goto("/account/factors/keys/")
    expect(page.get_by_role("cell", name="without a password")).to_be_visible()
    fits_every_screen(page)
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    # It serves as the second factor, too.
    page.get_by_role("button", name="Log out").click()
    give_password(page)
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_a_key_that_cannot_be_used_says_why(live_server: LiveServer, page: Page) -> None:
    """Such as at an address that is a number, to which no key belongs."""
    page.goto(live_server.url.replace("localhost", "127.0.0.1") + "/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Keys do not work at this address")
