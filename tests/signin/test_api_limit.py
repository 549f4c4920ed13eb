"""How often the API may be called: exactly as often as said, and for one statement more."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ppm.core.models import ApiToken, Calls, User
from tests.factories import make_user
from tests.signin.conftest import sign_in
from tests.watching.conftest import Answer, Web

USERS = "/api/v1/users/"


def bearer(user: User) -> dict[str, str]:
    """Return the header that bears a new token of the user."""
    return {"Authorization": f"Bearer {ApiToken.issue(user, scopes=['read'])}"}


def with_token(user: User) -> Client:
    """Return a client that bears a token."""
    return Client(headers=bearer(user))


def with_session(user: User) -> Client:
    """Return a browser in which the user has signed in."""
    client = Client()
    sign_in(client, user.username)
    return client


BOTH = pytest.mark.parametrize("client_of", [with_token, with_session])


@pytest.mark.django_db
@BOTH
def test_who_calls_too_often_is_told_how_long_to_wait(
    client_of: Callable[[User], Client], settings: Any
) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    client = client_of(make_user())
    found: list[Any] = [client.get(USERS) for _ in range(3)]
    assert [answer.status_code for answer in found] == [200, 200, 429]
    assert found[2]["Content-Type"] == "application/problem+json"
    assert found[2].json()["detail"] == "The API may be called 2 times a minute."
    assert 58 <= int(found[2]["Retry-After"]) <= 60
    assert [answer["X-RateLimit-Remaining"] for answer in found] == ["1", "0", "0"]
    assert {answer["X-RateLimit-Limit"] for answer in found} == {"2"}
    reset = int(found[2]["X-RateLimit-Reset"]) - time.time()
    assert 57 <= reset <= 60
    assert found[0]["RateLimit-Policy"] == '"calls";q=2;w=60'
    assert [answer["RateLimit"].partition(";t=")[0] for answer in found] == [
        '"calls";r=1',
        '"calls";r=0',
        '"calls";r=0',
    ]
    Calls.objects.update(since=timezone.now() - timedelta(seconds=61))
    assert [client.get(USERS).status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.django_db
def test_each_token_counts_for_itself_and_nobody_unknown_is_counted(
    settings: Any,
) -> None:
    settings.API_CALLS_PER_MINUTE = 1
    user = make_user()
    for client in (with_token(user), with_token(user), with_session(user)):
        assert [client.get(USERS).status_code for _ in range(2)] == [200, 429]
    unknown = Client(headers={"Authorization": "Bearer ppm_unknown"})
    for client in (unknown, Client()):
        answers = [client.get(USERS) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert not any(answer.has_header("RateLimit") for answer in answers)
    assert Calls.objects.count() == 3


@pytest.mark.django_db
@BOTH
def test_counting_takes_one_statement(client_of: Callable[[User], Client], settings: Any) -> None:
    client, numbers = client_of(make_user()), []
    for limit in (0, 0, 600):
        settings.API_CALLS_PER_MINUTE = limit
        with CaptureQueriesContext(connection) as queries:
            assert client.get(USERS).status_code == 200
        numbers.append(len(queries))
    assert numbers[2] == numbers[1] + 1


def test_of_200_calls_at_once_exactly_50_pass_even_without_a_broker(broad_web: Web) -> None:
    header, barrier = bearer(make_user()), Barrier(200)

    def call(_: int) -> Answer:
        barrier.wait()
        return broad_web.get(USERS, header)

    with ThreadPoolExecutor(200) as pool:
        found = list(pool.map(call, range(200)))
    passed, refused = ([a for a in found if a.status == status] for status in (200, 429))
    print(f"200 calls at once: {len(passed)} passed, {len(refused)} were refused")
    assert (len(passed), len(refused)) == (50, 150)
    assert {json.loads(a.text)["type"] for a in refused} == {"urn:ppm:problem:too-many-requests"}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in refused)
