"""A tree in which every amount is known, and how amounts are recognised in any spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.db.models import JSONField, Model

from portfolios.rollup import drain
from ppm.core.amounts import amounts_of
from ppm.core.models import (
    Component,
    Decision,
    Restatement,
    RollupIncident,
    Snapshot,
    StateRequest,
)
from ppm.core.templatetags.figures import rounded, short_amount
from projects.models import EarningMethod, Task
from tests.factories import (
    make_baseline,
    make_cost,
    make_decision,
    make_envelope,
    make_estimate,
    make_link,
    make_measurement,
    make_progress,
    make_request,
)
from tests.rows import LAST_MONTH, ROWS, World

TODAY = date(2026, 2, 2)
NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
FIRST, STEP = Decimal("7310077.01"), Decimal("10203.01")
RECOGNISED = 1_000_000
"""From here on an amount is taken for one: what is smaller could be anything."""


@dataclass(frozen=True)
class Planted:
    """The tree, its rows by model, and a pattern that finds any of its amounts."""

    world: World
    rows: dict[type[Model], Model]
    pattern: re.Pattern[str]


def with_amounts() -> list[type[Model]]:
    """List the models that have amounts."""
    return [model for model in apps.get_models() if amounts_of(model)]


def plant() -> Planted:
    """Store the tree, with an amount of its own in every column of money, and roll it up."""
    amounts = (FIRST + number * STEP for number in count())
    world = World()
    for row in (world.task, world.other_task, world.benefit, world.project):
        _fill(row, amounts)
        row.save()
    _facts(world, amounts)
    rows = {model: _row(ROWS[model](world), amounts) for model in ROWS if _is_wanted(model)}
    _consequences(world, amounts)
    Component.objects.filter(parent=None).update(status_date=TODAY)
    drain(now=NOW)
    return Planted(world, rows, _pattern(set(stored())))


def _is_wanted(model: type[Model]) -> bool:
    """Leave out what the roll-up or the trail keeps for itself, and what is there already."""
    kept = {"AuditSeal", "DayTurn", "DirtyMark", "Heartbeat", "MonthClose"}
    return model.__name__ not in {*kept, "Baseline"}


def _row(row: Any, amounts: Iterator[Decimal]) -> Model:
    """Store a row with amounts; a snapshot and what was answered before it are older ones."""
    _fill(row, amounts)
    if isinstance(row, Restatement):
        answer = {name: str(next(amounts)) for name in amounts_of(Snapshot)}
        row.before = {**(row.before or {}), **answer}
    if isinstance(row, Task):
        row.earning_method = EarningMethod.PHYSICAL_PERCENT
    if isinstance(row, RollupIncident):
        row.differences = {"bac": [str(next(amounts)), str(next(amounts))]}
    row.save()
    return row  # type: ignore[no-any-return]


def _fill(row: Any, amounts: Iterator[Decimal]) -> None:
    for name in amounts_of(type(row)):
        setattr(row, name, next(amounts))


def _facts(world: World, amounts: Iterator[Decimal]) -> None:
    """Record what figures are made of: on the project, the program and the portfolio."""
    make_baseline(world.neighbour)
    make_progress(world.other_task, 40, date(2026, 1, 20))
    make_cost(world.neighbour, next(amounts), date(2026, 1, 20), task=world.other_task)
    for component in (world.project, world.program, world.portfolio):
        make_cost(component, next(amounts), LAST_MONTH)
        make_estimate(component, next(amounts), date(2026, 1, 21))
    make_link(world.benefit, world.neighbour)
    make_measurement(world.benefit, next(amounts), date(2026, 1, 20))
    make_envelope(world.portfolio, next(amounts), date(2025, 12, 1), date(2026, 12, 31))


def _consequences(world: World, amounts: Iterator[Decimal]) -> None:
    """Write down what a decision and a request were foretold to do."""
    make_decision(world.neighbour, consequence=_consequence(world, amounts))
    make_request(world.neighbour, consequence=_consequence(world, amounts))


def _consequence(world: World, amounts: Iterator[Decimal]) -> dict[str, Any]:
    names = ("bac", "eac", "etc", "sunk", "held", "benefit_forecast")
    figures = [{name: str(next(amounts)) for name in names} for _ in range(4)]
    before, after, above, then = ({**one, "roi": "0.5", "health": "red"} for one in figures)
    return {
        "as_of": TODAY.isoformat(),
        "currency": "EUR",
        "figures": [
            {"component": world.neighbour.pk, "before": before, "after": after},
            {"component": world.portfolio.pk, "before": above, "after": then},
        ],
        "benefits": [
            {
                "benefit": world.benefit.pk,
                "before": str(next(amounts)),
                "after": str(next(amounts)),
                "is_broken": True,
            }
        ],
        **{name: str(next(amounts)) for name in ("avoided", "lost", "termination_cost")},
        "balance": str(next(amounts)),
    }


def stored() -> Iterator[Decimal]:
    """Read all amounts that are stored, those that were rolled up too."""
    for model in with_amounts():
        for values in model._default_manager.values_list(*amounts_of(model)):
            yield from (value for value in values if value is not None)
    for model in (Decision, StateRequest, Restatement):
        for row in model._default_manager.all():
            yield from _numbers(row)


def _numbers(row: Model) -> Iterator[Decimal]:
    """Find the amounts in the JSON of a row."""
    for column in row._meta.concrete_fields:
        if isinstance(column, JSONField):
            found = re.findall(r"\d{7,}\.\d+", str(getattr(row, column.attname)))
            yield from map(Decimal, found)


def _pattern(amounts: set[Decimal]) -> re.Pattern[str]:
    """Match the amounts as the product writes them, and as a spreadsheet would."""
    large = (abs(amount) for amount in amounts if abs(amount) >= RECOGNISED)
    texts = {text for amount in large for text in _spellings(amount)}
    return re.compile(rf"(?<![\d.,])(?:{'|'.join(map(re.escape, sorted(texts)))})(?!\d)")


def _spellings(amount: Decimal) -> Iterator[str]:
    whole = int(amount)
    yield str(whole)
    for separator in (",", " ", "\N{NO-BREAK SPACE}", "'", "."):
        yield f"{whole:,}".replace(",", separator)
    yield short_amount(amount)
    yield rounded(amount, 2)
    yield rounded(amount / 1_000_000, 1) + " M"
