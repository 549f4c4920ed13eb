"""The mapping: which columns of a file make which components, tasks and facts.

The format is described in `docs/importing.md`. A mapping is read once, and whatever is wrong with
it is said with its place before the first row is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from django.db import models

from portfolios.importing.choosing import Choice, parse_choice
from portfolios.importing.report import MappingError
from portfolios.importing.source import Rule, Source, parse_source, parse_state
from portfolios.importing.template import Cells
from portfolios.importing.values import Target, is_date_format, is_fillable, read_line, target_of
from portfolios.models import Portfolio
from portfolios.parsing.layout import Layout
from ppm.core.models import Component, Estimate, StatusReport
from programs.models import Program
from projects.models import Progress, Project, Task

COMPONENTS: dict[str, type[Component]] = {
    "portfolio": Portfolio,
    "program": Program,
    "project": Project,
}
KINDS: dict[str, type[models.Model]] = {**COMPONENTS, "task": Task}
KEYS = {kind: ("wbs", "project") if kind == "task" else ("code", "parent") for kind in KINDS}
"""Per kind what a thing is known by, and what it stands under."""
FACTS: dict[str, dict[str, Target]] = {
    "estimate": {
        "at_completion": target_of(Estimate._meta.get_field("estimate_to_complete")),
        "forecast_finish": target_of(Estimate._meta.get_field("forecast_finish")),
    },
    "report": {
        "health": target_of(StatusReport._meta.get_field("health")),
        "narrative": target_of(StatusReport._meta.get_field("narrative")),
    },
    "progress": {
        "percent": target_of(Progress._meta.get_field("percent")),
        "date": target_of(Progress._meta.get_field("date")),
    },
}
"""What a level can say beside its own fields; it says nothing where the first one is empty."""

LARGEST = 100_000
"""Characters."""
MOST_DOTS = 200
MOST_LEVELS = 20
_LAYOUT = {"sheet", "heading_rows", "records", "refers"}
_TOP = {"as_of", "date_formats", "may_lack", "lookups", "levels"} | _LAYOUT
_ANY = {"kind", "optional", "only", "except"}
_COMPONENT = _ANY | {"parent", "placement", "estimate", "report"}
_OPTIONS = {
    "portfolio": _COMPONENT,
    "program": _COMPONENT,
    "project": _COMPONENT | {"baseline"},
    "task": _ANY | {"project", "baseline", "progress"},
}
_DERIVED = {"status_date"}
_WORDS = {str: "text", bool: "true or false", date: "a date", list: "a list", dict: "a table"}


class Placement(StrEnum):
    """What becomes of a component that exists already, but not right under its parent."""

    EXACT = "exact"
    BELOW = "below"
    MOVE = "move"


@dataclass(frozen=True)
class Level:
    """One kind of thing that rows make: its key, what it stands under, its fields and facts."""

    name: str
    kind: str
    key: Source
    parent: Source
    fields: Dictionary[str, Rule]
    facts: Dictionary[str, Dictionary[str, Source]] = field(default_factory=dict)
    placement: Placement = Placement.EXACT
    optional: bool = False
    baseline: bool = False
    choice: Choice = field(default_factory=Choice)

    @property
    def is_task(self) -> bool:
        """Tell whether the level makes tasks, not components."""
        return self.kind == "task"

    def rules(self) -> Iterator[Rule]:
        """Yield every source of the level."""
        yield self.key
        yield self.parent
        yield from self.fields.values()
        for fact in self.facts.values():
            yield from fact.values()


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. The rows of a file are about the last level; the others repeat."""

    levels: tuple[Level, ...]
    as_of: date | None = None
    date_formats: tuple[str, ...] = ()
    layout: Layout = field(default_factory=Layout)
    may_lack: tuple[str, ...] = ()
    """Columns that are empty where the file has them not."""
    lookups: Dictionary[str, str] = field(default_factory=dict)
    """Columns that name another row, and the column in which that row is named."""

    def columns(self) -> list[str]:
        """The headings that a file must have, in the mapping's order."""
        rules = (rule for level in self.levels for rule in level.rules())
        chosen = (column for level in self.levels for column in level.choice.columns())
        named = (column for rule in rules for column in rule.all_columns())
        return list(dict.fromkeys([*named, *chosen]))

    def reasons_to_leave_out(self, cells: Cells) -> list[str]:
        """Say why a row makes nothing, if levels choose their rows and none has chosen it."""
        choices = [level.choice for level in self.levels if level.choice]
        if not choices or any(choice.takes(cells) for choice in choices):
            return []
        # What one level says of a column, a later one may say better.
        return list(dict(one for choice in choices for one in choice.reasons(cells)).values())

    def reasons_for_nothing(self, cells: Cells) -> list[str]:
        """Say why none of the levels that chose a row makes anything of it: no key is filled."""
        choosing = [level for level in self.levels if level.choice and level.choice.takes(cells)]
        if not choosing or not all(level.optional for level in choosing):
            return []
        columns = [column for level in choosing for column in level.key.all_columns()]
        return [f"{column} is empty" for column in dict.fromkeys(columns) if not cells[column]]


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML file."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path.name}: {error}") from error
    return parse_toml(text, path.name)


