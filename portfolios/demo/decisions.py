"""Decisions: what the boards decided, what they said to overrides, and what waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from portfolios.deciding import Actor, ask
from portfolios.demo.company import DecisionContent
from portfolios.demo.content.decisions import RATIONALES, REQUESTS
from portfolios.demo.content.people import BOARD
from portfolios.demo.days import workday
from portfolios.demo.dice import dice
from portfolios.demo.life import state_on
from portfolios.demo.stage import Stage
from ppm.core.lifecycle import BY_DECISION
from ppm.core.models import Decision, Outcome, Snapshot, State, StateRequest

ASKED = timedelta(days=12)
"""How long before a decision it was asked for."""


def decide_until(stage: Stage, day: date) -> None:
    """Record the decisions up to a day, each with the figures that were known before it."""
    known = Snapshot.objects.filter(as_of__lt=day).order_by("component", "-as_of")
    snapshots = dict(known.distinct("component").values_list("component", "pk"))
    decisions = [
        decision
        for code in stage.lives
        for decision in (*_approved(code, stage), *_rejected(code, stage))
        if stage.decided_until < decision.date <= day
    ]
    for decision in sorted(decisions, key=lambda decision: decision.date):
        if decision.state_request:
            decision.state_request.save()
        decision.snapshot_id = snapshots.get(decision.component_id)
        decision.save()
    stage.decided_until = day


def _approved(code: str, stage: Stage) -> Iterator[Decision]:
    """Make the decisions that led to the states of a component."""
    chance, before = dice(code, "decisions"), State.IDEA
    for day, after in stage.lives[code]:
        story = next(
            (d for d in _stories(code, stage) if d.after == after and not d.rejected_on), None
        )
        component = stage.components[code]
        rationale = story.rationale if story else chance.choice(RATIONALES[after])
        if (before, after) in BY_DECISION or component.manager is None:
            by = "governance" if story else chance.choice(("governance", *BOARD))
        else:
            by = component.manager.username
        yield Decision(
            component=component,
            state_request=_request(code, story, before, day, stage) if story else None,
            before=before,
            after=after,
            rationale=rationale,
            **stage.said(by, day),
        )
        before = after


def _rejected(code: str, stage: Stage) -> Iterator[Decision]:
    for story in _stories(code, stage):
        if story.rejected_on is not None:
            day = workday(stage.days.day(story.rejected_on))
            before = state_on(stage.lives[code], day)
            yield Decision(
                component=stage.components[code],
                state_request=_request(code, story, before, day, stage),
                before=before,
                after=story.after,
                outcome=Outcome.REJECTED,
                rationale=story.rationale,
                **stage.said("governance", day),
            )


def _stories(code: str, stage: Stage) -> tuple[DecisionContent, ...]:
    return stage.works[code].content.decisions if code in stage.works else ()


def _request(
    code: str, story: DecisionContent, before: State, decided_on: date, stage: Stage
) -> StateRequest:
    manager = stage.works[code].content.manager
    return StateRequest(
        component=stage.components[code],
        before=before,
        after=story.after,
        reason=story.reason,
        **stage.said(manager, workday(decided_on - ASKED)),
    )


def ask_for_decisions(stage: Stage, *, now: datetime) -> None:
    """Ask for the changes of state that wait, with their consequences as they are foretold."""
    for request in REQUESTS:
        actor = Actor(stage.people[request.by], now)
        ask(stage.components[request.project], request.after, by=actor, reason=request.reason)
