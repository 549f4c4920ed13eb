"""A mapping made in a page: which column fills which field, guessed from the headings.

What comes out is the text of a mapping like any other, so that it can be kept, edited and used
with the command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import models
from django.utils.text import capfirst

from portfolios.importing.mapping import KEYS, KINDS, targets
from portfolios.importing.values import UnreadableError, read_date
from ppm.core.models import StatusReport
from ppm.core.models.component import PORTFOLIO_STATES, State

PLACES = {"currency", "time_zone", "parent"}
"""What a page does not fill: it adds to trees that are there."""
IN_MONEY = {"budget", "contingency", "at_completion"}
DATE_FORMATS = {
    "": "2026-12-31",
    "%d.%m.%Y": "31.12.2026",
    "%d/%m/%Y": "31/12/2026",
    "%m/%d/%Y": "12/31/2026",
    "%d-%b-%Y": "31-Dec-2026",
    "%d.%m.%y": "31.12.26",
    "%m/%d/%y": "12/31/26",
}
"""How dates can be written, with an example."""
_OTHER_NAMES = {
    "code": ("id", "key", "no", "number", "project id", "project code", "project key"),
    "wbs": ("wbs number", "outline number", "task id", "id", "no", "number"),
    "name": ("title", "task name", "project name", "project title", "task", "project"),
    "description": ("notes", "summary"),
    "manager": ("project manager", "owner", "lead", "responsible", "assignee"),
    "state": ("status", "phase", "stage"),
    "start_date": ("start", "begin", "starts", "planned start", "from"),
    "finish_date": ("finish", "end", "end date", "due", "due date", "planned finish", "until"),
    "budget": ("cost", "planned cost", "total budget", "amount", "value"),
    "percent": ("percent complete", "complete", "progress", "done", "percent done"),
    "at_completion": ("eac", "estimate at completion", "forecast cost", "forecast"),
    "forecast_finish": ("forecast end", "expected finish", "forecast date"),
    "health": ("rag", "light", "status color", "traffic light"),
    "narrative": ("comment", "remark", "status text"),
    "parent": ("program", "portfolio", "program code", "portfolio code", "parent code"),
    "project": ("project code", "project id", "project key"),
}
_LABELS = {
    "target_roi": "Target ROI",
    "wbs": "WBS number",
    "duration_minutes": "Working minutes",
}
_NO_WORD = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class Slot:
    """Something that a row can say: a field of what it is, or of a fact about it."""

    name: str
    label: str
    is_required: bool = False
    fact: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What it can be, with its words; of anything but a choice, nothing."""
    is_date: bool = False


def _health_words() -> dict[str, str]:
    return {health.value: str(health.label) for health in StatusReport.RATED}


_OF_COMPONENTS = (
    Slot("at_completion", "Cost at completion", fact="estimate"),
    Slot("forecast_finish", "Forecast finish", fact="estimate", is_date=True),
    Slot("health", "Health as reported", fact="report", choices=_health_words()),
    Slot("narrative", "Status text", fact="report"),
)
_OF_TASKS = (
    Slot("percent", "Percent complete", fact="progress"),
    Slot("date", "Date of the percent", fact="progress", is_date=True),
)


@dataclass(frozen=True)
class Filling:
    """What fills a slot: a column, or one value for every row; `words` tells what texts mean."""

    column: str = ""
    value: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choices:
    """What somebody chose for a file whose rows are all of one kind."""

    kind: str
    parent: Filling
    fillings: Mapping[str, Filling]
    prefix: str = ""
    date_format: str = ""
    times: int = 1
    sheet: str = ""
    is_baseline: bool = False


BASELINED = ("project", "task")


@cache
def slots(kind: str) -> tuple[Slot, ...]:
    """List what a row of that kind can say; first what it has to."""
    model = KINDS[kind]
    own = [_slot(model, kind, name) for name in targets(model) if name not in PLACES]
    facts = _OF_TASKS if kind == "task" else _OF_COMPONENTS
    return (*sorted(own, key=lambda slot: not slot.is_required), *facts)