def parse_toml(text: str, name: str = "the mapping") -> Mapping:
    """Read a mapping from the text of a TOML file."""
    if len(text) > LARGEST:
        raise MappingError(f"{name} has more than {LARGEST:,} characters")
    # Its reader takes seconds for a key of thousands of parts.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.count(".") > MOST_DOTS:
            raise MappingError(f"{name}: line {number} has more than {MOST_DOTS} dots")
    try:
        content = tomllib.loads(text)
    except RecursionError as error:
        raise MappingError(f"{name} is nested too deeply") from error
    except ValueError as error:  # also of a number with thousands of digits
        raise MappingError(f"{name}: {error}") from error
    return parse_mapping(content)


def parse_mapping(content: dict[str, Any]) -> Mapping:
    """Check the content of a mapping and give it its types."""
    where = "the mapping"
    _refuse_unknown(content, _TOP, where)
    formats = _texts(content, "date_formats", where)
    for form in formats:
        if not is_date_format(form):
            raise MappingError(f"{where}: “{form}” is no format of a whole date")
    return Mapping(
        date_formats=formats,
        as_of=_typed(content, "as_of", date, where),
        layout=_layout(content, where),
        may_lack=_texts(content, "may_lack", where),
        lookups=_names(content, "lookups", where),
        levels=_levels(content, where),
    )


def _levels(content: dict[str, Any], where: str) -> tuple[Level, ...]:
    levels = _typed(content, "levels", dict, where) or {}
    if not levels:
        raise MappingError(f"{where} has no [levels.…]: it makes nothing")
    if len(levels) > MOST_LEVELS:
        raise MappingError(f"{where} has {len(levels)} levels; at most {MOST_LEVELS} are read")
    return tuple(_parse_level(name, level) for name, level in levels.items())


def _names(content: dict[str, Any], option: str, where: str) -> dict[str, str]:
    names = _typed(content, option, dict, where) or {}
    for name in names:
        _typed(names, name, str, f"{where}, {option}")
    return names


def _texts(content: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    texts = _typed(content, name, list, where) or []
    for text in texts:
        if not isinstance(text, str):
            raise MappingError(f"{where}: “{name}” must be a list of texts")
    return tuple(texts)


def _layout(content: dict[str, Any], where: str) -> Layout:
    heading_rows = content.get("heading_rows", 1)
    if not isinstance(heading_rows, int) or heading_rows not in {1, 2} or heading_rows is True:
        raise MappingError(f"{where}: “heading_rows” must be 1 or 2")
    return Layout(
        sheet=_typed(content, "sheet", str, where),
        heading_rows=heading_rows,
        records=_typed(content, "records", str, where) or "",
        refers=_names(content, "refers", where),
    )


def _parse_level(name: str, content: Any) -> Level:
    where = f"levels.{name}"
    if not isinstance(content, dict):
        raise MappingError(f"{where} must be a table")
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise MappingError(f"{where}.kind must be one of: {', '.join(KINDS)}")
    key, parent = KEYS[kind]
    fields = targets(KINDS[kind])
    _refuse_unknown(content, _OPTIONS[kind] | fields.keys(), where)
    if key not in content or (kind == "task" and parent not in content):
        raise MappingError(f"{where} needs “{key}”{' and “project”' * (kind == 'task')}")
    code = fields.pop(key)
    return Level(
        name=name,
        kind=kind,
        key=parse_source(content[key], code, f"{where}.{key}"),
        parent=parse_source(content.get(parent, ""), code, f"{where}.{parent}"),
        fields=_rules(content, fields, where),
        facts={fact: _fact(content[fact], fact, where) for fact in FACTS if fact in content},
        placement=_placement(content, where),
        optional=_typed(content, "optional", bool, where) or False,
        baseline=_typed(content, "baseline", bool, where) or False,
        choice=parse_choice(content, where),
    )


def targets(model: type[models.Model]) -> dict[str, Target]:
    """Name the fields of a model that a mapping can fill."""
    people = {"manager": Target(read_line, None)} if issubclass(model, Component) else {}
    return people | {
        field.name: target_of(field)
        for field in model._meta.concrete_fields
        if field.name not in _DERIVED and is_fillable(field)
    }


def _rules(content: dict[str, Any], targets: dict[str, Target], where: str) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for name, target in targets.items():
        if name not in content:
            continue
        place, given = f"{where}.{name}", content[name]
        if name == "state" and isinstance(given, dict) and "from" not in given:
            rules[name] = parse_state(given, targets, place)
        else:
            rules[name] = parse_source(given, target, place)
    return rules


def _fact(content: Any, fact: str, where: str) -> dict[str, Source]:
    place, targets = f"{where}.{fact}", FACTS[fact]
    if not isinstance(content, dict):
        raise MappingError(f"{place} must be a table")
    _refuse_unknown(content, set(targets), place)
    first = next(iter(targets))
    if first not in content:
        raise MappingError(f"{place} needs “{first}”")
    return {
        name: parse_source(content[name], targets[name], f"{place}.{name}")
        for name in targets
        if name in content
    }


def _placement(content: dict[str, Any], where: str) -> Placement:
    given = _typed(content, "placement", str, where) or Placement.EXACT
    if given not in set(Placement):
        raise MappingError(f"{where}.placement must be one of: {', '.join(Placement)}")
    return Placement(given)


def _typed(content: dict[str, Any], name: str, kind: type, where: str) -> Any:
    value = content.get(name)
    if value is not None and (not isinstance(value, kind) or isinstance(value, datetime)):
        raise MappingError(f"{where}: “{name}” must be {_WORDS[kind]}")
    return value


def _refuse_unknown(content: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(content.keys() - known)
    if unknown:
        raise MappingError(
            f"{where} has no “{', '.join(unknown)}”; it has: {', '.join(sorted(known))}"
        )
