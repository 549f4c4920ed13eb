"""What stands in the way of the next state of a program or portfolio (domain.md 10.5)."""

from __future__ import annotations

from ppm.core.lifecycle import ENDS
from ppm.core.models import Component, State
from programs.models import Benefit

STOPS = (State.ON_HOLD, State.TERMINATED, State.REJECTED, State.CLOSED, State.ARCHIVED)


def obstacles(component: Component, after: str) -> list[str]:
    """Say what must be done first, a sentence each; empty where nothing is in the way.

    A program never stops over the heads of its projects: each of them is decided on by itself.
    """
    found = []
    if after in STOPS:
        over = (*ENDS, State.ON_HOLD) if after == State.ON_HOLD else ENDS
        left = component.children.exclude(state__in=over).count()
        if left:
            found.append(f"{left} of its components not at an end: decide on them first.")
    if after == State.CLOSED:
        ownerless = Benefit.objects.filter(component=component, owner=None).count()
        if ownerless:
            found.append(f"{ownerless} of its benefits without an owner who goes on with them.")
    return found
