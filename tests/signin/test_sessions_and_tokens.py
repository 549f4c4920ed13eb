"""One's own sessions and API tokens: listed, ended, issued, revoked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ppm.core.models import ApiToken, User
from tests.factories import make_user
from tests.signin.conftest import is_signed_in, sign_in

pytestmark = pytest.mark.django_db
FORM = {"name": "export", "scopes": ["read"], "days": "30"}


@pytest.fixture
def ines(client: Client) -> User:
    """Sign Ines in."""
    user = make_user("ines")
    sign_in(client, "ines")
    return user


def reads(token: str) -> bool:
    """Tell whether a token opens the API."""
    headers = {"Authorization": f"Bearer {token}"}
    return Client().get("/api/v1/users/", headers=headers).status_code == 200


def issued(client: Client, **changes: object) -> str:
    """Issue a token on the page; read it there."""
    page = client.post("/account/tokens/", {**FORM, **changes}).content.decode()
    return page.split('class="secret">')[1].split("<")[0]


def test_one_ends_a_session_that_one_forgot_elsewhere(client: Client, ines: User) -> None:
    forgotten, kept = Client(headers={"user-agent": "Train/1"}), Client()
    sign_in(forgotten, "ines", address="198.51.100.7")
    sign_in(kept, "ines")
    page = client.get("/account/sessions/").content.decode()
    assert "198.51.100.7" in page
    assert "Train/1" in page
    session = ines.usersession_set.get(user_agent="Train/1")  # type: ignore[attr-defined]
    client.post(f"/account/sessions/{session.pk}/end/")
    assert not is_signed_in(forgotten)
    assert is_signed_in(kept)
    client.post("/account/sessions/")
    assert not is_signed_in(kept)
    assert is_signed_in(client)


def test_nobody_ends_the_session_of_somebody_else(client: Client, ines: User) -> None:
    make_user("sly")
    sly = Client()
    sign_in(sly, "sly")
    session = ines.usersession_set.get()  # type: ignore[attr-defined]
    assert sly.post(f"/account/sessions/{session.pk}/end/").status_code == 404
    assert is_signed_in(client)


def test_a_token_is_shown_once_and_opens_what_it_may(client: Client, ines: User) -> None:
    token = issued(client)
    assert token.startswith("ppm_")
    assert reads(token)
    later = client.get("/account/tokens/").content.decode()
    assert "export" in later
    assert token not in later
    stored = ApiToken.objects.get()
    assert stored.scopes == ["read"]
    assert stored.expires_at is not None
    assert stored.expires_at - timezone.now() > timedelta(days=29)
    assert stored.last_used_at is not None
    assert token not in str(ApiToken.objects.values())


def test_a_revoked_token_opens_nothing_from_then_on(client: Client, ines: User) -> None:
    token, other = issued(client), issued(client, name="other")
    revoked = ApiToken.objects.get(name="export")
    client.post(f"/account/tokens/{revoked.pk}/revoke/")
    assert not reads(token)
    assert reads(other)


def test_a_token_that_has_run_out_opens_nothing(client: Client, ines: User) -> None:
    token = issued(client)
    ApiToken.objects.update(expires_at=timezone.now())
    assert not reads(token)
    assert b"has expired" in client.get("/account/tokens/").content


def test_one_sees_and_revokes_ones_own_tokens_only(client: Client, ines: User) -> None:
    foreign = ApiToken.issue(make_user(), scopes=["read"], name="foreign")
    assert b"foreign" not in client.get("/account/tokens/").content
    pk = ApiToken.objects.get().pk
    assert client.post(f"/account/tokens/{pk}/revoke/").status_code == 404
    assert reads(foreign)


def test_administrators_see_and_revoke_the_tokens_of_all(ines: User) -> None:
    token = ApiToken.issue(ines, scopes=["read"], name="export")
    boss = Client()
    boss.force_login(make_user(superuser=True))
    assert b"export" in boss.get("/admin/core/apitoken/").content
    pk = ApiToken.objects.get().pk
    form = {"action": "delete_selected", "_selected_action": pk, "confirmed": "yes"}
    boss.post("/admin/core/apitoken/", {**form, "action": boss_action(boss)})
    assert not reads(token)


def boss_action(boss: Client) -> str:
    """Find what the revocation is called in the list of actions."""
    page = boss.get("/admin/core/apitoken/").content.decode()
    return page.split("Revoke selected")[0].rsplit('value="', 1)[1].split('"')[0]


@pytest.mark.parametrize(
    "change", [{"scopes": []}, {"scopes": ["all"]}, {"days": "9999"}, {"name": ""}]
)
def test_a_token_is_issued_in_whole_or_not_at_all(
    change: dict[str, object], client: Client, ines: User
) -> None:
    page = client.post("/account/tokens/", {**FORM, **change})
    assert b"errorlist" in page.content
    assert not ApiToken.objects.exists()


def test_a_strangers_pages_are_closed() -> None:
    for page in ("", "sessions/", "tokens/", "password/", "factors/", "factors/app/"):
        answer = Client().get(f"/account/{page}")
        assert answer["Location"].startswith("/login/")
