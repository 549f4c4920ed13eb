"""The past of the demo: the states that components had, and the figures of past month ends."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from portfolios.demo.benefits import register_benefits
from portfolios.demo.days import DAY, month_end
from portfolios.demo.decisions import decide_until
from portfolios.demo.life import states_on
from portfolios.demo.plan import freeze, replan
from portfolios.demo.stage import Stage
from portfolios.rollup import roll_up_everything
from ppm.core.models import Component, State

MONTHS = 24


def relive(stage: Stage) -> None:
    """Roll up each past month end as it was then; end with today."""
    for day in _past_month_ends(stage.days.today):
        _live_on(stage, day)
        roll_up_everything(as_of=day)
    _live_on(stage, stage.days.today)


def _live_on(stage: Stage, day: date) -> None:
    """Bring what has no dates of its own to a day: decisions, states, benefits, dates of tasks."""
    decide_until(stage, day)
    _enter_states(stage, day)
    freeze(stage, day)
    register_benefits(stage, day)
    replan(stage, day)


def _past_month_ends(today: date) -> list[date]:
    ends: list[date] = []
    end = today.replace(day=1) - DAY
    while len(ends) < MONTHS:
        ends.append(end)
        end = month_end(end.replace(day=1) - DAY)
    return ends[::-1]


def _enter_states(stage: Stage, day: date) -> None:
    """Give components the state that they have on a day, where it is another one."""
    changed: defaultdict[State, list[int]] = defaultdict(list)
    for code, state in states_on(stage.lives, day).items():
        component = stage.components[code]
        if component.state != state:
            component.state = state
            changed[state].append(component.pk)
    for state, ids in changed.items():
        Component.objects.filter(pk__in=ids).update(state=state)
