"""Bearer tokens: who they let in, what for, and the command that issues them."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from ppm.core.models import ApiToken, User
from tests.api.conftest import client_of
from tests.api.resources import RESOURCES
from tests.factories import PASSWORD, make_user
from tests.rows import World
from tests.sessions import sessions

ADDRESS = "/api/v1/users/"


def bearer(token: str) -> APIClient:
    """Return a client that bears the token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"), [(("read",), 200, 403), (("write",), 403, 201)]
)
def test_a_token_does_what_it_was_issued_for(
    scopes: tuple[str, ...], reads: int, writes: int, world: World
) -> None:
    client = client_of(make_user(superuser=True), scopes)
    assert client.get("/api/v1/risks/").status_code == reads
    assert client.post("/api/v1/risks/", RESOURCES["risks"].body(world)).status_code == writes


def test_a_token_that_is_not_valid_is_refused(db: None) -> None:
    now = timezone.now()
    expired = ApiToken.issue(make_user(), scopes=["read"])
    ApiToken.objects.update(expires_at=now)
    orphaned = ApiToken.issue(make_user(active=False), scopes=["read"])
    for token in (expired, orphaned, "ppm_invented", "", "\u00e9"):
        answer = bearer(token).get(ADDRESS)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="ppm"'
        assert answer.json()["type"] == "urn:ppm:problem:authentication-failed"


def test_a_token_is_stored_as_a_digest_only(db: None) -> None:
    token = ApiToken.issue(make_user(), scopes=["read"])
    stored = ApiToken.objects.values().get()
    assert token not in str(stored)
    assert token.startswith("ppm_")


def test_the_last_use_is_written_once_a_minute(db: None) -> None:
    client = client_of(make_user())
    client.get(ADDRESS)
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    client.get(ADDRESS)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    client.get(ADDRESS)
    assert ApiToken.objects.filter(last_used_at__gt=first).exists()


def test_requests_with_one_token_do_not_wait_for_each_other(transactional_db: None) -> None:
    user = make_user()
    token = ApiToken.issue(user, scopes=["read"])
    with sessions(1) as [other]:
        other.do(lambda: ApiToken.objects.update(last_used_at=None))
        assert bearer(token).get(ADDRESS).status_code == 200


def test_a_session_may_do_what_its_user_may(world: World) -> None:
    user = make_user(superuser=True)
    client = APIClient(enforce_csrf_checks=True)
    assert client.login(username=user.username, password=PASSWORD)
    assert client.get(ADDRESS).status_code == 200
    forged = client.post("/api/v1/risks/", RESOURCES["risks"].body(world))
    assert forged.status_code == 403
    assert "CSRF" in forged.json()["detail"]


def test_the_command_prints_a_token_and_nothing_else(db: None) -> None:
    user = make_user()
    output = StringIO()
    call_command("api_token", user.username, "--scopes", "read", "--name", "report", stdout=output)
    assert bearer(output.getvalue().strip()).get(ADDRESS).status_code == 200
    stored = ApiToken.objects.get()
    assert (stored.user, stored.scopes, stored.name) == (user, ["read"], "report")


def test_the_command_gives_no_more_than_is_asked_for(db: None) -> None:
    user = make_user()
    today = timezone.now()
    call_command("api_token", user.username, stdout=StringIO())
    call_command("api_token", user.username, "--scopes=write", "--days=0", stdout=StringIO())
    first, second = ApiToken.objects.order_by("pk")
    assert first.scopes == ["read"]
    assert first.expires_at is not None
    assert (first.expires_at - today).days == 90
    assert (second.scopes, second.expires_at) == (["write"], None)


def test_the_command_refuses_what_it_does_not_know(db: None) -> None:
    user = make_user()
    known = User.objects.count()
    with pytest.raises(CommandError, match="no user"):
        call_command("api_token", "nobody")
    with pytest.raises(CommandError, match="read, write"):
        call_command("api_token", user.username, scopes="everything")
    assert not ApiToken.objects.exists()
    assert User.objects.count() == known
