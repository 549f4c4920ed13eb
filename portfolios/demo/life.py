"""The life of components: on which day they came into which state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from portfolios.demo.company import ProgramContent
from portfolios.demo.course import Work
from portfolios.demo.days import DAY, Days, workday, workday_before
from ppm.core.models import State

Life = list[tuple[date, State]]
"""Changes of state, the oldest first. Before the first one a component is an idea."""

PROPOSED, AUTHORIZED = timedelta(days=100), timedelta(days=30)
CLOSED = timedelta(days=24)
ENDS = (State.ON_HOLD, State.TERMINATED, State.REJECTED)


def life_of_project(work: Work, *, days: Days) -> Life:
    """Tell a project's changes of state, as they follow from its dates and its story."""
    told = [(_decided(days.day(day)), state) for day, state in work.content.life]
    usual = [
        (work.start - PROPOSED, State.PROPOSAL),
        (work.start - AUTHORIZED, State.AUTHORIZED),
        (work.start, State.EXECUTING),
    ]
    if work.jobs:
        usual.append((work.real_finish + timedelta(days=2), State.CLOSING))
        usual.append((work.real_finish + CLOSED, State.CLOSED))
    ended = next((day for day, state in told if state in ENDS), date.max)
    states = {state for _, state in told}
    left = [(_decided(day), state) for day, state in usual if state not in states and day < ended]
    return sorted([*told, *left])


def life_of_program(content: ProgramContent, *, days: Days) -> Life:
    """Tell a program's changes of state."""
    start = workday(days.day(content.start))
    return [
        (start - 2 * AUTHORIZED, State.PROPOSAL),
        (start - AUTHORIZED, State.AUTHORIZED),
        (start, State.EXECUTING),
    ]


def _decided(day: date) -> date:
    """Tell the day itself, or the last working day before a weekend."""
    return workday_before(day + DAY)


def state_on(life: Life, day: date) -> State:
    """Tell the state on a day."""
    return next((state for since, state in reversed(life) if since <= day), State.IDEA)


def states_on(lives: Mapping[str, Life], day: date) -> dict[str, State]:
    """Tell all states on a day, by code."""
    return {code: state_on(life, day) for code, life in lives.items()}
