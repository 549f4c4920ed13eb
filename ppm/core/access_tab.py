"""The tab that tells who can see a component, and leads to giving and taking roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from ppm.core.filters.kinds import LONGEST_SEARCH
from ppm.core.forms import typed
from ppm.core.giving import last_day
from ppm.core.models import RoleAssignment, Webhook
from ppm.core.sight import MOST, Holding, Listed, who_sees
from ppm.core.tabs import Matter, Reader


@dataclass(frozen=True)
class Line:
    """A role, its last day in the tree, and whether the reader may change and take it."""

    holding: Holding
    last_day: date | None
    is_changeable: bool


@dataclass(frozen=True)
class Idle:
    """A role that gives nothing, its last day, and whether that is because it has ended."""

    assignment: RoleAssignment
    last_day: date | None
    is_ended: bool


def access(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect who sees the component today, whatever day the page is about."""
    search = typed(reader.query.get("search"))[:LONGEST_SEARCH]
    sight = who_sees(matter.component, user=reader.user, search=search)
    zone = matter.figures.day.root.time_zone
    shown = {line.pk for listed in (sight.people, sight.groups) for line in listed.lines}
    changeable = _changeable(matter, reader, shown)
    mine = {row.pk for row in changeable}
    return {
        "search": search,
        "people": _lines(sight.people, mine, zone),
        "groups": _lines(sight.groups, mine, zone),
        "idle": [
            Idle(row, _day(row.expires_at, zone), row.is_ended(now=reader.now))
            for row in changeable
            if row.pk not in shown
        ],
        "webhooks": _webhooks(matter, reader),
    }


def _changeable(matter: Matter, reader: Reader, shown: set[int]) -> list[RoleAssignment]:
    """Read which roles the reader may change: of the shown ones, and of those that give nothing.

    Nothing is changed in the past.
    """
    if reader.as_of:
        return []
    here = RoleAssignment.objects.changeable_by(reader.user).filter(
        component__in=matter.component.path
    )
    gives_nothing = Q(expires_at__lte=reader.now) | Q(user__is_active=False)
    found = here.filter(Q(pk__in=shown) | gives_nothing).annotate(is_idle=~Q(pk__in=shown))
    in_order = found.select_related("user", "group", "component")
    # What is shown comes first: of what gives nothing there may be more than a page takes.
    return list(in_order.order_by("is_idle", "expires_at", "pk")[: 3 * MOST])


def _webhooks(matter: Matter, reader: Reader) -> list[Webhook]:
    """Read to whom else it is told what happens here: for those who may change that."""
    told = Webhook.objects.visible_to(reader.user).filter(component__in=matter.component.path)
    return list(told.select_related("component").order_by("component__path__len", "pk")[:MOST])


def _lines(listed: Listed[Holding], mine: set[int], zone: str) -> Listed[Line]:
    lines = [Line(one, _day(one.expires_at, zone), one.pk in mine) for one in listed.lines]
    return Listed(lines, listed.more)


def _day(end: datetime | None, zone: str) -> date | None:
    return last_day(end, zone) if end else None
