"""How a component came to where it stands: its figures by date, decisions, and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core.paginator import Page
from django.db.models import Exists, OuterRef

from ppm.core.foretelling import ToldEffect, read_foretold
from ppm.core.models import (
    AnyUser,
    Component,
    Decision,
    Known,
    MonthClose,
    Move,
    Restatement,
    Snapshot,
    StateRequest,
    StatusReport,
    User,
)
from ppm.core.models.snapshot import total
from ppm.core.outline import LevelPaginator
from ppm.core.reach import unscoped
from ppm.core.waiting import requests_for

PAGE_SIZE = 25
NEWEST = 50
MONTHS = 12


@dataclass(frozen=True)
class Step:
    """The figures of a date, and those of the date before; None for the first."""

    snapshot: Snapshot
    earlier: Snapshot | None

    @property
    def budget(self) -> Decimal | None:
        """How the budget changed, at work or on hold."""
        return self._by(lambda s: total(s.bac, s.held))

    def __getitem__(self, name: str) -> Decimal | None:
        """Tell how a figure changed; None where one of the two is not known."""
        return self._by(lambda s: getattr(s, name))

    def _by(self, read: Any) -> Decimal | None:
        before = read(self.earlier) if self.earlier else None
        after = read(self.snapshot)
        return None if before is None or after is None else after - before


@dataclass(frozen=True)
class Taken:
    """A decision, and what it was foretold to do to the figures of the component itself."""

    decision: Decision
    effect: ToldEffect | None


@dataclass(frozen=True)
class Replaced:
    """A move from one parent to another; None for none, or for one that the reader may not see."""

    move: Move
    before: Component | None
    after: Component | None


@dataclass(frozen=True)
class History:
    """What is known of the past, the newest first. `requests` are those without an answer.

    `closes` are the closed months of a whole tree.
    """

    page: Page[Snapshot]
    rows: list[Step]
    decisions: list[Taken]
    requests: list[StateRequest]
    reports: list[StatusReport]
    places: list[Replaced]
    restatements: list[Restatement]
    closes: list[MonthClose]


@dataclass(frozen=True)
class Finality:
    """Whether the answer for a past day was given again, and whether its month is closed."""

    restatement: Restatement | None
    close: MonthClose | None


@unscoped("the closes of the root say how final a part is")
def finality_of(component: Component, day: date) -> Finality:
    """Tell how final the figures of a past day are."""
    restated = Restatement.objects.filter(component=component, as_of=day)
    closes = MonthClose.objects.filter(root=component.root_id, month_end__gte=day)
    return Finality(
        restated.order_by("-restated_at", "-pk").first(), closes.order_by("month_end").first()
    )


def history_of(component: Component, *, user: User, page: str | None, known: Known) -> History:
    """Read the history, on a past day as it was then.

    In four queries, and some more where the component was moved, restated or its months closed.
    """
    snapshots = _eventful(Snapshot.objects.visible_to(user).filter(component=component))
    decisions = Decision.objects.visible_to(user).filter(component=component)
    requests = _unanswered(component, user)
    reports = StatusReport.objects.visible_to(user).filter(component=component)
    if known.until is not None:
        snapshots = snapshots.filter(as_of__lte=known.day)
        decisions, reports = decisions.filter(known.facts), reports.filter(known.facts)
        requests = requests.none()
    pages = LevelPaginator(snapshots, PAGE_SIZE)
    shown = pages.get_page(page)
    asked = decisions.select_related("recorded_by", "state_request__recorded_by")
    said = reports.select_related("recorded_by", "ruling__recorded_by")
    return History(
        page=shown,
        rows=[Step(*pair) for pair in pairwise([*shown.object_list, pages.beyond])],
        decisions=[taken(d, component) for d in asked.order_by("-date", "-pk")[:NEWEST]],
        requests=list(requests.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
        reports=list(said.order_by("-date", "-pk")[:NEWEST]),
        places=_places(component, user, known) if _told(shown, "was_moved") else [],
        restatements=_restatements(component, user, known) if _told(shown, "was_restated") else [],
        closes=_closes(component, user) if known.until is None else [],
    )


def _eventful(snapshots: Any) -> Any:
    """Tell beside the snapshots, the newest first, whether there is more to read."""
    moves = Move.objects.filter(component=OuterRef("component"))
    restatements = Restatement.objects.filter(component=OuterRef("component"))
    told = snapshots.annotate(was_moved=Exists(moves), was_restated=Exists(restatements))
    return told.order_by("-as_of")


def _told(page: Page[Any], name: str) -> bool:
    return any(getattr(snapshot, name) for snapshot in page.object_list)


def _places(component: Component, user: AnyUser, known: Known) -> list[Replaced]:
    """Read where a component stood before, as far as the reader sees."""
    moves = Move.objects.visible_to(user).filter(component=component, date__lte=known.day)
    found = list(moves.order_by("-date", "-pk")[:NEWEST])
    ids = {pk for move in found for pk in (move.before_id, move.after_id) if pk}
    seen = Component.objects.visible_to(user).in_bulk(ids) if ids else {}
    return [Replaced(m, seen.get(m.before_id or 0), seen.get(m.after_id or 0)) for m in found]


def _restatements(component: Component, user: AnyUser, known: Known) -> list[Restatement]:
    """Read which answers were computed again, and why."""
    rows = Restatement.objects.visible_to(user).filter(component=component, as_of__lte=known.day)
    return list(rows.select_related("restated_by").order_by("-restated_at", "-pk")[:NEWEST])


def _closes(component: Component, user: AnyUser) -> list[MonthClose]:
    """Read the closed months of a tree, by its root."""
    if component.parent_id is not None:
        return []
    closes = MonthClose.objects.visible_to(user).filter(root=component)
    return list(closes.select_related("closed_by").order_by("-month_end")[:MONTHS])


def _unanswered(component: Component, user: User) -> Any:
    """Find the requests without an answer, and tell beside each whether the reader may give it."""
    requests = StateRequest.objects.visible_to(user).filter(component=component, decision=None)
    answerable = requests_for(user).filter(pk=OuterRef("pk"))
    return requests.annotate(may_be_answered=Exists(answerable))


def taken(decision: Decision, component: Component) -> Taken:
    """Read what a decision was to do to its component; None where nobody foretold it."""
    told = decision.consequence
    effects = read_foretold(told, {component.pk: component}, {}).effects if told else []
    return Taken(decision, effects[0] if effects else None)
