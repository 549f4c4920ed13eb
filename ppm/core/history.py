"""How a component came to where it stands: its figures by date, decisions, and reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core.paginator import Page

from ppm.core.foretelling import ToldEffect, read_foretold
from ppm.core.models import (
    AnyUser,
    Component,
    Decision,
    Known,
    Snapshot,
    StateRequest,
    StatusReport,
)
from ppm.core.models.snapshot import total
from ppm.core.outline import LevelPaginator

PAGE_SIZE = 25
NEWEST = 50


@dataclass(frozen=True)
class Moved:
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
class History:
    """What is known of the past, the newest first. `requests` are those without an answer."""

    page: Page[Snapshot]
    rows: list[Moved]
    decisions: list[Taken]
    requests: list[StateRequest]
    reports: list[StatusReport]


def history_of(component: Component, *, user: AnyUser, page: str | None, known: Known) -> History:
    """Read the history, on a past day as it was then, in five queries."""
    snapshots = Snapshot.objects.visible_to(user).filter(component=component).order_by("-as_of")
    decisions = Decision.objects.visible_to(user).filter(component=component)
    requests = StateRequest.objects.visible_to(user).filter(component=component, decision=None)
    reports = StatusReport.objects.visible_to(user).filter(component=component)
    if known.until is not None:
        snapshots = snapshots.filter(as_of__lte=known.day)
        decisions, reports = decisions.filter(known.facts), reports.filter(known.facts)
        requests = requests.none()
    shown = LevelPaginator(snapshots, PAGE_SIZE).get_page(page)
    asked = decisions.select_related("recorded_by", "state_request__recorded_by")
    said = reports.select_related("recorded_by", "ruling__recorded_by")
    return History(
        page=shown,
        rows=list(moves(list(shown.object_list), snapshots)),
        decisions=[taken(d, component) for d in asked.order_by("-date", "-pk")[:NEWEST]],
        requests=list(requests.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
        reports=list(said.order_by("-date", "-pk")[:NEWEST]),
    )


def moves(shown: Sequence[Snapshot], snapshots: Any) -> Iterator[Moved]:
    """Put each snapshot beside the one before it, which the last finds on the next page."""
    if shown:
        earlier = snapshots.filter(as_of__lt=shown[-1].as_of).first()
        for snapshot, before in pairwise([*shown, earlier]):
            yield Moved(snapshot, before)


def taken(decision: Decision, component: Component) -> Taken:
    """Read what a decision was to do to its component; None where nobody foretold it."""
    told = decision.consequence
    effects = read_foretold(told, {component.pk: component}, {}).effects if told else []
    return Taken(decision, effects[0] if effects else None)
