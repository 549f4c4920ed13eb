"""From the rows of a file to the things they make, without looking at the database.

A row is taken as a whole or not at all: whatever is wrong with it on any level, nothing of it is
imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from portfolios.importing.mapping import Level, Mapping
from portfolios.importing.reading import Table
from portfolios.importing.report import MOST_REJECTIONS, Rejection, refuse_too_many
from portfolios.importing.source import Reading, Rule, columns_of
from portfolios.importing.template import Cells
from portfolios.importing.values import UnreadableError, shown

MOST_OTHERS = 5
"""How many rows that say the same are named."""
LONGEST_KEY = 80
Facts = dict[str, dict[str, Any]]
NO_FACTS: Facts = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says on one level."""

    key: str
    parent: str | None
    values: dict[str, Any]
    facts: Facts

    def identity(self, level: Level) -> tuple[str | None, str]:
        """Return what makes it one thing: a code is unique, a WBS number is in its project."""
        return (self.parent if level.is_task else None, self.key)


Entries = list[Entry | None]
"""What a row says, by level; None where an optional level is absent."""


@dataclass(slots=True)
class Item:
    """A thing to import, with the numbers of the rows that say it."""

    entry: Entry
    rows: list[int]

    @property
    def number(self) -> int:
        """The first row."""
        return self.rows[0]


@dataclass
class Plan:
    """The things to import by level, and the rows that cannot be."""

    items: list[list[Item]]
    rejections: list[Rejection]


def read_entries(
    table: Table, mapping: Mapping, reading: Reading, left_out: Counter[str]
) -> tuple[dict[int, Entries], list[Rejection]]:
    """Read every row on every level; a row that cannot be read is only among the rejections.

    Rows that no level takes are `left_out`, counted by the reason.
    """
    entries, rejections = {}, []
    for number, cells in table.rows.items():
        if reasons := mapping.reasons_to_leave_out(cells):
            left_out[" and ".join(reasons)] += 1
            continue
        reader = _RowReader(number, cells, reading)
        row = [reader.entry(level) for level in mapping.levels]
        if reader.rejections:
            rejections += reader.rejections
            refuse_too_many(rejections)
        elif not _says(row, mapping) and (reasons := mapping.reasons_for_nothing(cells)):
            left_out[" and ".join(reasons)] += 1
        else:
            entries[number] = row
    return entries, rejections


def _says(row: Entries, mapping: Mapping) -> bool:
    """Tell whether a row makes anything on a level that chose it."""
    return any(entry and level.choice for level, entry in zip(mapping.levels, row, strict=True))


@dataclass
class _RowReader:
    number: int
    cells: Cells
    reading: Reading
    rejections: list[Rejection] = field(default_factory=list)

    def entry(self, level: Level) -> Entry | None:
        if not level.choice.takes(self.cells):
            return None
        key = self._value(level.key, level.name)
        if not key:
            if not level.optional:
                reason = f"the {level.name} has no {_key_word(level)}"
                self._reject(columns_of(self.cells, level.key), reason, level.name)
            return None
        return Entry(
            key=key,
            parent=self._value(level.parent, level.name) or None,
            values={name: self._value(rule, level.name) for name, rule in level.fields.items()},
            facts=dict(self._facts(level)) if level.facts else NO_FACTS,
        )

    def _facts(self, level: Level) -> Iterator[tuple[str, dict[str, Any]]]:
        for fact, rules in level.facts.items():
            name = fact_name(level, fact)
            values = {field_name: self._value(rule, name) for field_name, rule in rules.items()}
            if next(iter(values.values())) not in {None, ""}:
                yield fact, values

    def _value(self, rule: Rule, level: str) -> Any:
        try:
            return rule.read(self.cells, self.reading)
        except UnreadableError as error:
            column = ", ".join(error.columns) or columns_of(self.cells, rule)
            self._reject(column, str(error), level)
            return None

    def _reject(self, column: str, reason: str, level: str) -> None:
        # Two rules may read one cell; it is said once.
        if all((said.column, said.reason) != (column, reason) for said in self.rejections):
            self.rejections.append(Rejection(self.number, column, reason, level))


