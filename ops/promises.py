"""What callers of the API rely on: a change of its description that would break them is an error.

`python -m ops.promises` compares with `docs/openapi.json`, which is the description of the last
release without its words; with `--release` it writes that file. A break that is meant stands in
`docs/api-breaks.toml`, and counts as announced when its `sunset` is over.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from ops.checks import SETTINGS
from ops.processes import ROOT, Command

Part = Mapping[str, Any]
Found = tuple[str, str]
"""What broke, and for callers of which operation."""

RELEASED = ROOT / "docs/openapi.json"
MEANT = ROOT / "docs/api-breaks.toml"
WORDS = {"description", "example", "examples", "title", "tags", "default", "readOnly", "security"}
"""What is said about values and callers; whether a call still works does not rest on it."""
NAMED = {"properties", "schemas", "responses", "parameters"}
"""Where keys are names, which may be any word."""
LIMITS = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1}
"""Limits, and in which direction they narrow."""


def main(arguments: list[str]) -> int:
    """Compare, or write what is released; return 1 where a promise is broken."""
    now = bare(json.loads(described()))
    if arguments == ["--release"]:
        RELEASED.write_text(written(now) + "\n")
        return 0
    meant = over(tomllib.loads(MEANT.read_text()), today=datetime.now(UTC).date())
    found = breaks(json.loads(RELEASED.read_text()), now)
    broken = {what: whom for what, whom in found.items() if what not in meant}
    for what, whom in broken.items():
        print(f"{what}\n    breaks {', '.join(whom)}")
    return int(bool(broken))


def described() -> bytes:
    """Return the description of the API as it is now."""
    command: Command = [sys.executable, ROOT / "manage.py", "spectacular"]
    command = [*command, "--format", "openapi-json"]
    environment = {**SETTINGS, **os.environ}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603
    return done.stdout


def bare(part: Any, *, is_named: bool = False) -> Any:
    """Leave out the words."""
    if isinstance(part, list):
        return [bare(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    kept = part if is_named else {name: part[name] for name in part if name not in WORDS}
    return {name: bare(value, is_named=name in NAMED) for name, value in kept.items()}


def written(part: Any, *, depth: int = 3) -> str:
    """Write a description with a line for each operation and each schema."""
    if not (depth and isinstance(part, dict)):
        return json.dumps(part, sort_keys=True)
    lines = (f"{json.dumps(key)}: {written(part[key], depth=depth - 1)}" for key in sorted(part))
    return "{\n" + ",\n".join(lines) + "\n}"


def over(meant: Part, *, today: date) -> set[str]:
    """List the breaks that were announced and whose time has come."""
    return {entry["what"] for entry in meant.get("break", ()) if entry["sunset"] <= today}


def breaks(before: Part, after: Part) -> dict[str, list[str]]:
    """List what broke, each with the operations whose callers notice."""
    found: dict[str, list[str]] = defaultdict(list)
    for what, whom in Comparison(before, after).all():
        if whom not in found[what]:
            found[what].append(whom)
    return dict(found)


class Comparison:
    """Two descriptions, before and after."""

    def __init__(self, before: Part, after: Part) -> None:
        """Keep them."""
        self.before, self.after = before, after

    def all(self) -> Iterator[Found]:
        """Go through the operations that there were."""
        for path, methods in self.before["paths"].items():
            for method, old in methods.items():
                name = f"{method.upper()} {path}"
                new = self.after["paths"].get(path, {}).get(method)
                if new is None:
                    yield f"{name} is gone", name
                    continue
                for what in self.of_operation(name, old, new):
                    yield what, name

    def of_operation(self, name: str, old: Part, new: Part) -> Iterator[str]:
        """Compare what is asked, sent and answered."""
        if old["operationId"] != new["operationId"]:
            yield f"{name} is called {new['operationId']}, not {old['operationId']}"
        yield from self.of_parameters(name, old, new)
        yield from self.of_bodies(name, old, new)
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{name} does not answer {status} any more"
                continue
            before = schema_of(self.resolved(answer, is_old=True))
            after = schema_of(self.resolved(new["responses"][status], is_old=False))
            yield from Answer(self, f"{name} {status}").compare(before, after)

    def of_parameters(self, name: str, old: Part, new: Part) -> Iterator[str]:
        """Compare parameters: one that is not known is refused, so none may go."""
        before, after = parameters(old), parameters(new)
        for key, one in before.items():
            if key not in after:
                yield f"{name}: parameter {key} is gone"
            else:
                narrowing = Request(self, f"{name}: parameter {key}")
                yield from narrowing.compare(one["schema"], after[key]["schema"])
        for key, one in after.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                yield f"{name}: parameter {key} must be given"

    def of_bodies(self, name: str, old: Part, new: Part) -> Iterator[str]:
        """Compare what is sent."""
        before, after = old.get("requestBody"), new.get("requestBody")
        if after and after.get("required") and not (before or {}).get("required"):
            yield f"{name}: a body must be sent"
        if before and not after:
            yield f"{name}: no body is read any more"
        if before and after:
            yield from Request(self, f"{name} body").compare(schema_of(before), schema_of(after))

    def resolved(self, part: Part, *, is_old: bool) -> Part:
        """Follow references; one that stands alone in `allOf` is nothing more."""
        while "$ref" in part or list(part) == ["allOf"]:
            if "allOf" in part:
                part, *_ = part["allOf"]
                continue
            place: Any = self.before if is_old else self.after
            for step in part["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            part = place
        return part


class Sides:
    """What holds of schemas in both directions; each says in what its own differ."""

    def __init__(self, comparison: Comparison, place: str) -> None:
        """Keep where the schemas are met."""
        self.whole, self.place = comparison, place
        self.met: set[tuple[str, str]] = set()

    def compare(self, old: Part, new: Part, place: str = "") -> Iterator[str]:
        """Compare two schemas, and those inside."""
        place = place or self.place
        names = (old.get("$ref", ""), new.get("$ref", ""))
        if all(names):
            if names in self.met:
                return
            self.met.add(names)
            place = names[0].rpartition("/")[2]
        old, new = self.whole.resolved(old, is_old=True), self.whole.resolved(new, is_old=False)
        yield from self.of_values(place, old, new)
        yield from self.of_fields(place, old, new)
        if "items" in old and "items" in new:
            yield from self.compare(old["items"], new["items"], f"{place}[]")
        before, after = alternatives(old), alternatives(new)
        yield from self.of_alternatives(place, set(before), set(after))
        for name in before.keys() & after.keys():
            yield from self.compare(before[name], after[name], place)

    def of_fields(self, place: str, old: Part, new: Part) -> Iterator[str]:
        """Compare the fields of objects."""
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, field in before.items():
            if name not in after:
                yield f"{place}.{name} is gone"
            else:
                yield from self.compare(field, after[name], f"{place}.{name}")
        for name in sorted(
            self.demanded(set(old.get("required", ())), set(new.get("required", ())))
        ):
            if name in after:
                yield f"{place}.{name} {self.demand}"

    demand: str

    def demanded(self, old: set[str], new: set[str]) -> set[str]:
        """Name the fields whose being required changed to somebody's harm."""
        raise NotImplementedError

    def of_values(self, place: str, old: Part, new: Part) -> Iterator[str]:
        """Compare what values there may be."""
        raise NotImplementedError

    def of_alternatives(self, place: str, old: set[str], new: set[str]) -> Iterator[str]:
        """Compare the kinds of which a value may be."""
        raise NotImplementedError


