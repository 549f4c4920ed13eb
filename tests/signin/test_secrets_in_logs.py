"""What people send in confidence is in no line of a log."""

import base64
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

from django.conf import settings
from django.test import Client, override_settings

from ppm.celery import app
from ppm.core.signin.links import ask_for_link
from tests.conftest import wait_until
from tests.factories import PASSWORD, make_user
from tests.signin.conftest import link_in, mails_to, sign_in
from tests.watching.conftest import TOKEN, Web, production

SLOW = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]


def canaries() -> Iterator[str]:
    """Make words that stand nowhere else."""
    return (f"canary-{number}-8f3a" for number in count(1))


def send(web: Web, where: str, form: dict[str, str] | None, headers: dict[str, str]) -> int:
    """Send a form, as through a proxy that has ended TLS."""
    body = None if form is None else urlencode(form).encode()
    request = Request(web.address + where, body, {"X-Forwarded-Proto": "https", **headers})  # noqa: S310
    return web.ask(request).status


def signed_in_secrets(web: Web) -> list[str]:
    """Sign in, issue a token and use it; return what opens a door by then."""
    with override_settings(PASSWORD_HASHERS=SLOW):
        make_user("bo")
    csrf = {"csrfmiddlewaretoken": "c" * 32}
    sent = {"X-Forwarded-Proto": "https", "Referer": web.address.replace("http:", "https:") + "/"}
    cookies = [f"__Host-csrftoken={'c' * 32}"]
    forms = {
        "/login/": {**csrf, "username": "bo", "password": PASSWORD},
        "/account/tokens/": {**csrf, "name": "export", "scopes": "read", "days": "30"},
    }
    answers = []
    for where, form in forms.items():
        headers = {**sent, "Cookie": "; ".join(cookies)}
        answers.append(web.ask(Request(web.address + where, urlencode(form).encode(), headers)))  # noqa: S310
        cookies = [c.split(";")[0] for c in answers[0].headers.get_all("Set-Cookie") or []]
        csrf["csrfmiddlewaretoken"] = cookies[0].partition("=")[2]
        forms["/account/tokens/"].update(csrf)
    token = answers[1].text.split('class="secret">')[1].split("<")[0]
    assert send(web, "/api/v1/users/", None, {"Authorization": f"Bearer {token}"}) == 200
    return [PASSWORD, token, *(cookie.partition("=")[2] for cookie in cookies)]


def secrets_of(environment: dict[str, str]) -> list[str]:
    """Find the secrets that the web server was started with."""
    passwords = (urlsplit(environment[name]).password for name in ("DATABASE_URL", "REDIS_URL"))
    return [settings.SECRET_KEY, TOKEN, *(password for password in passwords if password)]


def test_no_line_has_a_secret(production_web: Web) -> None:
    """In headers, queries, forms, JSON and addresses of mail: whether it is refused or not."""
    web, new = production_web, canaries()
    make_user("ines")
    page = web.get("/login/", {"X-Forwarded-Proto": "https"})
    token = page.text.split('csrfmiddlewaretoken" value="')[1][:64]
    cookie = str(page.headers["Set-Cookie"]).split(";")[0]
    referer = {"Cookie": cookie, "Referer": web.address.replace("http:", "https:") + "/login/"}
    csrf = {"csrfmiddlewaretoken": token}
    basic = base64.b64encode(f"ines:{next(new)}".encode()).decode()
    statuses = [
        send(web, "/api/v1/users/", None, {"Authorization": f"Bearer ppm_{next(new)}"}),
        send(web, "/api/v1/users/", None, {"Authorization": f"Basic {basic}"}),
        send(web, "/", None, {"Cookie": f"__Host-sessionid={next(new)}"}),
        send(web, "/", None, {"X-Api-Key": next(new), "User-Agent": next(new)}),
        send(web, "/", None, {"Referer": f"https://elsewhere.example/?key={next(new)}"}),
        send(web, "/", None, {"X-Forwarded-For": f"{next(new)}, 192.0.2.1"}),
        send(web, "/metrics", None, {"Authorization": f"Bearer {next(new)}"}),
        send(web, f"/?search={next(new)}", None, {}),
        send(web, f"/login/?next=/{next(new)}/", None, {}),
        send(web, f"/password/link/?key=1-{next(new)}", None, {}),
        send(web, f"/login/sso/sso/back/?code={next(new)}&state={next(new)}", None, {}),
        send(web, f"/api/v1/projects/?unknown={next(new)}", None, {}),
        send(web, "/login/", {**csrf, "username": next(new), "password": next(new)}, referer),
        send(web, "/login/", {"username": "ines", "password": next(new)}, {}),
        send(web, "/login/code/", {**csrf, "code": next(new)}, referer),
        send(web, "/password/forgotten/", {**csrf, "email": f"{next(new)}@a.example"}, referer),
        send(web, "/account/password/", {**csrf, "password1": next(new)}, referer),
        send(web, "/api/v1/risks/", {"title": next(new)}, {}),
    ]
    planted = int(next(new).split("-")[1]) - 1
    assert planted >= 20
    in_use = [*signed_in_secrets(web), *secrets_of(production(broker=app.conf.broker_url))]
    assert len(in_use) == 8
    assert not [status for status in statuses if status >= 500]
    assert {200, 403, 404} <= set(statuses)
    wait_until(
        lambda: web.log.read_text().count('"answered"') > len(statuses), seconds=5, what=web.log
    )
    text = web.log.read_text()
    print(f"{planted} canaries planted, {text.count('canary-')} in {len(text)} characters of log")
    assert "canary-" not in text
    assert basic not in text
    assert not [secret for secret in in_use if secret in text]


def test_neither_link_nor_address_nor_password_is_in_the_worker_s_log(
    worker: Path, transactional_db: None
) -> None:
    make_user("discreet")
    assert ask_for_link("discreet@example.org", site="http://testserver")
    wait_until(lambda: bool(mails_to("discreet@example.org")), seconds=20, what=worker)
    [text] = mails_to("discreet@example.org")
    sign_in(Client(), "discreet")
    told = worker.read_text()
    for secret in (link_in(text).partition("key=")[2], "discreet", PASSWORD):
        assert secret not in told
