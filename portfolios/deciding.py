"""Changes of state: asked for, decided, and written down with their consequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portfolios.rehearsal import Consequence, UncomputableError, rehearse
from ppm.core.figures import figures_of
from ppm.core.lifecycle import subject_of, successors
from ppm.core.locks import lock_fact
from ppm.core.models import (
    Component,
    CostEntry,
    Decision,
    Kind,
    Outcome,
    State,
    StateRequest,
    User,
    rights_on,
)
from ppm.core.reach import unscoped
from programs.readiness import obstacles as obstacles_of_aggregate
from projects.models import Project
from projects.readiness import obstacles as obstacles_of_project

ZERO = Decimal()
TERMINATION = "Termination"


class RefusedError(Exception):
    """The change cannot be made; the sentences say why."""

    def __init__(self, *sentences: str) -> None:
        """Keep the sentences."""
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class Actor:
    """Who acts, when, and in which request."""

    user: User
    now: datetime
    request_id: UUID | None = None

    @classmethod
    def of(cls, request: Any) -> Actor:
        """Tell who acts in a request of a page, of the admin site or of the API."""
        return cls(request.user, timezone.now(), request.id)


@unscoped("what stands in the way, whoever sees it")
def obstacles(component: Component, after: str, *, as_of: date) -> list[str]:
    """Say what must be done before the component can come into a state that may follow its own."""
    if component.kind == Kind.PROJECT:
        return obstacles_of_project(Project.objects.get(pk=component.pk), after, as_of=as_of)
    return obstacles_of_aggregate(component, after)


def foretell(
    component: Component, after: str, *, by: Actor, termination_cost: Decimal = ZERO
) -> Consequence:
    """Tell what the change of state would do to the figures."""
    as_of = figures_of([component], user=by.user, now=by.now)[component.pk].as_of
    change = _change(component, after, by=by, as_of=as_of, termination_cost=termination_cost)
    try:
        return rehearse(
            component, change, user=by.user, now=by.now, termination_cost=termination_cost
        )
    except UncomputableError as error:
        raise RefusedError(str(error)) from error


@transaction.atomic
def ask(component: Component, after: str, *, by: Actor, reason: str) -> StateRequest:
    """Ask those who may decide for a change of state."""
    _require_successor(component, after)
    consequence = foretell(component, after, by=by)
    waiting = StateRequest.objects.visible_to(by.user).waiting()
    waiting = waiting.filter(component=component, after=after)
    if waiting.exists():
        raise RefusedError("Somebody has asked for this already; it waits for a decision.")
    _require_possible(component, after, as_of=consequence.as_of)
    return StateRequest.objects.create(
        component=component,
        before=component.state,
        after=after,
        reason=reason,
        consequence=told(consequence),
        **_recorded(by, consequence.as_of),
    )


@transaction.atomic
def decide(
    component: Component,
    after: str,
    *,
    by: Actor,
    rationale: str,
    request: StateRequest | None = None,
    termination_cost: Decimal = ZERO,
) -> Decision:
    """Change the state, and write down why and to what effect.

    The rehearsal comes first: it waits for trees, and nobody may hold rows meanwhile. The cost of
    a termination is booked with it. Raises `RefusedError`.
    """
    _require_successor(component, after)
    _require_right(component, after, by=by)
    consequence = foretell(component, after, by=by, termination_cost=termination_cost)
    _hold(component)
    _require_possible(component, after, as_of=consequence.as_of)
    decision = _decision(component, after, Outcome.APPROVED, by, rationale, request, consequence)
    change = _change(
        component, after, by=by, as_of=consequence.as_of, termination_cost=termination_cost
    )
    change()
    component.state = after
    return decision


@transaction.atomic
def answer(
    request: StateRequest,
    outcome: str,
    *,
    by: Actor,
    rationale: str,
    termination_cost: Decimal = ZERO,
) -> Decision:
    """Approve what somebody else asked for, which makes the change, or reject it."""
    if request.recorded_by_id == by.user.pk:
        raise RefusedError("Somebody else must answer what you asked for.")
    # Of two answers at once the second one waits here, and then finds the first.
    lock_fact(request)
    waiting = StateRequest.objects.visible_to(by.user).waiting()
    if not waiting.filter(pk=request.pk).exists():
        raise RefusedError("This waits for no decision any more.")
    component = request.component
    component.refresh_from_db()
    if outcome == Outcome.APPROVED:
        return decide(
            component,
            request.after,
            by=by,
            rationale=rationale,
            request=request,
            termination_cost=termination_cost,
        )
    _require_right(component, request.after, by=by)
    consequence = foretell(component, request.after, by=by)
    return _decision(
        component, request.after, Outcome.REJECTED, by, rationale, request, consequence
    )


def told(consequence: Consequence) -> dict[str, Any]:
    """Write a consequence down as it was foretold; amounts and ratios as text."""
    names = ("bac", "eac", "etc", "sunk", "held", "benefit_forecast", "roi", "health")
    return {
        "as_of": consequence.as_of.isoformat(),
        "currency": consequence.currency,
        "figures": [
            {
                "component": effect.component.pk,
                "before": _figures(effect.before.snapshot, names),
                "after": _figures(effect.after.snapshot, names),
            }
            for effect in consequence.effects
        ],
        "benefits": [
            {
                "benefit": effect.before.benefit.pk,
                "before": _text(effect.before.forecast),
                "after": _text(effect.after.forecast),
                "is_broken": effect.is_broken,
            }
            for effect in consequence.benefits
        ],
        "avoided": _text(consequence.avoided),
        "lost": _text(consequence.lost),
        "termination_cost": _text(consequence.termination_cost),
        "balance": _text(consequence.balance),
    }


def _figures(snapshot: Any, names: tuple[str, ...]) -> dict[str, str | None] | None:
    if snapshot is None:
        return None
    return {name: _text(getattr(snapshot, name)) for name in names}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _change(
    component: Component, after: str, *, by: Actor, as_of: date, termination_cost: Decimal
) -> Callable[[], None]:
    def change() -> None:
        Component.objects.filter(pk=component.pk).update(state=after)
        if termination_cost and after == State.TERMINATED:
            CostEntry.objects.create(
                component=component,
                amount=termination_cost,
                category=TERMINATION,
                **_recorded(by, as_of),
            )

    return change


def _recorded(by: Actor, as_of: date) -> dict[str, Any]:
    return {"date": as_of, "recorded_by": by.user, "request_id": by.request_id}


@unscoped("the component, locked")
def _hold(component: Component) -> None:
    """Let nobody else change the component, and see that nobody has."""
    held = Component.objects.select_for_update(no_key=True).get(pk=component.pk)
    if held.state != component.state:
        raise RefusedError(f"In the meantime it is {held.get_state_display().lower()}.")


def _require_successor(component: Component, after: str) -> None:
    if after not in successors(component):
        states = f"{component.get_state_display().lower()} cannot become {after}"
        raise RefusedError(f"What is {states}.")


def _require_possible(component: Component, after: str, *, as_of: date) -> None:
    found = obstacles(component, after, as_of=as_of)
    if found:
        raise RefusedError(*found)


def _require_right(component: Component, after: str, *, by: Actor) -> None:
    if subject_of(component, after) not in rights_on(component.path, by.user):
        raise RefusedError("You may ask for this, but not decide it.")


def _decision(
    component: Component,
    after: str,
    outcome: Outcome,
    by: Actor,
    rationale: str,
    request: StateRequest | None,
    consequence: Consequence,
) -> Decision:
    return Decision.objects.create(
        component=component,
        state_request=request,
        before=component.state,
        after=after,
        outcome=outcome,
        rationale=rationale,
        snapshot=figures_of([component], user=by.user, now=by.now)[component.pk].snapshot,
        consequence=told(consequence),
        **_recorded(by, consequence.as_of),
    )
