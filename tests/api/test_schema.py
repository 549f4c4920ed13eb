"""The description of the API, and the page that shows it."""

import json
import re
from typing import Any

import pytest
from django.db.models import TextChoices
from django.test import Client
from playwright.sync_api import Page, expect

from ppm.api import SUBJECTS, router
from ppm.core.models import Risk
from ppm.description import enum_in
from ppm.meanings import MEANINGS
from tests.factories import PASSWORD, make_portfolio, make_user

Schema = dict[str, Any]


def operations(schema: Schema) -> list[tuple[str, Schema]]:
    """List everything that can be asked, each with its name."""
    return [
        (f"{method} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_resource_is_described_under_its_subject(schema: Schema) -> None:
    for subject, viewsets in SUBJECTS.items():
        for name in viewsets:
            for operation in schema["paths"][f"/api/v1/{name}/"].values():
                assert operation["tags"] == [subject]
    assert [tag["name"] for tag in schema["tags"]] == list(SUBJECTS)


def test_every_operation_says_what_it_does_and_how_it_refuses(schema: Schema) -> None:
    for name, operation in operations(schema):
        assert operation["description"].rstrip().endswith("."), name
        answers = operation["responses"]
        assert {"401", "403", "503", "default"} <= set(answers), name
        is_write = not name.startswith("get")
        assert ("409" in answers) is is_write, name
        for status, answer in answers.items():
            if not status.startswith("2"):
                said = schema["components"]["responses"][answer["$ref"].rpartition("/")[2]]
                examples = said["content"]["application/problem+json"]["examples"]
                assert examples or not status.startswith("4"), status


def test_every_parameter_is_described(schema: Schema) -> None:
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                sentence = parameter["description"].splitlines()[0]
                assert sentence.endswith("."), (name, parameter["name"])


def test_every_list_says_by_what_it_is_ordered(schema: Schema) -> None:
    for name, _, _ in router.registry:
        parameters = schema["paths"][f"/api/v1/{name}/"]["get"]["parameters"]
        [ordering] = [p for p in parameters if p["name"] == "ordering"]
        assert {"id", "-id"} <= set(ordering["schema"]["items"]["enum"])


def enumerations(schema: Schema) -> list[tuple[str, list[str], str]]:
    """List every choice: where it stands, its values, and what is said of them."""
    found = [
        (name, part["enum"], part.get("description", ""))
        for name, part in schema["components"]["schemas"].items()
        if "enum" in part and part["enum"] != [""]
    ]
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            values = enum_in(parameter["schema"])
            if values and parameter["name"] not in ("ordering", "fields", "expand"):
                found.append((f"{name} {parameter['name']}", values, parameter["description"]))
    return found


def test_every_value_of_a_choice_is_explained(schema: Schema) -> None:
    for name, values, description in enumerations(schema):
        lines = dict(re.findall(r"^\* `(.+)` - (.+)$", description, re.MULTILINE))
        assert set(lines) == set(values), name
        assert set(lines.values()) <= {said for of in MEANINGS.values() for said in of.values()}


@pytest.mark.parametrize("choices", MEANINGS, ids=lambda choices: choices.__name__)
def test_the_meanings_are_complete(choices: type[TextChoices]) -> None:
    assert list(MEANINGS[choices]) == choices.values


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
    page.get_by_role("heading", name="Risks, issues and changes").get_by_role("button").click()
    page.locator("[id$=-risks_create] button").first.click()
    page.get_by_role("button", name="Try it out").click()
    body = json.dumps({"component": portfolio.pk, "title": "Flood"})
    page.locator("textarea.body-param__text").fill(body)
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table tbody .response-col_status")
    expect(answer.first).to_contain_text("201")
    assert Risk.objects.get().title == "Flood"
