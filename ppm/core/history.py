"""How a component came to where it stands: its figures by date, decisions, and reports."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from ppm.core.models import AnyUser, Component, Decision, Snapshot, StatusReport

PAGE_SIZE = 25
NEWEST = 50


@dataclass(frozen=True)
class History:
    """What is known of the past, the newest first."""

    snapshots: Page[Snapshot]
    decisions: list[Decision]
    reports: list[StatusReport]


def history_of(component: Component, *, user: AnyUser, page: str | None) -> History:
    """Read the history, in four queries."""
    snapshots = Snapshot.objects.visible_to(user).filter(component=component).order_by("-as_of")
    decisions = Decision.objects.visible_to(user).filter(component=component)
    reports = StatusReport.objects.visible_to(user).filter(component=component)
    said = reports.select_related("recorded_by", "ruling__recorded_by")
    return History(
        snapshots=Paginator(snapshots, PAGE_SIZE).get_page(page),
        decisions=list(decisions.select_related("recorded_by").order_by("-date", "-pk")[:NEWEST]),
        reports=list(said.order_by("-date", "-pk")[:NEWEST]),
    )
