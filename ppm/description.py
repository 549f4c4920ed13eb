"""What the API's description says beyond the code: subjects, meanings of values, examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from ppm.api import ASKED_FOR, SUBJECTS
from ppm.meanings import MEANINGS

Part = dict[str, Any]

EXAMPLES = Path(__file__).with_name("examples.json")
"""A request and a response of each resource, and of each refusal; tests keep them true."""

LISTED = re.compile(r"^\* `(.*)` - .*$", re.MULTILINE)


def describe(result: Part, generator: SchemaGenerator, request: object, public: bool) -> Part:
    """Complete the description that is generated from the code."""
    result["tags"] = [{"name": subject} for subject in SUBJECTS]
    examples = json.loads(EXAMPLES.read_text())
    for path, method, operation in operations(result):
        name, *rest = path.removeprefix("/api/v1/").strip("/").split("/")
        operation["tags"] = [subject_of(name)]
        example = examples["-".join([name, *rest[1:]])]
        add_examples(operation, method, many(example) if rest == ["bulk"] else example)
        for parameter in operation.get("parameters", []):
            explain(parameter, enum_in(parameter["schema"]))
    for schema in result["components"]["schemas"].values():
        explain(schema, schema.get("enum"))
    return result


def operations(result: Part) -> Iterator[tuple[str, str, Part]]:
    """Go through all that can be asked."""
    for path, methods in result["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def subject_of(name: str) -> str:
    """Tell the subject that a resource belongs to."""
    name = "jobs" if name in ASKED_FOR else name
    return next(subject for subject, viewsets in SUBJECTS.items() if name in viewsets)


def enum_in(schema: Part) -> list[str] | None:
    """Find the values of a parameter, be it one or many."""
    values: list[str] | None = schema.get("enum") or schema.get("items", {}).get("enum")
    return values


def explain(described: Part, values: list[str] | None) -> None:
    """Say of each value what it means."""
    meaning = meaning_of(set(values or ()))
    if meaning:
        described["description"] = LISTED.sub(
            lambda line: f"* `{line[1]}` - {meaning[line[1]]}", described["description"]
        )


def meaning_of(values: set[str]) -> dict[str, str]:
    """Find the choice that has these values, else one that has them too; empty for none."""
    known = list(MEANINGS.values())
    same = [meaning for meaning in known if meaning.keys() == values]
    wider = [meaning for meaning in known if values and meaning.keys() >= values]
    return next(iter([*same, *wider]), {})


def many(example: Part) -> Part:
    """Write the example of a row as that of a call with many."""
    row = example["response"]
    told = {name: row[name] for name in ("id", "version") if name in row}
    return {
        "request": {"mode": "create", "rows": [example["request"]]},
        "response": {
            "created": 1,
            "updated": 0,
            "unchanged": 0,
            "failed": 0,
            "rows": [{"row": 0, "outcome": "created", **told}],
        },
    }


def add_examples(operation: Part, method: str, example: Part) -> None:
    """Give an operation the example of its resource."""
    response = example["response"]
    if method == "patch":
        *_, last = example["request"].items()
        body = dict([last])
    else:
        body = example["request"]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = body
    for status in ("200", "201", "202"):
        for content in operation["responses"].get(status, {}).get("content", {}).values():
            is_page = "Paginated" in content["schema"].get("$ref", "")
            page = {"next": None, "previous": None, "results": [response]}
            content["example"] = page if is_page else response
