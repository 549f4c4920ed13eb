"""People who sign in, with and without a second factor, and where they do."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

from ppm.celery import app
from ppm.core.models import User
from tests.factories import PASSWORD
from tests.proofs.stack import free_port
from tests.watching.conftest import Answer, Web, running_web

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105
WRONG = "a wrong horse battery"


def sign_in(
    client: Client, login: str, password: str = PASSWORD, *, address: str = "192.0.2.1"
) -> Any:
    """Send the sign-in form, from a network address."""
    form = {"username": login, "password": password}
    return client.post("/login/", form, REMOTE_ADDR=address)


def is_signed_in(client: Client) -> bool:
    """Tell whether the client gets past the sign-in page."""
    return client.get("/account/").status_code == 200


def with_app(user: User) -> list[str]:
    """Give the user an authenticator app; return the recovery codes."""
    TOTP.activate(user, SECRET)
    return list(RecoveryCodes.activate(user).generate_codes())


def code_now(*, steps: int = 0, secret: str = SECRET) -> str:
    """Read the code off the app, or the one some half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def mails_to(address: str) -> list[str]:
    """Read the mails to an address, oldest first."""
    folder = Path(str(settings.EMAIL_FILE_PATH))
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime)
    return [text for file in files if f"To: {address}" in (text := file.read_text())]


def link_in(mail: str) -> str:
    """Find the link, without the site that it is on."""
    found = re.search(r"https?://[^/]+(/\S+)", mail)
    assert found
    return found[1]


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect static files as for production."""
    folder = tmp_path_factory.mktemp("static")
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", "--no-input", verbosity=0)
    return folder


@pytest.fixture
def production_web(transactional_db: None, tmp_path: Path, static_root: Path) -> Iterator[Web]:
    """Run the web server as in production, behind a proxy that ends TLS."""
    with running_web(
        tmp_path / "web.log",
        broker=app.conf.broker_url,
        threads=8,
        PPM_HTTPS="on",
        PPM_STATIC_ROOT=str(static_root),
    ) as web:
        yield web


@pytest.fixture
def broad_web(transactional_db: None, tmp_path: Path, static_root: Path) -> Iterator[Web]:
    """Run a web server that answers 32 requests at once, where no broker is."""
    broker = f"redis://127.0.0.1:{free_port()}/0"
    settings = {"PPM_STATIC_ROOT": str(static_root), "PPM_API_CALLS_PER_MINUTE": "50"}
    with running_web(tmp_path / "log", broker=broker, threads=16, **settings) as web:
        yield web


def form_token(web: Web) -> tuple[str, str]:
    """Read what a form is sent with: the cookie, and the token in the form."""
    page = web.get("/login/")
    token = page.text.split('csrfmiddlewaretoken" value="')[1][:64]
    return str(page.headers["Set-Cookie"]).split(";")[0], token


def post_form(
    web: Web, where: str, form: dict[str, str], sent_with: tuple[str, str] | None = None
) -> Answer:
    """Send a form as a browser does."""
    cookie, token = sent_with or form_token(web)
    body = urlencode({**form, "csrfmiddlewaretoken": token}).encode()
    return web.ask(Request(web.address + where, body, {"Cookie": cookie}))  # noqa: S310