class Request(Sides):
    """What callers send: nothing that was taken may be refused."""

    demand = "must be given"

    def demanded(self, old: set[str], new: set[str]) -> set[str]:
        """Name what must be given from now on."""
        return new - old

    def of_values(self, place: str, old: Part, new: Part) -> Iterator[str]:
        """Find values that were taken."""
        yield from self.of_alternatives(place, types(old), types(new))
        if gone := choices(new) and (choices(old) or {"any text"}) - choices(new):
            yield f"{place} cannot be {', '.join(sorted(gone))} any more"
        for limit, direction in LIMITS.items():
            if limit in new and direction * (new[limit] - old.get(limit, -direction * 10**19)) > 0:
                yield f"{place} has another {limit}, {new[limit]}"
        for rule in ("pattern", "format"):
            if rule in new and new[rule] != old.get(rule):
                yield f"{place} has another {rule}, {new[rule]}"

    def of_alternatives(self, place: str, old: set[str], new: set[str]) -> Iterator[str]:
        """Find kinds that were taken; nothing said means any."""
        if lost := new and (old or {"anything"}) - new:
            yield f"{place} cannot be {' or '.join(sorted(lost))} any more"


class Answer(Sides):
    """What callers read: nothing that was there may be missing, or of another kind."""

    demand = "may be missing"

    def demanded(self, old: set[str], new: set[str]) -> set[str]:
        """Name what was always there."""
        return old - new

    def of_values(self, place: str, old: Part, new: Part) -> Iterator[str]:
        """Find kinds of values that nobody expects. That a choice grows is to be expected."""
        yield from self.of_alternatives(place, types(old), types(new))
        if "format" in old and new.get("format") != old["format"]:
            yield f"{place} is no {old['format']} any more"

    def of_alternatives(self, place: str, old: set[str], new: set[str]) -> Iterator[str]:
        """Find kinds that are new."""
        if added := old and (new or {"anything"}) - old:
            yield f"{place} can be {' or '.join(sorted(added))}"


def parameters(operation: Part) -> dict[str, Part]:
    """Return the parameters of an operation by name."""
    return {one["name"]: one for one in operation.get("parameters", ())}


def schema_of(part: Part) -> Part:
    """Return the schema of a body or an answer; an empty one where there is none."""
    for content in part.get("content", {}).values():
        schema: Part = content["schema"]
        return schema
    return {}


def types(schema: Part) -> set[str]:
    """Name the types of a schema; a whole number is a number."""
    found = schema.get("type", ())
    named = {found} if isinstance(found, str) else set(found)
    return named | {"integer"} if "number" in named else named


def choices(schema: Part) -> set[str]:
    """Return the values to choose from; empty where any will do."""
    return {str(value) for value in schema.get("enum", ())}


def alternatives(schema: Part) -> dict[str, Part]:
    """Return the kinds of which a value may be, by the names of their schemas or by types."""
    every = [one for name in ("allOf", "oneOf", "anyOf") for one in schema.get(name, ())]
    return {one.get("$ref", "").rpartition("/")[2] or str(one.get("type")): one for one in every}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
