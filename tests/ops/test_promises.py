"""What would break callers of the API is found; what would not is left alone."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from ops.promises import RELEASED, bare, breaks, over, written

Part = dict[str, Any]
Change = Callable[[Part], object]

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
BEFORE: Part = {
    "paths": {
        "/boats/": {
            "get": {
                "operationId": "boats_list",
                "parameters": [
                    {"name": "colour", "schema": {"type": "string", "enum": ["red", "blue"]}},
                    {"name": "limit", "schema": {"type": "integer", "maximum": 200}},
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {
                        "type": "array", "items": {"$ref": "#/components/schemas/Boat"}
                    }}}},
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
            "post": {
                "operationId": "boats_create",
                "requestBody": {
                    "content": {"application/json": {"schema": {
                        "$ref": "#/components/schemas/BoatRequest"
                    }}},
                    "required": True,
                },
                "responses": {"201": {"content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Boat"
                }}}}},
            },
            "delete": {"operationId": "boats_destroy", "responses": {"204": {}}},
        }
    },
    "components": {
        "responses": {"NotFound": {"description": "Nothing."}},
        "schemas": {
            "Boat": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": TEXT,
                    "masts": NUMBER,
                    "launched": {"type": ["string", "null"], "format": "date"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Boat"}},
                    "owner": {"oneOf": [{"$ref": "#/components/schemas/Rig"}, {"type": "null"}]},
                },
            },
            "BoatRequest": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 100},
                    "masts": {"type": ["integer", "string"], "minimum": 0},
                    "rig": {"$ref": "#/components/schemas/Rig"},
                },
            },
            "Rig": {"type": "string", "enum": ["sloop", "ketch"]},
        },
    },
}  # fmt: skip


def listing(part: Part) -> Part:
    """Return the operation that lists."""
    found: Part = part["paths"]["/boats/"]["get"]
    return found


def posting(part: Part) -> Part:
    """Return the operation that adds."""
    found: Part = part["paths"]["/boats/"]["post"]
    return found


def schema(part: Part, name: str) -> Part:
    """Return a schema."""
    found: Part = part["components"]["schemas"][name]
    return found


def fields(part: Part, name: str) -> Part:
    """Return the fields of a schema."""
    found: Part = schema(part, name)["properties"]
    return found


LIST, POST, DELETE = "GET /boats/", "POST /boats/", "DELETE /boats/"
BREAKS: dict[str, tuple[Change, list[str]]] = {
    "GET /boats/ is gone": (lambda new: new["paths"]["/boats/"].pop("get"), [LIST]),
    "DELETE /boats/ is called boats_delete, not boats_destroy": (
        lambda new: new["paths"]["/boats/"]["delete"].update(operationId="boats_delete"),
        [DELETE],
    ),
    "GET /boats/ does not answer 404 any more": (
        lambda new: listing(new)["responses"].pop("404"),
        [LIST],
    ),
    "GET /boats/: parameter limit is gone": (
        lambda new: listing(new)["parameters"].pop(),
        [LIST],
    ),
    "GET /boats/: parameter size must be given": (
        lambda new: listing(new)["parameters"].append(
            {"name": "size", "required": True, "schema": TEXT}
        ),
        [LIST],
    ),
    "GET /boats/: parameter colour must be given": (
        lambda new: listing(new)["parameters"][0].update(required=True),
        [LIST],
    ),
    "GET /boats/: parameter colour cannot be blue any more": (
        lambda new: listing(new)["parameters"][0]["schema"]["enum"].remove("blue"),
        [LIST],
    ),
    "GET /boats/: parameter limit has another maximum, 100": (
        lambda new: listing(new)["parameters"][1]["schema"].update(maximum=100),
        [LIST],
    ),
    "GET /boats/: parameter limit has another minimum, 1": (
        lambda new: listing(new)["parameters"][1]["schema"].update(minimum=1),
        [LIST],
    ),
    "POST /boats/: no body is read any more": (
        lambda new: posting(new).pop("requestBody"),
        [POST],
    ),
    "DELETE /boats/: a body must be sent": (
        lambda new: new["paths"]["/boats/"]["delete"].update(
            requestBody=posting(new)["requestBody"]
        ),
        [DELETE],
    ),
    "Boat.masts is gone": (lambda new: fields(new, "Boat").pop("masts"), [LIST, POST]),
    "Boat.name may be missing": (lambda new: schema(new, "Boat").pop("required"), [LIST, POST]),
    "Boat.masts can be null": (
        lambda new: fields(new, "Boat").update(masts={"type": ["integer", "null"]}),
        [LIST, POST],
    ),
    "Boat.masts can be anything": (
        lambda new: fields(new, "Boat").update(masts={}),
        [LIST, POST],
    ),
    "Boat.owner can be Boat": (
        lambda new: fields(new, "Boat")["owner"]["oneOf"].append(
            {"$ref": "#/components/schemas/Boat"}
        ),
        [LIST, POST],
    ),
    "Boat.launched is no date any more": (
        lambda new: fields(new, "Boat")["launched"].pop("format"),
        [LIST, POST],
    ),
    "BoatRequest.masts is gone": (lambda new: fields(new, "BoatRequest").pop("masts"), [POST]),
    "BoatRequest.masts must be given": (
        lambda new: schema(new, "BoatRequest")["required"].append("masts"),
        [POST],
    ),
    "BoatRequest.masts cannot be string any more": (
        lambda new: fields(new, "BoatRequest")["masts"].update(type="integer"),
        [POST],
    ),
    "BoatRequest.name has another maxLength, 50": (
        lambda new: fields(new, "BoatRequest")["name"].update(maxLength=50),
        [POST],
    ),
    "BoatRequest.name has another pattern, ^[a-z]+$": (
        lambda new: fields(new, "BoatRequest")["name"].update(pattern="^[a-z]+$"),
        [POST],
    ),
    "BoatRequest.name cannot be any text any more": (
        lambda new: fields(new, "BoatRequest")["name"].update(enum=["Ada"]),
        [POST],
    ),
    "Rig cannot be ketch any more": (
        lambda new: schema(new, "Rig")["enum"].remove("ketch"),
        [POST],
    ),
}
HARMLESS: dict[str, Change] = {
    "a new operation": lambda new: new["paths"].update({"/ports/": {"get": {}}}),
    "a new parameter": lambda new: listing(new)["parameters"].append(
        {"name": "size", "schema": TEXT}
    ),
    "a new field to read": lambda new: fields(new, "Boat").update(size=NUMBER),
    "a new field to send": lambda new: fields(new, "BoatRequest").update(size=NUMBER),
    "a field that need not be sent any more": lambda new: schema(new, "BoatRequest").pop(
        "required"
    ),
    "a field that is always there now": lambda new: schema(new, "Boat")["required"].append(
        "masts"
    ),
    "a new choice": lambda new: schema(new, "Rig")["enum"].append("yawl"),
    "a wider limit": lambda new: listing(new)["parameters"][1]["schema"].update(maximum=500),
    "another status": lambda new: posting(new)["responses"].update({"409": {}}),
    "a reference that is wrapped": lambda new: fields(new, "BoatRequest").update(
        rig={"allOf": [{"$ref": "#/components/schemas/Rig"}]}
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_found_and_says_for_whom(what: str) -> None:
    change, whom = BREAKS[what]
    after = deepcopy(BEFORE)
    change(after)
    assert breaks(BEFORE, after) == {what: whom}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_breaks_nobody_is_left_alone(what: str) -> None:
    after = deepcopy(BEFORE)
    HARMLESS[what](after)
    assert after != BEFORE
    assert breaks(BEFORE, after) == {}


def test_a_break_may_be_made_when_its_time_has_come() -> None:
    meant = {"break": [{"what": "Boat.masts is gone", "sunset": date(2026, 7, 1)}]}
    assert over(meant, today=date(2026, 6, 30)) == set()
    assert over(meant, today=date(2026, 7, 1)) == {"Boat.masts is gone"}
    assert over({}, today=date(2026, 7, 1)) == set()


def test_words_may_change() -> None:
    said = {"properties": {"title": {"type": "string", "title": "A title"}}, "description": "So."}
    assert bare(said) == {"properties": {"title": {"type": "string"}}}


def test_what_is_released_is_written_to_be_read() -> None:
    assert json.loads(written(BEFORE)) == BEFORE
    assert written(json.loads(RELEASED.read_text())) + "\n" == RELEASED.read_text()
