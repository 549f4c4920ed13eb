"""Links by mail: for whom there is an account and for nobody else, and nobody can tell."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client, override_settings

from ppm.core.models import User
from ppm.core.signin.links import link_of, send_link
from tests.conftest import wait_until
from tests.factories import PASSWORD, make_user
from tests.signin.conftest import is_signed_in, link_in, mails_to, post_form, sign_in
from tests.signin.timing import are_alike, best_times
from tests.watching.conftest import Web

NEW = "another correct horse"
CHOSEN = {"password1": NEW, "password2": NEW}


def ask(client: Client, email: str, address: str = "192.0.2.1") -> int:
    """Ask for a link; return the status."""
    return client.post("/password/forgotten/", {"email": email}, REMOTE_ADDR=address).status_code


def test_who_forgot_the_password_chooses_another(
    client: Client, worker: Path, transactional_db: None
) -> None:
    make_user("forgetful")
    elsewhere = Client()
    sign_in(elsewhere, "forgetful")
    assert ask(client, "Forgetful@example.org") == 302
    wait_until(lambda: bool(mails_to("forgetful@example.org")), seconds=20, what=worker)
    [text] = mails_to("forgetful@example.org")
    page = client.get(link_in(text))["Location"]
    assert client.post(page, CHOSEN)["Location"] == "/password/done/"
    assert sign_in(Client(), "forgetful", NEW).status_code == 302
    assert sign_in(Client(), "forgetful", PASSWORD).status_code == 200
    assert not is_signed_in(elsewhere)
    # It works once.
    assert b"works no more" in client.get(page).content
    assert link_in(text) not in worker.read_text()


def test_a_new_colleague_is_invited(client: Client, worker: Path, transactional_db: None) -> None:
    boss = Client()
    boss.force_login(make_user(superuser=True))
    form = {"username": "newcomer", "email": "newcomer@example.org", "usable_password": "false"}
    parts = {"role_assignments-TOTAL_FORMS": 0, "role_assignments-INITIAL_FORMS": 0}
    assert boss.post("/admin/core/user/add/", {**form, **parts}).status_code == 302
    newcomer = User.objects.get(username="newcomer")
    assert not newcomer.has_usable_password()
    action = {"action": "invite", "_selected_action": newcomer.pk, "confirmed": "yes"}
    boss.post("/admin/core/user/", action)
    wait_until(lambda: bool(mails_to("newcomer@example.org")), seconds=20, what=worker)
    [text] = mails_to("newcomer@example.org")
    assert "there is an account for you" in text
    page = client.get(link_in(text))["Location"]
    client.post(page, CHOSEN)
    assert sign_in(client, "newcomer", NEW).status_code == 302


@pytest.mark.django_db
def test_nobody_else_gets_mail() -> None:
    make_user("asleep", active=False)
    for address in ("asleep@example.org", "nobody@example.org"):
        send_link(address, site="http://testserver", is_first=False)
    assert mail.outbox == []


@pytest.mark.django_db
def test_the_answer_and_its_time_do_not_tell_who_has_an_account() -> None:
    make_user("known")
    answers = set()

    def forget(client: Client, name: str) -> None:
        answer = client.post("/password/forgotten/", {"email": f"{name}@example.org"})
        answers.add((answer.status_code, answer["Location"]))

    assert are_alike(best_times(forget, ["known", "nobody"], at_least=40))
    assert answers == {(302, "/password/sent/")}


@pytest.mark.django_db
def test_an_address_gets_three_links_an_hour() -> None:
    found = [ask(Client(), "nobody@example.org", f"192.0.2.{n}") for n in range(5)]
    assert found == [302] * 3 + [429] * 2


@pytest.mark.django_db
def test_from_one_place_twenty_links_an_hour_are_asked_for() -> None:
    found = [ask(Client(), f"user{n}@example.org") for n in range(22)]
    assert found == [302] * 20 + [429] * 2


def test_without_a_broker_everybody_is_told_to_try_again(broad_web: Web) -> None:
    make_user("known")
    for email in ("known@example.org", "nobody@example.org"):
        answer = post_form(broad_web, "/password/forgotten/", {"email": email})
        assert "No mail can be sent at the moment" in answer.text
    assert "@example.org" not in broad_web.log.read_text()


@pytest.mark.django_db
def test_no_mail_is_offered_where_none_is_sent(client: Client) -> None:
    with override_settings(HAS_MAIL=False):
        assert client.get("/password/forgotten/").status_code == 404
        assert b"Forgot" not in client.get("/login/").content
    assert b"Forgot" in client.get("/login/").content


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "1", "1-", "-abc", "zzzzzzzzzzzz-abc", "1-abc", "../-abc"])
def test_an_invented_link_opens_nothing(client: Client, key: str) -> None:
    make_user()
    answer = client.get("/password/link/", {"key": key}, follow=True)
    assert answer.status_code in (200, 404)
    assert b"Set the password" not in answer.content


@pytest.mark.django_db
def test_a_link_is_over_after_a_day(client: Client) -> None:
    link = link_of(make_user())
    assert client.get(link, follow=True).status_code == 200
    with override_settings(PASSWORD_RESET_TIMEOUT=-1):
        assert b"works no more" in client.get(link, follow=True).content


@pytest.mark.django_db
def test_the_secret_stands_in_no_path_and_no_header(client: Client) -> None:
    link = link_of(make_user())
    path, _, key = link.partition("?key=")
    secret = key.split("-", 1)[1]
    answer = client.get(link)
    assert secret not in path
    assert secret not in str(answer.headers)
    assert answer["Referrer-Policy"] == "same-origin"
    assert re.fullmatch(r"/password/new/\w+/", answer["Location"])
    assert settings.PASSWORD_RESET_TIMEOUT == 24 * 3600
