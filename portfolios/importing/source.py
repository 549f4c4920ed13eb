"""Where a value comes from: templates with a fall-back, a factor, days, a map of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from portfolios.importing.report import MappingError
from portfolios.importing.template import Cells, Template, parse_template
from portfolios.importing.values import (
    Reader,
    Target,
    UnreadableError,
    plus_days,
    read_date,
    read_number,
    read_text,
    read_whole_number,
    shown,
    times,
)

MOST_LISTED = 20
"""How many values of a map a sentence names."""


@dataclass(frozen=True)
class Reading:
    """What reading a row depends on beside the row: the date it is about, and date formats."""

    as_of: date
    date_formats: Sequence[str] = ()


class Rule(Protocol):
    """Makes a value of a row."""

    def read(self, cells: Cells, reading: Reading) -> Any:
        """Return the row's value; raise `UnreadableError` with the reason where there is none."""

    def columns(self, cells: Cells) -> list[str]:
        """Name the columns that made the value, or the place in the mapping."""

    def all_columns(self) -> list[str]:
        """List the columns that it may need."""


def columns_of(cells: Cells, *rules: Rule) -> str:
    """Name the columns that the rules took their values from, in the order of the file."""
    names = [name for rule in rules for name in rule.columns(cells)]
    return ", ".join([heading for heading in cells if heading in names] or dict.fromkeys(names))


@dataclass(frozen=True)
class Source:
    """A value from the first of its templates that is not empty."""

    templates: tuple[Template, ...]
    reader: Reader
    empty: Any
    place: str
    factor: Decimal = Decimal(1)
    days: tuple[Template, ...] = ()
    values: Mapping[str, str] | None = None

    def read(self, cells: Cells, reading: Reading) -> Any:
        """Return the row's value, `empty` where all templates are."""
        for template in self.templates:
            if text := template.fill(cells):
                value = _read(template, text, self._value, reading.date_formats)
                return self._later(value, cells) if self.days and value is not None else value
        return self.empty

    def _value(self, text: str, date_formats: Sequence[str]) -> Any:
        if self.reader is not read_text:
            text = text.strip()
        if self.values is not None:
            text = _mapped(text, self.values)
        if not text:
            return self.empty
        value = self.reader(text, date_formats)
        return times(value, self.factor) if self.reader is read_number else value

    def _later(self, day: date, cells: Cells) -> date | None:
        numbers = [(template, template.fill(cells)) for template in self.days]
        if not all(text for _, text in numbers):
            return None
        days = (_read(template, text, read_whole_number, ()) for template, text in numbers)
        return plus_days(day, sum(days))

    def columns(self, cells: Cells) -> list[str]:
        """Name the columns of the template that was filled; of all of them if none was."""
        filled = [template for template in self.templates if template.fill(cells)]
        names = [
            column
            for template in (*(filled[:1] or self.templates), *self.days)
            for column in template.columns
        ]
        return names or [self.place]

    def all_columns(self) -> list[str]:
        """List the columns of all templates."""
        return [column for one in (*self.templates, *self.days) for column in one.columns]


def _read(template: Template, text: str, reader: Reader, date_formats: Sequence[str]) -> Any:
    """Read a template's text; where it cannot be read, say which columns it came from."""
    try:
        return reader(text, date_formats)
    except UnreadableError as error:
        error.columns = template.columns
        raise


def _mapped(text: str, values: Mapping[str, str]) -> str:
    if text not in values:
        raise UnreadableError(f"{shown(text)} is none of: {_listed(values)}")
    return values[text]


def _listed(texts: Mapping[str, str]) -> str:
    first = list(texts)[:MOST_LISTED]
    return ", ".join(first) + ", …" * (len(texts) > MOST_LISTED)


@dataclass(frozen=True)
class StateRule:
    """A state from dates: what starts later, what is finished, and everything else."""

    start: Source
    finish: Source
    starts_later: str
    finished: str
    otherwise: str

    def read(self, cells: Cells, reading: Reading) -> str:
        """Return the state on the date the file is about; a missing date decides nothing."""
        start = self.start.read(cells, reading)
        finish = self.finish.read(cells, reading)
        if start is not None and start > reading.as_of:
            return self.starts_later
        if finish is not None and finish <= reading.as_of:
            return self.finished
        return self.otherwise

    def columns(self, cells: Cells) -> list[str]:
        """Name the columns of both dates."""
        return [*self.start.columns(cells), *self.finish.columns(cells)]

    def all_columns(self) -> list[str]:
        """List the columns of both dates."""
        return [*self.start.all_columns(), *self.finish.all_columns()]


def parse_source(given: Any, target: Target, place: str) -> Source:
    """Read a source: a template, a list of them, or a table with `from` and what is done to it."""
    table = given if isinstance(given, dict) else {"from": given}
    unknown = sorted(table.keys() - {"from", "times", "plus_days", "map"})
    if unknown or "from" not in table:
        raise MappingError(f"{place} takes: from, times, plus_days, map; “from” is needed")
    for option, only in (("times", read_number), ("plus_days", read_date)):
        if option in table and target.reader is not only:
            raise MappingError(f"{place}: “{option}” does not fit this field")
    return Source(
        templates=_templates(table["from"], place),
        reader=target.reader,
        empty=target.empty,
        place=place,
        factor=_factor(table.get("times", 1), place),
        days=_templates(table["plus_days"], place) if "plus_days" in table else (),
        values=_values(table.get("map"), place),
    )


def parse_state(given: dict[str, Any], targets: Mapping[str, Target], place: str) -> StateRule:
    """Read the rule that tells a state from two dates."""
    needed = ["start", "finish", "starts_later", "finished", "otherwise"]
    if sorted(given) != sorted(needed):
        raise MappingError(f"{place} takes either “from” or all of: {', '.join(needed)}")
    return StateRule(
        start=parse_source(given["start"], targets["start_date"], f"{place}.start"),
        finish=parse_source(given["finish"], targets["finish_date"], f"{place}.finish"),
        **{name: str(given[name]) for name in needed[2:]},
    )


def _templates(given: Any, place: str) -> tuple[Template, ...]:
    several = given if isinstance(given, list) else [given]
    for one in several:
        if not isinstance(one, str | int | float | bool):
            raise MappingError(f"{place}: “{one}” is not a template")
    return tuple(parse_template(str(one), place) for one in several)


def _factor(given: Any, place: str) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise MappingError(f"{place}: “times” must be a number")
    return Decimal(str(given))


def _values(given: Any, place: str) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or any(isinstance(v, dict | list) for v in given.values()):
        raise MappingError(f"{place}: “map” must be a table of values")
    return {text: str(value) for text, value in given.items()}
