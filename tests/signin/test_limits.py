"""How often one may try: exactly as often as said, whoever tries at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.test import Client
from django.utils import timezone

from ppm.core.models import Attempts
from ppm.core.signin.limits import Limit
from ppm.core.tasks import forget_what_is_over
from tests.factories import make_user
from tests.signin.conftest import (
    WRONG,
    code_now,
    form_token,
    is_signed_in,
    post_form,
    sign_in,
    with_app,
)
from tests.watching.conftest import Web

HERE = "192.0.2.7"


def statuses(login: str, number: int, *, addresses: int = 1) -> list[int]:
    """Try a wrong password that often, from so many addresses in turn."""
    places = [f"198.51.{n // 250}.{n % 250}" for n in range(addresses)]
    return [
        sign_in(Client(), login, WRONG, address=places[n % addresses]).status_code
        for n in range(number)
    ]


@pytest.mark.django_db
def test_an_account_bears_ten_wrong_passwords_from_wherever_they_come() -> None:
    make_user("ines")
    assert statuses("ines", 30, addresses=30) == [200] * 10 + [429] * 20
    assert sign_in(Client(), "ines").status_code == 429


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["x-requested-with", "accept"])
def test_a_script_is_counted_like_a_browser(name: str) -> None:
    make_user("ines")
    value = {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}[name]
    found = [sign_in(Client(headers={name: value}), "ines", WRONG).status_code for _ in range(12)]
    assert found == [400] * 10 + [429] * 2


@pytest.mark.django_db
def test_an_account_has_one_count_by_whatever_name_it_is_called() -> None:
    make_user("ines")
    assert statuses("ines", 5) == [200] * 5
    assert statuses("ines@example.org", 6) == [200] * 5 + [429]
    assert statuses("INES@example.org", 1) == [429]


@pytest.mark.django_db
def test_an_account_that_is_not_there_is_shut_as_well() -> None:
    assert statuses("nobody", 12) == [200] * 10 + [429] * 2
    assert statuses("Nobody", 1) == [429]


@pytest.mark.django_db
def test_an_address_bears_fifty_wrong_passwords_of_whatever_accounts() -> None:
    found = [sign_in(Client(), f"user{n}", WRONG, address=HERE).status_code for n in range(60)]
    assert found == [200] * 50 + [429] * 10
    make_user("ines")
    assert sign_in(Client(), "ines", address=HERE).status_code == 429
    assert sign_in(Client(), "ines", address="192.0.2.8").status_code == 302


@pytest.mark.django_db
def test_a_network_of_ipv6_is_one_address() -> None:
    tries = [
        sign_in(Client(), f"user{n}", WRONG, address=f"2001:db8::{n:x}") for n in range(1, 52)
    ]
    assert [one.status_code for one in tries].count(429) == 1


@pytest.mark.django_db
def test_who_gets_in_uses_nothing_up() -> None:
    make_user("ines")
    for _ in range(3):
        assert statuses("ines", 4) == [200] * 4
        for _ in range(15):
            assert sign_in(Client(), "ines", address="198.51.0.0").status_code == 302
        Attempts.objects.all().delete()


@pytest.mark.django_db
def test_the_wait_is_over_after_five_minutes_and_no_later() -> None:
    make_user("ines")
    statuses("ines", 20)
    for attempts in Attempts.objects.all():
        attempts.made_at = [at - timedelta(minutes=5, seconds=1) for at in attempts.made_at]
        attempts.save()
    assert sign_in(Client(), "ines").status_code == 302


@pytest.mark.django_db
def test_a_limit_slides() -> None:
    """Within any five minutes there are no more than ten, not twenty around a full hour."""
    limit = Limit("test", 10, timedelta(minutes=5))
    for age in [290] * 6 + [10] * 4:
        attempt = limit.attempt("me")
        assert attempt
        attempts = Attempts.objects.get(key=attempt.key)
        attempts.made_at[-1] -= timedelta(seconds=age)
        attempts.save()
    assert limit.attempt("me") is None
    attempts.made_at = [at - timedelta(seconds=20) for at in attempts.made_at]
    attempts.save()
    assert sum(limit.attempt("me") is not None for _ in range(20)) == 6


@pytest.mark.django_db
def test_an_account_bears_ten_wrong_codes() -> None:
    user = make_user("ines")
    with_app(user)
    found = []
    for _ in range(12):
        client = Client()
        assert sign_in(client, "ines")["Location"] == "/login/code/"
        found.append(client.post("/login/code/", {"code": "000000"}).status_code)
    assert found == [200] * 10 + [429] * 2
    assert client.post("/login/code/", {"code": code_now()}).status_code == 429
    assert not is_signed_in(client)


@pytest.mark.django_db
def test_a_stolen_session_finds_no_password_out(client: Client) -> None:
    client.force_login(make_user("ines"))
    forms = {"/account/confirm/": "password", "/account/password/": "oldpassword"}
    for address, field in forms.items():
        Attempts.objects.all().delete()
        form = {field: WRONG, "password1": "x" * 12, "password2": "x" * 12}
        found = [client.post(address, form).status_code for _ in range(11)]
        assert found == [200] * 10 + [429]


@pytest.mark.django_db
def test_nobody_reads_from_the_table_who_tried() -> None:
    make_user("ines")
    statuses("ines", 1)
    statuses("somebody-else", 1)
    stored = str(list(Attempts.objects.values()))
    assert not [word for word in ("ines", "somebody", "198.51") if word in stored]


@pytest.mark.django_db
def test_what_is_over_is_forgotten() -> None:
    old, new = ([timezone.now() - timedelta(days=days)] for days in (2, 0))
    Attempts.objects.create(key="old", made_at=old)
    Attempts.objects.create(key="both", made_at=[*old, *new])
    Attempts.objects.create(key="none", made_at=[])
    forget_what_is_over()
    assert [attempts.key for attempts in Attempts.objects.all()] == ["both"]


def at_once(web: Web, forms: list[dict[str, str]]) -> list[int]:
    """Send all forms at the same moment, each by a thread of its own."""
    barrier, sent_with = Barrier(len(forms)), form_token(web)

    def send(form: dict[str, str]) -> int:
        barrier.wait()
        return post_form(web, "/login/", form, sent_with).status

    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, forms))


def test_of_200_at_once_exactly_50_pass_even_without_a_broker(broad_web: Web) -> None:
    forms = [{"username": f"user{n}", "password": WRONG} for n in range(200)]
    found = at_once(broad_web, forms)
    print(f"200 at once: {found.count(200)} passed, {found.count(429)} were refused")
    assert (found.count(200), found.count(429)) == (50, 150)


def test_of_40_at_once_exactly_10_try_one_account(broad_web: Web) -> None:
    make_user("ines")
    found = at_once(broad_web, [{"username": "ines", "password": WRONG}] * 40)
    assert (found.count(200), found.count(429)) == (10, 30)
