"""The headers that every answer has: pages, errors, redirects, files, for strangers and users."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.urls.resolvers import RoutePattern

from ppm import urls
from tests.factories import make_user
from tests.rows import World
from tests.watching.conftest import AsItIs, Web

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
A_YEAR = 365 * 24 * 3600


def broken(request: Any) -> Any:
    """Fail."""
    raise RuntimeError("a defect")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Write an address for each pattern, as if the first row of everything were asked for."""
    for entry in resolver.url_patterns:
        route = entry.pattern
        text = str(route) if isinstance(route, RoutePattern) else simplify_regex(str(route))[1:]
        filled = re.sub(r"<int:\w+>|<pk>|<\w*id>", "1", text)
        whole = before + re.sub(r"<[^>]+>", "A", filled)
        if isinstance(entry, URLPattern):
            yield whole
        else:
            yield from addresses(entry, whole)


class Kept(HTTPRedirectHandler):
    """Takes a redirect for an answer."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


def ask(web: Web, where: str, headers: dict[str, str], form: dict[str, str] | None = None) -> Any:
    """Ask as a proxy that has ended TLS does."""
    body = None if form is None else urlencode(form).encode()
    request = Request(web.address + where, body, {"X-Forwarded-Proto": "https", **headers})  # noqa: S310
    with build_opener(AsItIs, Kept).open(request) as answer:
        answer.read()
        return answer


def faults(answer: Any, *, is_https: bool = True, is_file: bool = False) -> list[str]:
    """List what is missing on an answer."""
    found = [name for name, value in ALWAYS.items() if answer.headers[name] != value]
    said = (answer.headers["Content-Security-Policy"] or "").split("; ")
    policy = dict(part.partition(" ")[::2] for part in said)
    found += [name for name, value in POLICY.items() if policy.get(name) != value]
    found += ["unsafe"] * ("unsafe" in str(policy))
    age = re.search(r"max-age=(\d+)", answer.headers["Strict-Transport-Security"] or "")
    found += ["HSTS"] * (is_https and (age is None or int(age[1]) < A_YEAR))
    found += ["no-store"] * (not is_file and "no-store" not in answer.headers["Cache-Control"])
    for cookie in answer.headers.get_all("Set-Cookie") or []:
        marks = {mark.strip().lower() for mark in cookie.split(";")[1:]}
        is_kept = {"secure", "httponly", "path=/", "samesite=lax"} <= marks
        found += [cookie.split("=")[0]] * (not (is_kept and cookie.startswith("__Host-")))
    return found


def test_every_address_has_all_headers(production_web: Web) -> None:
    """Asked by a stranger and an administrator, read and sent to without a token for forms."""
    World()
    boss = Client()
    boss.force_login(make_user(superuser=True))
    cookie = {"Cookie": f"__Host-sessionid={boss.cookies['sessionid'].value}"}
    everywhere = sorted(set(addresses(get_resolver())))
    assert len(everywhere) > 250
    missing: dict[str, list[str]] = {}
    statuses: set[int] = set()
    requests = 0
    for where in everywhere:
        for headers, form in (({}, None), (cookie, None), (cookie, {"a": "b"})):
            answer = ask(production_web, where, headers, form)
            requests, statuses = requests + 1, statuses | {answer.status}
            if found := faults(answer):
                missing[f"{where} {answer.status}"] = found
    print(f"{requests} answers of {len(everywhere)} addresses, {len(missing)} lack a header")
    assert missing == {}
    assert {200, 302, 403, 404, 405} <= statuses
    assert not [status for status in statuses if status >= 500]


def test_files_redirects_and_errors_have_them_too(production_web: Web, static_root: Path) -> None:
    manifest = json.loads((static_root / "staticfiles.json").read_text())["paths"]
    for name in ("css/tokens.css", "htmx/htmx.min.js", "mfa/js/webauthn.js", "favicon.svg"):
        answer = ask(production_web, f"/static/{manifest[name]}", {})
        assert answer.status == 200
        assert faults(answer, is_file=True) == []
    plain = ask(production_web, "/portfolios/", {"X-Forwarded-Proto": "http"})
    assert (plain.status, plain.headers["Location"][:8]) == (301, "https://")
    assert faults(plain, is_https=False, is_file=True) == []
    for where, headers in (
        ("/static/missing.css", {}),
        ("/%00", {}),
        ("/", {"Host": "elsewhere.example"}),
        ("/login/", {"Content-Type": "text/plain; charset=latin-1"}),
    ):
        answer = ask(production_web, where, headers)
        assert answer.status in (400, 404)
        assert set(faults(answer)) <= {"no-store"}, where


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_defect_has_them_too() -> None:
    answer: Any = Client(raise_request_exception=False).get("/broken/")
    assert answer.status_code == 500
    for name, value in ALWAYS.items():
        assert answer[name] == value
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_who_signs_in_gets_a_cookie_that_no_other_host_can_set(production_web: Web) -> None:
    make_user("ines")
    page = production_web.get("/login/", {"X-Forwarded-Proto": "https"})
    assert page.headers["Set-Cookie"].startswith("__Host-csrftoken=")
    assert "Domain" not in page.headers["Set-Cookie"]
