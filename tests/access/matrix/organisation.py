"""Two trees with something of everything, marked so that each row tells where it belongs.

All text is a canary, all ids of a place begin with digits of its own. Who holds a role on `own`
sees nothing of `above`, `sibling` and `other`, although rows of `own` refer to rows there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, models

from portfolios.rollup import drain
from ppm.core.models import (
    AuditSeal,
    Component,
    DayTurn,
    DirtyMark,
    Fact,
    Heartbeat,
    Move,
    Role,
    RollupFailure,
    Snapshot,
    StatusReport,
    User,
    WorkCalendar,
)
from tests.access.matrix.belongings import belongings
from tests.factories import (
    FINISH,
    START,
    give_role,
    make_benefit,
    make_contribution,
    make_decision,
    make_dependency,
    make_group,
    make_link,
    make_progress,
    make_restatement,
    make_user,
)
from tests.rows import ROWS, World

ID_OF = {"above": 911437000, "own": 922581000, "sibling": 933619000, "other": 944827000}
"""The first id of every table, by place."""
AFTERWARDS = 500_000
"""The first id of what is written later."""
MISSING_ID = 944827999
SHARED = {"core_workcalendar_id_seq", "core_calendarday_id_seq"}
"""Calendars are everybody's, and so tell nothing."""
WHOLE = {AuditSeal, DayTurn, DirtyMark, Heartbeat}
"""Models that the roll-up and the watch keep for themselves."""
TODAY = date(2026, 2, 2)

_numbers = count(1000)


def canary_of(place: str) -> str:
    """Return the text that stands in every row of a place and nowhere else."""
    return f"{place[:2]}canary".upper()


@dataclass
class Place:
    """A part of the organisation: its rows by model."""

    name: str
    world: World
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)

    @property
    def canary(self) -> str:
        """The text by which its rows are known."""
        return canary_of(self.name)


@dataclass(frozen=True)
class Organisation:
    """All places, and somebody who works in the hidden ones only but is named in `own`."""

    places: dict[str, Place]
    lender: User

    def __getitem__(self, name: str) -> Place:
        """Return a place."""
        return self.places[name]


def organisation() -> Organisation:
    """Store it; every figure is computed."""
    places: dict[str, Place] = {}
    for name in ID_OF:
        _number_from(ID_OF[name])
        above = places["above"].world.portfolio if name in ("own", "sibling") else None
        places[name] = _place(name, World(above))
    _number_from(AFTERWARDS)
    lender = make_user(email=f"{canary_of('sibling')}@example.org", first_name="Lea")
    give_role(lender, places["sibling"].world.portfolio, Role.PORTFOLIO_MANAGER)
    _refer_abroad(places, lender)
    Component.objects.filter(parent=None).update(status_date=TODAY)
    drain(now=datetime(2026, 2, 2, 12, tzinfo=UTC))
    for place in places.values():  # of what was computed no failure is left
        failure = RollupFailure(pk=ID_OF[place.name], component_id=place.world.neighbour.pk)
        mark(failure, place.canary)
        failure.save(force_insert=True)
        place.rows[RollupFailure] = failure
    return Organisation(places, lender)


def _number_from(first: int) -> None:
    """Let the ids of all tables go on from here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            if name not in SHARED:
                cursor.execute("SELECT setval(%s, %s)", [name, first])


def _place(name: str, world: World) -> Place:
    """Fill a place with a row of every model, and mark all that it holds."""
    place = Place(name, world)
    for value in vars(world).values():
        if isinstance(value, models.Model) and not isinstance(value, Fact):
            mark(value, place.canary)
            value.save()
    group = make_group(world.user, name=f"{place.canary} group")
    if name != "above":  # whoever has a role above a component is no secret there
        give_role(group, world.portfolio, Role.VIEWER)
        give_role(world.user, world.portfolio, Role.PORTFOLIO_MANAGER)
    place.rows[Group] = group
    for model in ROWS:
        if model not in WHOLE and not (_is_of_roots(model) and world.portfolio.parent):
            place.rows[model] = _row(model, place)
    place.rows |= belongings(world.user, place.canary)
    # Those that other rows belong to, so that there is something to be seen.
    for known in (world.portfolio, world.program, world.project, world.user):
        place.rows[type(known)] = known
    place.rows[Component] = Component.objects.get(pk=world.project.pk)
    make_progress(world.task, 40)
    return place


def _is_of_roots(model: type[models.Model]) -> bool:
    """Tell whether only roots have rows of the model."""
    return model.__name__ == "MonthClose"


def _row(model: type[models.Model], place: Place) -> models.Model:
    """Store a marked row of a model."""
    row = ROWS[model](place.world)
    mark(row, place.canary)
    if isinstance(row, StatusReport):
        row.valid_until = FINISH
    row.save()
    return row


KEPT = {"currency", "time_zone", "content", "table_name", "database_role"}
"""Text that only a few values fit."""


def mark(row: models.Model, canary: str) -> None:
    """Write the canary into every text of a row."""
    if isinstance(row, WorkCalendar):  # everybody's
        row.name = f"Shift {next(_numbers)}"
        return
    for column in row._meta.concrete_fields:
        if is_markable(column):
            setattr(row, column.attname, _text(column, canary))


def is_markable(column: Any) -> bool:
    """Tell whether a column holds text that people write."""
    is_text = isinstance(column, (models.CharField, models.TextField))
    return is_text and not column.choices and column.name not in KEPT


def _text(column: Any, canary: str) -> str:
    number = next(_numbers)
    if isinstance(column, models.EmailField):
        return f"{canary}{number}@example.org"
    text = f"{canary}-{number}"
    if column.max_length is None:
        return f"{text} is what nobody reads elsewhere."
    return text.ljust(column.max_length, "x") if column.name == "digest" else text


def _refer_abroad(places: dict[str, Place], lender: User) -> None:
    """Let rows of `own` refer to what those who see `own` do not see."""
    own, sibling, other = (places[name].world for name in ("own", "sibling", "other"))
    make_link(make_benefit(own.program, name="Hub"), sibling.project)
    make_link(sibling.benefit, own.project)
    make_dependency(sibling.task, own.task)
    make_dependency(own.task, other.task)
    make_contribution(own.objective, sibling.benefit)
    make_contribution(sibling.objective, own.benefit)
    make_link(own.benefit, sibling.project)
    Move.objects.create(
        component=own.project, before=sibling.portfolio, after=own.program, date=START
    )
    named = [{"project": sibling.project.pk, "share": "1.000000", "health": "red"}]
    drivers = [{"component": sibling.project.pk, "share": "1.000000", "health": "red"}]
    reasons = {"pull": named, "drivers": drivers}
    Snapshot.objects.create(component=own.program, as_of=FINISH, reasons=reasons)
    make_restatement(own.program, reasons=reasons)
    make_decision(own.neighbour, consequence=_consequence(sibling))
    own.project.manager = lender
    own.project.save()


def _consequence(world: World) -> dict[str, Any]:
    """Tell what somebody who saw more was told about the decision."""
    return {
        "as_of": START.isoformat(),
        "currency": "EUR",
        "figures": [{"component": world.portfolio.pk, "before": None, "after": None}],
        "benefits": [
            {"benefit": world.benefit.pk, "before": "5", "after": "0", "is_broken": True}
        ],
        "avoided": "1",
        "lost": "5",
        "termination_cost": "0",
        "balance": "-4",
    }
