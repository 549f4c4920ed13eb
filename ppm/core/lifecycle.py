"""The life of a component: which state may follow which, and who may bring it about.

domain.md 10.1. What its manager says is a matter of work; what commits, stops or ends it is a
decision.
"""

from __future__ import annotations

from ppm.core.models import AnyUser, Component, Kind, State, Subject, rights_on

BY_ITS_MANAGER = {
    (State.IDEA, State.PROPOSAL),
    (State.AUTHORIZED, State.EXECUTING),
    (State.EXECUTING, State.CLOSING),
}
BY_DECISION = {
    (State.IDEA, State.REJECTED),
    (State.PROPOSAL, State.IDEA),
    (State.PROPOSAL, State.AUTHORIZED),
    (State.PROPOSAL, State.REJECTED),
    (State.AUTHORIZED, State.TERMINATED),
    (State.EXECUTING, State.ON_HOLD),
    (State.EXECUTING, State.TERMINATED),
    (State.ON_HOLD, State.EXECUTING),
    (State.ON_HOLD, State.TERMINATED),
    (State.CLOSING, State.CLOSED),
    (State.ACTIVE, State.ARCHIVED),
    (State.ARCHIVED, State.ACTIVE),
}
ENDS = (State.CLOSED, State.TERMINATED, State.REJECTED, State.ARCHIVED)
REMOVALS = (State.ON_HOLD, State.TERMINATED)
"""What takes the work out of its program, for a while or for good."""

VERBS = {
    State.IDEA: "Send back to idea",
    State.PROPOSAL: "Propose",
    State.AUTHORIZED: "Authorize",
    State.EXECUTING: "Start work",
    State.ON_HOLD: "Put on hold",
    State.CLOSING: "Begin closing",
    State.CLOSED: "Close",
    State.TERMINATED: "Terminate",
    State.REJECTED: "Reject",
    State.ACTIVE: "Activate again",
    State.ARCHIVED: "Archive",
}


def beginnings(rights: frozenset[Subject]) -> list[State]:
    """List the states in which somebody with these rights may enter work.

    Work that is under way already is entered by those who could also have decided it.
    """
    decided = [State.AUTHORIZED, State.EXECUTING] if Subject.DECISION in rights else []
    return [State.IDEA, State.PROPOSAL, *decided]


DECIDED = "Only somebody who may decide here enters work that is authorized already."


def may_begin(component: Component, *, user: AnyUser) -> bool:
    """Tell whether the user may enter a new component in the state that it has."""
    if component.kind == Kind.PORTFOLIO or user.is_superuser:
        return True
    path = component.parent.path if component.parent else []
    return component.state in beginnings(rights_on(path, user))


def successors(component: Component) -> list[State]:
    """List the states that may follow the component's, in the order of a life."""
    allowed = BY_ITS_MANAGER | BY_DECISION
    return [after for after in State if (component.state, after) in allowed]


def subject_of(component: Component, after: str) -> Subject:
    """Tell what one must be allowed to change in order to bring the state about."""
    if (component.state, after) in BY_DECISION:
        return Subject.DECISION
    return Subject(Kind(component.kind))


def verb(component: Component, after: str) -> str:
    """Name the change as a button does."""
    is_resumed = (component.state, after) == (State.ON_HOLD, State.EXECUTING)
    return "Resume work" if is_resumed else VERBS[State(after)]