def _slot(model: type[models.Model], kind: str, name: str) -> Slot:
    described: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    choices = dict(described.flatchoices) if name != "state" else _states(kind)
    return Slot(
        name=name,
        label=_LABELS.get(name) or capfirst(str(described.verbose_name)),
        is_required=not described.blank and not described.has_default(),
        choices=choices,
        is_date=isinstance(described, models.DateField),
    )


def _states(kind: str) -> dict[str, str]:
    return {
        state.value: str(state.label)
        for state in State
        if (state in PORTFOLIO_STATES) == (kind == "portfolio")
    }


def guess_columns(kind: str, headings: Iterable[str]) -> dict[str, str]:
    """Guess which heading fills which slot, and `parent`; by own names, then by usual ones."""
    free = {_plain(heading): heading for heading in headings}
    names = [KEYS[kind][1], *(slot.name for slot in slots(kind))]
    found: dict[str, str] = {}
    for known in ({name: (name,) for name in names}, _OTHER_NAMES):
        for name in names:
            fits = (_plain(other) for other in known.get(name, ()))
            fit = next((plain for plain in fits if plain in free), None)
            if fit is not None and name not in found:
                found[name] = free.pop(fit)
    return found


def guess_date_format(texts: Iterable[str]) -> str:
    """Guess how dates are written; where two ways fit, and for ISO dates, say nothing."""
    given = [text for text in texts if not _reads(text, "")]
    fits = [form for form in DATE_FORMATS if given and all(_reads(text, form) for text in given)]
    return fits[0] if len(fits) == 1 else ""


def _reads(text: str, form: str) -> bool:
    try:
        read_date(text, [form] if form else [])
    except UnreadableError:
        return False
    return True


def plain_meaning(text: str, choices: Mapping[str, str]) -> str:
    """Return the choice that a text names by its value or its label, else nothing."""
    names = {_plain(name): value for value, label in choices.items() for name in (label, value)}
    return names.get(_plain(text), "")


def _plain(text: str) -> str:
    return _NO_WORD.sub("", text.lower())


def as_toml(choices: Choices) -> str:
    """Write the mapping."""
    head = [*_head(choices)]
    return "\n".join([*head, *[""] * bool(head), *_level(choices), *_facts(choices), ""])


def _head(choices: Choices) -> Iterator[str]:
    if choices.date_format:
        yield f"date_formats = [{_text(choices.date_format)}]"
    if choices.sheet:
        yield f"sheet = {_text(choices.sheet)}"


def _level(choices: Choices) -> Iterator[str]:
    parent = KEYS[choices.kind][1]
    yield f"[levels.{choices.kind}]"
    yield f"kind = {_text(choices.kind)}"
    yield f"{parent} = {_source(parent, choices.parent, choices)}"
    for slot in slots(choices.kind):
        if not slot.fact and slot.name in choices.fillings:
            yield f"{slot.name} = {_source(slot.name, choices.fillings[slot.name], choices)}"
    if choices.is_baseline:
        yield "baseline = true"


def _facts(choices: Choices) -> Iterator[str]:
    told = ""
    for slot in slots(choices.kind):
        if slot.fact and slot.name in choices.fillings:
            if slot.fact != told:
                yield f"\n[levels.{choices.kind}.{slot.fact}]"
                told = slot.fact
            yield f"{slot.name} = {_source(slot.name, choices.fillings[slot.name], choices)}"


def _source(name: str, filling: Filling, choices: Choices) -> str:
    template = _text(_template(name, filling, choices))
    if filling.words:
        words = ", ".join(f"{_text(text)} = {_text(v)}" for text, v in filling.words.items())
        return f"{{ from = {template}, map = {{ {words} }} }}"
    if name in IN_MONEY and choices.times != 1:
        return f"{{ from = {template}, times = {choices.times} }}"
    return template


def _template(name: str, filling: Filling, choices: Choices) -> str:
    if name == "code":
        return f"{choices.prefix}{{{filling.column}}}"
    if filling.column:
        return f"{{{filling.column}}}"
    budget = choices.fillings.get("budget")
    if name == "earning_method" and budget:
        # A task without a budget earns nothing, so it has no method either.
        return f"{{{budget.column}|then:{filling.value}}}"
    return filling.value


def _text(text: str) -> str:
    """Write a TOML string: one of JSON is one, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
