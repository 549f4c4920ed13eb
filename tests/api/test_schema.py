"""The description of the API, and the page that shows it."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page, expect

from ppm.api import router
from ppm.core.models import Risk
from tests.factories import PASSWORD, make_portfolio, make_user


def test_the_schema_is_valid_and_complete() -> None:
    output = StringIO()
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=output
    )
    schema = json.loads(output.getvalue())
    for name, _, _ in router.registry:
        assert f"/api/v1/{name}/" in schema["paths"]
    for operations in schema["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_the_first_address_lists_the_collections(db: None) -> None:
    client = Client()
    index = client.get("/api/v1/").json()
    assert list(index["collections"]) == [name for name, _, _ in router.registry]
    for name, address in index["collections"].items():
        assert address == f"http://testserver/api/v1/{name}/"
        assert client.get(address).status_code == 401
    assert client.get(index["documentation"]).status_code == 302
    assert client.post("/api/v1/").status_code == 405


def test_the_schema_is_served(client: Client, db: None) -> None:
    assert client.get("/api/schema/").status_code == 200


@pytest.mark.slow
def test_the_api_can_be_read_and_tried_on_its_page(page: Page) -> None:
    user = make_user(superuser=True)
    portfolio = make_portfolio()
    page.goto("/api/docs/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#operations-tag-risks button").first.click()
    page.locator("#operations-risks-risks_create button").first.click()
    page.get_by_role("button", name="Try it out").click()
    body = json.dumps({"component": portfolio.pk, "title": "Flood"})
    page.locator("textarea.body-param__text").fill(body)
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table tbody .response-col_status")
    expect(answer.first).to_contain_text("201")
    assert Risk.objects.get().title == "Flood"
