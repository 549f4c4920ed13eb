"""Single sign-on: the identity provider says who it is, and an administrator made the account."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.test import Client, override_settings

from ppm.core.models import User
from tests.factories import make_user
from tests.signin.conftest import is_signed_in, with_app
from tests.signin.identity_provider import CLIENT, SECRET, Provider, running_provider

pytestmark = pytest.mark.django_db
INES = {"sub": "4711", "email": "Ines@example.org", "email_verified": True, "name": "Ines"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Run a provider, and name it in the settings."""
    with running_provider(dict(INES)) as provider:
        app = {"provider_id": "sso", "name": "Example", "client_id": CLIENT, "secret": SECRET}
        apps = [{**app, "settings": {"server_url": provider.address}}]
        ours = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
        named = {"openid_connect": {**ours, "APPS": apps}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=named):
            yield provider


class Kept(HTTPRedirectHandler):
    """Follows nothing."""

    def http_error_302(self, req: Any, fp: Any, code: Any, msg: Any, headers: Any) -> Any:
        """Take a redirect for an answer."""
        return fp


def go(client: Client) -> Any:
    """Go to the provider and come back; return the last answer."""
    out = client.post("/login/sso/sso/")["Location"]
    with build_opener(Kept).open(out) as answer:
        back = urlsplit(answer.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def test_who_has_an_account_comes_in(client: Client, provider: Provider) -> None:
    user = make_user("ines")
    assert b"Use Example" in client.get("/login/").content
    assert go(client)["Location"] == "/"
    assert is_signed_in(client)
    assert SocialAccount.objects.get().user == user
    user.refresh_from_db()
    assert user.has_usable_password()


def test_later_the_account_is_known_by_more_than_its_address(
    client: Client, provider: Provider
) -> None:
    make_user("ines")
    go(client)
    provider.person["email"] = "married@example.org"
    again = Client()
    go(again)
    assert is_signed_in(again)


def test_nobody_gets_an_account_by_coming(client: Client, provider: Provider) -> None:
    answer = go(client)
    assert answer["Location"] == "/login/"
    assert b"Ask an administrator" in client.get("/login/").content
    assert not User.objects.exists()


@pytest.mark.parametrize("claim", [{"email_verified": False}, {"email": "other@example.org"}])
def test_an_address_that_is_not_vouched_for_opens_nothing(
    claim: dict[str, Any], client: Client, provider: Provider
) -> None:
    make_user("ines")
    provider.person |= claim
    go(client)
    assert not is_signed_in(client)


def test_who_is_switched_off_stays_out(client: Client, provider: Provider) -> None:
    make_user("ines")
    go(client)
    User.objects.update(is_active=False)
    again = Client()
    go(again)
    assert not is_signed_in(again)
    assert b"Ask an administrator" in again.get("/login/").content


def test_a_second_factor_is_asked_for_here_too(client: Client, provider: Provider) -> None:
    with_app(make_user("ines"))
    assert go(client)["Location"] == "/login/code/"
    assert not is_signed_in(client)


def test_an_answer_that_nobody_asked_for_is_refused(client: Client, provider: Provider) -> None:
    make_user("ines")
    client.get("/login/sso/sso/back/?code=once&state=invented")
    assert not is_signed_in(client)


def test_the_question_is_bound_to_the_answer(client: Client, provider: Provider) -> None:
    make_user("ines")
    go(client)
    question, exchange = provider.asked
    assert question["code_challenge_method"] == "S256"
    assert len(exchange["code_verifier"]) >= 43
    assert "openid" in question["scope"].split()


def test_without_a_provider_there_is_no_button(client: Client) -> None:
    assert b"Use Example" not in client.get("/login/").content
    assert client.get("/login/sso/sso/").status_code == 404