def fact_name(level: Level, fact: str) -> str:
    """Name a level's facts in a report."""
    return f"{level.name} {fact}"


def _key_word(level: Level) -> str:
    return "WBS number" if level.is_task else "code"


def plan(
    entries: dict[int, Entries], table: Table, mapping: Mapping, without: Collection[int]
) -> Plan:
    """Gather rows into things; leave out those `without`, and doubled and contradicting ones."""
    rows = {number: row for number, row in entries.items() if number not in without}
    rejections = list(islice(_doubled(rows, table, mapping), MOST_REJECTIONS + 1))
    refuse_too_many(rejections)
    refused = {rejection.row for rejection in rejections}
    gathered: list[dict[Any, Item]] = [{} for _ in mapping.levels]
    for number, row in rows.items():
        if number in refused:
            continue
        differences = list(_differences(number, row, gathered, table, mapping))
        rejections += differences
        refuse_too_many(rejections)
        if not differences:
            _gather(number, row, gathered, mapping)
    return Plan([list(items.values()) for items in gathered], rejections)


def _gather(number: int, row: Entries, gathered: list[dict[Any, Item]], mapping: Mapping) -> None:
    for level, entry, items in zip(mapping.levels, row, gathered, strict=True):
        if entry:
            items.setdefault(entry.identity(level), Item(entry, [])).rows.append(number)


def _doubled(rows: dict[int, Entries], table: Table, mapping: Mapping) -> Iterator[Rejection]:
    """Find the rows whose subject, the last level, is the subject of another row too."""
    level = mapping.levels[-1]
    subjects = {n: row[-1].identity(level) for n, row in rows.items() if row[-1]}
    counts = Counter(subjects.values())
    several: dict[Any, list[int]] = {}
    for number, subject in subjects.items():
        if counts[subject] > 1:
            several.setdefault(subject, []).append(number)
    for (_, key), numbers in several.items():
        for number in numbers:
            others = _others(number, numbers)
            column = columns_of(table.rows[number], level.key)
            yield Rejection(number, column, f"{shown(key)} is in row {others} too", level.name)


def _others(number: int, numbers: list[int]) -> str:
    others = [str(other) for other in numbers[: MOST_OTHERS + 1] if other != number]
    return ", ".join(others[:MOST_OTHERS]) + ", …" * (len(numbers) > MOST_OTHERS + 1)


def _differences(
    number: int, row: Entries, gathered: list[dict[Any, Item]], table: Table, mapping: Mapping
) -> Iterator[Rejection]:
    """Find where a row says something else of a thing than an earlier row did."""
    for level, entry, items in zip(mapping.levels, row, gathered, strict=True):
        earlier = items.get(entry.identity(level)) if entry else None
        if entry is None or earlier is None or earlier.entry == entry:
            continue
        for rule, said, before in _pairs(level, entry, earlier.entry):
            if said != before:
                column = columns_of(table.rows[number], rule)
                both = f"{shown(str(said))} differs from {shown(str(before))}"
                reason = f"{both} in row {earlier.number} for {entry.key[:LONGEST_KEY]}"
                yield Rejection(number, column, reason, level.name)


def _pairs(level: Level, entry: Entry, earlier: Entry) -> Iterator[tuple[Rule, Any, Any]]:
    """Yield each rule of the level with what both rows say by it."""
    yield level.parent, entry.parent, earlier.parent
    for name, rule in level.fields.items():
        yield rule, entry.values[name], earlier.values[name]
    for fact, rules in level.facts.items():
        said, before = entry.facts.get(fact, {}), earlier.facts.get(fact, {})
        for name, rule in rules.items():
            yield rule, said.get(name), before.get(name)
