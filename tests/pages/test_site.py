"""What holds on every page: signing in, health checks, error pages, headers, colours."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.signals import before_task_publish
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from ppm import urls
from ppm.core.nudge import SWEEP
from tests.factories import PASSWORD, make_portfolio, make_user

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
TOKENS = (ROOT / "static/css/tokens.css").read_text()

pytestmark = pytest.mark.django_db


def broken(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise RuntimeError("a secret detail")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def test_signing_in_leads_where_one_wanted_to_go(client: Client) -> None:
    make_user("ines")
    form = {"username": "ines", "password": PASSWORD, "next": "/portfolios/"}
    response = client.post("/login/", form)
    assert response["Location"] == "/portfolios/"
    assert client.get("/login/")["Location"] == "/"


def test_signing_in_leads_to_no_other_site(client: Client) -> None:
    make_user("ines")
    form = {"username": "ines", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/login/", form)["Location"] == "/"


def test_a_wrong_password_is_said_and_nobody_signed_in(client: Client) -> None:
    make_user("ines")
    response = client.post("/login/", {"username": "ines", "password": "wrong"})
    assert b'role="alert"' in response.content
    assert "_auth_user_id" not in client.session


def test_signing_out_is_a_post(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/")["Location"] == "/login/?next=/"


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_health_checks_answer_without_signing_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "address", ["/", "/portfolios/", "/nowhere/", "/admin/", "/api/docs/", "/api/v1/risks/"]
)
def test_nobody_keeps_a_copy(client: Client, address: str) -> None:
    client.force_login(make_user(superuser=True))
    assert "no-store" in client.get(address)["Cache-Control"]
    assert "no-store" in Client().get(address)["Cache-Control"]


def test_static_files_may_be_kept(tmp_path: Path) -> None:
    (tmp_path / "site.css").write_text("a {}")
    with override_settings(STATIC_ROOT=tmp_path, WHITENOISE_USE_FINDERS=False):
        answer = Client().get("/static/site.css")
        answer.close()
    assert answer.status_code == 200
    assert "no-store" not in answer["Cache-Control"]


@pytest.fixture
def sent(db: None) -> Iterator[list[str]]:
    """Collect the names of the tasks that are sent to the broker."""
    names: list[str] = []

    def note(sender: str, **_: object) -> None:
        names.append(sender)

    before_task_publish.connect(note)
    yield names
    before_task_publish.disconnect(note)


@pytest.mark.parametrize(
    ("method", "body", "status", "nudges"),
    [
        ("post", {"title": "Flood"}, 201, [SWEEP]),
        ("post", {}, 400, []),
        ("put", {}, 405, []),
        ("get", {}, 200, []),
    ],
)
def test_what_was_written_wakes_a_worker(
    method: str, body: dict[str, object], status: int, nudges: list[str], sent: list[str]
) -> None:
    client = Client()
    client.force_login(make_user(superuser=True))
    given = {**body, "component": make_portfolio().pk} if body else body
    call = getattr(client, method)
    options = {} if method == "get" else {"content_type": "application/json"}
    assert call("/api/v1/risks/", given, **options).status_code == status
    assert sent == nudges


def test_pages_are_only_read(client: Client) -> None:
    client.force_login(make_user())
    pages = ("/", "/portfolios/", "/projects/")
    for address in (*pages, "/portfolios/X/", "/programs/X/", "/projects/X/"):
        assert client.post(address).status_code == 405


def test_a_missing_page_is_the_same_for_all(client: Client) -> None:
    unknown = client.get("/nowhere/")
    client.force_login(make_user())
    known = client.get("/nowhere/at/all/")
    assert unknown.status_code == known.status_code == 404
    assert unknown.content == known.content


@override_settings(ROOT_URLCONF=__name__)
def test_a_failure_tells_its_reference_and_nothing_else() -> None:
    response = Client(raise_request_exception=False).get("/broken/")
    assert response.status_code == 500
    assert response["X-Request-ID"] in response.content.decode()
    assert b"secret" not in response.content


def test_a_forged_form_is_refused_politely() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert b"Nothing was saved" in response.content


def test_the_policy_allows_nothing_inline(client: Client) -> None:
    policy = client.get("/login/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_have_no_inline_style_or_script(template: Path) -> None:
    """Data for a script is none."""
    text = template.read_text().replace('type="application/json"', 'src=""')
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", text)


def palettes() -> dict[str, dict[str, str]]:
    """Return the colours of the light and of both dark palettes."""
    light, system, chosen = re.findall(
        r"color-scheme: (?:light|dark);(.*?)\n\s*}", TOKENS, re.DOTALL
    )
    colours = {
        name: dict(re.findall(r"--([\w-]+): (#\w{6});", text))
        for name, text in (("light", light), ("dark", system), ("chosen dark", chosen))
    }
    assert colours["dark"] == colours["chosen dark"]
    return colours


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours by WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_glyphs_have_contrast(scheme: str) -> None:
    colours = palettes()[scheme]
    for ground in ("background", "surface"):
        for text in ("text", "muted", "link"):
            assert contrast(colours[text], colours[ground]) >= 4.5
    for health in ("green", "amber", "red", "unknown"):
        assert contrast(colours[f"{health}-text"], colours[f"{health}-tint"]) >= 4.5
        assert contrast(colours[health], colours["background"]) >= 3
    assert contrast(colours["on-button"], colours["button"]) >= 4.5
    assert contrast(colours["focus"], colours["background"]) >= 3
