"""A visit to the running product, as a browser makes it: log in, look at the home page."""

import html
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar

from ops.processes import OpsError

VISITOR = "portfolio manager"


@dataclass(frozen=True)
class Login:
    """A user of the demo organisation."""

    username: str
    password: str
    role: str


def front_door(port: int) -> str:
    """Return the address of the home page, by a name: passkeys do not work at a number."""
    return f"http://localhost:{port}/"


def is_answering(port: int) -> bool:
    """Say whether the web server answers."""
    try:
        with _new_browser().open(f"{front_door(port)}livez", timeout=5):
            return True
    except (OSError, http.client.HTTPException):
        return False


def visit(address: str, logins: list[Login]) -> str:
    """Log in as the portfolio manager, find a component on the home page, and say so.

    Raises `OpsError` when a page cannot be had or shows no component.
    """
    visitor = next((login for login in logins if login.role == VISITOR), None)
    if visitor is None:
        raise OpsError(f"the demo has no {VISITOR}")
    browser = _new_browser()
    try:
        _log_in(browser, address, visitor)
        components = json.loads(_read(browser, f"{address}api/v1/components/?limit=200"))
        home = html.unescape(_read(browser, address))
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise OpsError(f"the home page cannot be had: {error}") from error
    names = [component["name"] for component in components["results"]]
    shown = next((name for name in names if name in home), None)
    if shown is None:
        raise OpsError(f"the home page shows none of {len(names)} components")
    return f"The home page shows {visitor.username} “{shown}”."


def _new_browser() -> urllib.request.OpenerDirector:
    # This machine is never reached through a proxy, whatever the environment says.
    direct = urllib.request.ProxyHandler({})
    return urllib.request.build_opener(direct, urllib.request.HTTPCookieProcessor(CookieJar()))


def _log_in(browser: urllib.request.OpenerDirector, address: str, login: Login) -> None:
    with browser.open(address, timeout=30) as page:  # leads to the login form
        form_address, form = page.url, page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    if token is None:
        raise OpsError(f"{form_address} has no login form")
    fields = {
        "csrfmiddlewaretoken": token[1],
        "username": login.username,
        "password": login.password,
    }
    body = urllib.parse.urlencode(fields).encode()
    with browser.open(form_address, body, timeout=30) as page:
        if "csrfmiddlewaretoken" in page.read().decode() and page.url == form_address:
            raise OpsError(f"{login.username} cannot log in")


def _read(browser: urllib.request.OpenerDirector, address: str) -> str:
    with browser.open(address, timeout=30) as page:
        return str(page.read().decode())
