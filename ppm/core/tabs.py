"""The page of a component: what stands on top of every tab, and which tab shows what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from ppm.core.briefing import briefing
from ppm.core.figures import Figures, figures_of
from ppm.core.history import finality_of
from ppm.core.lifecycle import REMOVALS, subject_of, successors, verb
from ppm.core.models import Component, Kind, Known, State, Subject, User, rights_on
from ppm.core.past import restore_states, visible_children
from ppm.core.time_travel import asked_day

LABELS: dict[Kind, dict[str, str]] = {
    Kind.PORTFOLIO: {
        "": "Overview",
        "components": "Components",
        "money": "Money",
        "benefits": "Benefits",
        "objectives": "Objectives",
        "risks": "Risks and issues",
        "history": "History",
        "comparison": "Compare",
        "access": "Access",
    },
    Kind.PROGRAM: {
        "": "Overview",
        "components": "Components",
        "money": "Money",
        "benefits": "Benefits",
        "risks": "Risks and issues",
        "history": "History",
        "comparison": "Compare",
        "access": "Access",
    },
    Kind.PROJECT: {
        "": "Overview",
        "tasks": "Tasks",
        "money": "Money",
        "benefits": "Benefits",
        "risks": "Risks and issues",
        "history": "History",
        "comparison": "Compare",
        "access": "Access",
    },
}
"""What each tab is called, by its part of the address."""
MONEY = "money"
"""The tab that is of money altogether."""


@dataclass(frozen=True)
class Reader:
    """Who reads, when, and what the address asks for; `as_of` is a past date that is asked for."""

    user: User
    now: datetime
    query: QueryDict
    as_of: date | None = None

    @property
    def page(self) -> str | None:
        """The page of a long list."""
        return self.query.get("page")


@dataclass(frozen=True)
class Matter:
    """A component, its figures, and the date that they are about."""

    component: Any
    figures: Figures

    @property
    def as_of(self) -> date:
        """The status date of the tree, or the past date that is asked for."""
        return self.figures.as_of

    @property
    def known(self) -> Known:
        """Which facts the figures are about."""
        return self.figures.known


@dataclass(frozen=True)
class Tab:
    """A tab: its template, and what collects its content for a reader.

    `plan` tells what an explanation of the health must know of the component's plan.
    """

    template: str
    collect: Callable[[Matter, Reader], dict[str, Any]]
    plan: Callable[[Any, User], dict[str, Any]] = lambda component, user: {}


@dataclass(frozen=True)
class Change:
    """A change of state that could be next; `is_asked` where the reader may only ask for it."""

    after: State
    verb: str
    is_asked: bool
    is_removal: bool


def component_page(
    request: HttpRequest, component: Component, tabs: Mapping[str, Tab], slug: str
) -> HttpResponse:
    """Show one tab of a component's page."""
    if slug not in tabs:
        raise Http404
    tab, reader = tabs[slug], reader_of(request)
    found = figures_of([component], user=reader.user, now=reader.now, as_of=reader.as_of)
    figures = found[component.pk]
    restore_states([component], {component.pk: figures.known})
    if slug == MONEY and not figures.shows_amounts:
        raise Http404
    rights = frozenset() if reader.as_of else rights_on(component.path, reader.user)
    plan = tab.plan(component, reader.user)
    context = {
        "briefing": briefing(component, figures, user=reader.user, **plan),
        "rights": rights,
        "changes": changes(component, rights),
        "finality": finality_of(component, figures.as_of) if figures.is_past else None,
        "tabs": tabs_for(component, figures),
        "tab": slug,
        **tab.collect(Matter(component, figures), reader),
    }
    return render(request, tab.template, context)


def tabs_for(component: Component, figures: Figures) -> dict[str, str]:
    """Name the tabs that the reader may open: that of money only where he sees amounts."""
    labels = LABELS[Kind(component.kind)]
    return {
        slug: label for slug, label in labels.items() if slug != MONEY or figures.shows_amounts
    }


def reader_of(request: HttpRequest) -> Reader:
    """Tell who reads, and about which day."""
    return Reader(request.user, timezone.now(), request.GET, asked_day(request))  # type: ignore[arg-type]


def parts_of(matter: Matter, reader: Reader) -> QuerySet[Component]:
    """Find the components that the figures are made of, as far as the reader sees them."""
    return visible_children(matter.figures.past_day, [matter.component.pk], reader.user)


def changes(component: Component, rights: frozenset[Subject]) -> list[Change]:
    """List the changes of state that the reader may make or ask for."""
    if not rights & {Subject.REPORT, Subject.DECISION, Subject(component.kind)}:
        return []
    return [
        Change(
            after=after,
            verb=verb(component, after),
            is_asked=subject_of(component, after) not in rights,
            is_removal=after in REMOVALS,
        )
        for after in successors(component)
    ]
