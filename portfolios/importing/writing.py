"""Writing what was planned, level by level, inside the caller's transaction.

What the database or the loading refuses becomes rejections; the rest of the level is written all
the same, so that the levels below it are looked at too. The caller decides what stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Set
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction

from portfolios.importing.access import Access, Rows
from portfolios.importing.facts import FACT_KINDS
from portfolios.importing.mapping import COMPONENTS, Level, Mapping, Placement
from portfolios.importing.placing import place, sentence
from portfolios.importing.planning import Item, Plan, fact_name
from portfolios.importing.reading import Table
from portfolios.importing.report import (
    Count,
    RefusedError,
    Rejection,
    Report,
    Say,
    refuse_too_many,
)
from portfolios.importing.source import Rule, columns_of
from portfolios.models import Portfolio
from ppm.core.loading import Loaded, load_components, load_facts, load_rows, refresh_statistics
from ppm.core.locks import lock_for_moves, lock_structure
from ppm.core.models import Component, DirtyMark, Estimate, StatusReport
from ppm.core.sql import column, statement
from ppm.core.staging import NumberedRows, RowError
from programs.models import Program
from projects.baselining import take_baselines
from projects.models import Baseline, BaselineCurve, BaselineTask, Progress, Project, Task

REPLANNED = Path(__file__).with_name("replanned.sql")
BASELINE = "Imported"
WRITTEN = (
    Component,
    Portfolio,
    Program,
    Project,
    Task,
    Progress,
    Estimate,
    StatusReport,
    DirtyMark,
)
BASELINES = (Baseline, BaselineTask, BaselineCurve, DirtyMark)

Items = dict[int, Item]
"""Things to import by the number of their first row."""


@dataclass
class Batch:
    """Rows for one table: what they are of, the rules that made their columns, and access."""

    name: str
    items: Items
    rows: Rows
    rules: Dictionary[str, Rule]
    barred: Callable[[Rows, Loaded], Iterable[RowError]]
    """Finds the rows by which something was written that the user may not write."""


@dataclass
class Writer:
    """Writes one plan and reports on it."""

    mapping: Mapping
    table: Table
    as_of: date
    request_id: UUID
    access: Access
    say: Say
    report: Report
    ids: set[int] = field(default_factory=set)
    """Every component that the rows are about."""
    planned: set[int] = field(default_factory=set)
    """The projects whose plan the file holds."""

    def write(self, plan: Plan) -> None:
        """Write all levels, then baselines."""
        if any(level.placement == Placement.MOVE for level in self.mapping.levels):
            lock_for_moves()
        else:
            lock_structure()
        done, total = 0, sum(map(len, plan.items))
        for level, items in zip(self.mapping.levels, plan.items, strict=True):
            self.say(f"{level.name}: {len(items)}", done, total)
            done += len(items)
            # Where the level above was refused there is nothing to stand under, and no news.
            refused = self.report.rejected_rows
            left = {item.number: item for item in items if not refused.issuperset(item.rows)}
            try:
                with transaction.atomic():
                    self._write_level(level, left)
            except IntegrityError as error:
                raise RefusedError(f"{level.name}: {sentence(error)}") from error
        if self.report.has_changes:
            refresh_statistics(WRITTEN)
        self.say("baselines", total, total)
        self._take_baselines()

    def set_status_date(self) -> None:
        """Set the status date of the trees that the rows are about."""
        roots = Component.objects.filter(pk__in=self.ids).values_list("path__0")
        stale = Component.objects.filter(pk__in=roots).exclude(status_date=self.as_of)
        if self.access.bars_components(stale):
            raise RefusedError("You may not set the status date of every tree in the file.")
        self.report.status_dates = stale.update(status_date=self.as_of)

    def _take_baselines(self) -> None:
        replanned = _replanned(self.planned)
        if barred := self.access.barred_baselines(replanned):
            raise RefusedError(f"You may not take a baseline of “{barred[0]}”.")
        by_id = self.access.by_id
        self.report.baselines = take_baselines(replanned, name=BASELINE, approved_by_id=by_id)
        if self.report.baselines:
            refresh_statistics(BASELINES)

    def _write_level(self, level: Level, items: Items) -> None:
        ids = (
            self._write_tasks(level, items)
            if level.is_task
            else self._write_components(level, items)
        )
        for fact in level.facts:
            owners = {
                n: ids[n] for n, item in items.items() if n in ids and fact in item.entry.facts
            }
            self._write_facts(level, fact, items, owners)

    def _write_components(self, level: Level, items: Items) -> dict[int, int]:
        """Write components; return the id of each by the number of its first row."""
        rows = {
            number: {"code": item.entry.key, "parent": item.entry.parent, **item.entry.values}
            for number, item in items.items()
        }
        rules = {"code": level.key, "parent": level.parent, "parent_id": level.parent}
        barred = partial(self.access.barred_components, level.kind)
        batch = Batch(level.name, items, rows, {**level.fields, **rules}, barred)
        self._name_managers(batch)
        hidden = self.access.hidden_codes(batch.rows)
        self._reject(batch, self.access.decided(batch.rows))
        model = COMPONENTS[level.kind]
        self._reject(batch, self.access.unseen_amounts(model, batch.rows, "code", "code"))
        moved, refusals = place(level, batch.rows, self.access, hidden)
        self._reject(batch, refusals)
        load = partial(load_components, COMPONENTS[level.kind], hidden=hidden)
        loaded = self._load(batch, load, moved)
        roots = Component.objects.roots().filter(pk__in=loaded.created)
        self.report.new_roots += roots.order_by("code").values_list("code", flat=True)
        codes = [row["code"] for row in batch.rows.values()]
        ids = dict(Component.objects.filter(code__in=codes).values_list("code", "pk"))
        self._note(level, ids.values())
        return {number: ids[row["code"]] for number, row in batch.rows.items()}

    def _name_managers(self, batch: Batch) -> None:
        """Put the id of each manager in the place of the name."""
        if "manager" not in batch.rules:
            return
        batch.rules = {**batch.rules, "manager_id": batch.rules["manager"]}
        names = {number: row.pop("manager") for number, row in batch.rows.items()}
        people = self.access.people(set(names.values()) - {None})
        for number, row in batch.rows.items():
            row["manager_id"] = people.get(names[number])
        self._reject(batch, _unknown_people(names, people))

    def _write_tasks(self, level: Level, items: Items) -> dict[int, int]:
        """Write tasks; return the id of each by the number of its row."""
        projects = self.access.projects({item.entry.parent for item in items.values()})
        rows = {
            number: {
                "project_id": projects.get(item.entry.parent or ""),
                "wbs": item.entry.key,
                **item.entry.values,
            }
            for number, item in items.items()
        }
        rules = {"wbs": level.key, "project_id": level.parent}
        barred = self.access.barred_tasks
        batch = Batch(level.name, items, rows, {**level.fields, **rules}, barred)
        self._reject(batch, _homeless(batch))
        self._reject(batch, self.access.unseen_amounts(Task, batch.rows, "project_id", "pk"))
        self._load(batch, partial(load_rows, Task, ("project_id", "wbs")))
        self._note(level, projects.values())
        tasks = Task.objects.filter(project__in=projects.values())
        ids = {
            (project, wbs): pk for project, wbs, pk in tasks.values_list("project", "wbs", "pk")
        }
        return {n: ids[row["project_id"], row["wbs"]] for n, row in batch.rows.items()}

    def _note(self, level: Level, component_ids: Collection[int]) -> None:
        """Remember which components a level is about."""
        self.ids.update(component_ids)
        if level.baseline:
            self.planned.update(component_ids)
        self.report.component_ids = sorted(component_ids)

    def _write_facts(self, level: Level, fact: str, items: Items, owners: dict[int, int]) -> None:
        kind, rules = FACT_KINDS[fact], level.facts[fact]
        said = {owner: items[number].entry.facts[fact] for number, owner in owners.items()}
        made = kind.rows(said, self.as_of)
        batch = Batch(
            name=fact_name(level, fact),
            items=items,
            rows={number: {kind.owner: owner, **made[owner]} for number, owner in owners.items()},
            rules={**rules, **{column: rules[name] for column, name in kind.columns.items()}},
            barred=partial(self.access.barred_facts, kind, next(iter(rules))),
        )
        unseen = self.access.unseen_amounts(kind.model, batch.rows, kind.owner, "pk")
        self._reject(batch, unseen)
        load = partial(load_facts, kind.model, kind.owner, by_id=self.access.by_id)
        self._load(batch, partial(load, request_id=self.request_id))

    def _load(
        self,
        batch: Batch,
        load: Callable[[NumberedRows], Loaded],
        moved: Set[int] = frozenset(),
    ) -> Loaded:
        """Load a batch; without the rows at fault or barred, which become rejections."""
        loaded, errors = _try(batch, load)
        while errors:
            self._reject(batch, errors)
            loaded, errors = _try(batch, load)
        changed = loaded.updated | moved
        count = self.report.counts.setdefault(batch.name, Count())
        count.created = len(loaded.created)
        count.updated = len(loaded.updated - moved)
        count.moved = len(moved)
        count.unchanged = len(batch.rows) - len(loaded.created) - len(changed)
        return loaded

    def _reject(self, batch: Batch, errors: Iterable[RowError]) -> None:
        """Reject all rows that say what is at fault, and take it out of the batch."""
        for error in list(errors):
            batch.rows.pop(error.row, None)
            rules = [rule for name in error.fields if (rule := batch.rules.get(name))]
            for number in batch.items[error.row].rows:
                column = columns_of(self.table.rows[number], *rules)
                self.report.rejections.append(
                    Rejection(
                        number,
                        column or f"{batch.name}.{error.fields[0]}",
                        error.reason,
                        batch.name,
                    )
                )
            refuse_too_many(self.report.rejections)


def _try(batch: Batch, load: Callable[[NumberedRows], Loaded]) -> tuple[Loaded, list[RowError]]:
    """Load a batch, and leave nothing of it if a row is at fault or barred."""
    with transaction.atomic():
        loaded = load(sorted(batch.rows.items()))
        errors = loaded.errors or list(batch.barred(batch.rows, loaded))
        transaction.set_rollback(bool(errors))
    return loaded, errors


def _unknown_people(
    names: Dictionary[int, str | None], people: Dictionary[str, int]
) -> Iterator[RowError]:
    """Find the rows that name a manager who is not there."""
    for number, name in names.items():
        if name is not None and name not in people:
            yield RowError(number, ("manager_id",), f"There is no user “{name}”.")


def _homeless(tasks: Batch) -> Iterator[RowError]:
    """Find the tasks whose project is not there."""
    for number, row in tasks.rows.items():
        if row["project_id"] is None:
            code = tasks.items[number].entry.parent
            yield RowError(number, ("project_id",), f"There is no project “{code}”.")


def _replanned(project_ids: Collection[int]) -> list[int]:
    return column(statement(REPLANNED), {"ids": list(project_ids)})
