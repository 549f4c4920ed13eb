"""Health of a program: its components depend on each other, so bad news travels.

Pure. Dimensions that a program shares with projects (scope apart) are judged by the functions
of `projects.health` on the program's sums and its own register.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ppm.core.health_scale import (
    SEVERITY,
    Entry,
    Limits,
    Part,
    Verdict,
    index_health,
    judged_ratio,
    rounded_ratio,
    severity_index,
    six_decimals,
    verdict,
    worst,
)
from ppm.core.models.component import State
from ppm.core.models.health import Health, HealthPolicy
from projects.health import cost_health as component_cost_health

ZERO = Decimal(0)
ACTIVE_STATES = frozenset({State.AUTHORIZED, State.EXECUTING, State.CLOSING})
UNDELIVERED_STATES = frozenset({State.IDEA, State.PROPOSAL, State.REJECTED, State.TERMINATED})


def cost_health(
    policy: HealthPolicy,
    *,
    budget: Decimal | None,
    held: Decimal | None,
    variance: Decimal | None,
) -> Verdict:
    """Judge the sums of a program or portfolio: budget at work and on hold, and VAC over both."""
    if variance is None:
        return component_cost_health(policy, estimate=None, budget=None)
    whole = (budget or ZERO) + (held or ZERO)
    return component_cost_health(policy, estimate=whole - variance, budget=whole)


@dataclass(frozen=True)
class ScheduledPart:
    """A component of a program: its schedule's colour, its weight in money, its place."""

    health: Health
    weight: Decimal
    is_driving: bool = False


def driving_path(
    finishes: Mapping[int, date], predecessors: Mapping[int, AbstractSet[int]]
) -> set[int]:
    """Components that decide the program's finish: the latest to finish, and what it waits for.

    `predecessors` holds the hard dependencies between components, by successor. Only linked
    components compete; with none linked, nothing drives. Of several latest all drive.
    """
    linked = set(predecessors).union(*predecessors.values())
    dated = {id_: finishes[id_] for id_ in linked if id_ in finishes}
    latest = max(dated.values(), default=None)
    waiting = [id_ for id_, finish in dated.items() if finish == latest]
    path: set[int] = set()
    while waiting:
        id_ = waiting.pop()
        if id_ not in path:
            path.add(id_)
            waiting.extend(predecessors.get(id_, ()))
    return path


def schedule_health(policy: HealthPolicy, parts: Sequence[ScheduledPart]) -> Health:
    """Worst colour on the driving path; without one the weighted index, no red hidden."""
    driving = [part.health for part in parts if part.is_driving]
    if driving:
        return worst(driving)
    index = severity_index(Part(part.health, part.weight) for part in parts)
    limits = Limits(policy.index_green, policy.index_amber)
    return index_health(index, limits, has_red=any(p.health == Health.RED for p in parts))


@dataclass(frozen=True)
class Pull:
    """How much of the program's target rests on a component, and how that one is going.

    `share` is its planned dependence over the target; an essential one carries everything.
    """

    health: Health
    share: Decimal
    is_essential: bool = False


def _pull_entry(policy: HealthPolicy, pull: Pull) -> Entry | None:
    """Explain what a component does to the benefits; `None` when it does nothing."""
    share = rounded_ratio(pull.share, 1)
    if pull.health == Health.RED:
        limit = policy.pull_red_share
        is_heavy = pull.is_essential or share >= limit
        health = Health.RED if is_heavy else Health.AMBER
    elif pull.health == Health.AMBER and share >= policy.pull_amber_share:
        limit, health = policy.pull_amber_share, Health.AMBER
    else:
        return None
    return Entry(
        dimension="benefits",
        measure="pull",
        value=six_decimals(share),
        threshold=six_decimals(limit),
        health=health,
    )


def benefits_health(
    policy: HealthPolicy,
    *,
    forecast: Decimal | None,
    target: Decimal | None,
    pulls: Iterable[Pull],
) -> Verdict:
    """Judge forecast against target, and the components that the target rests on.

    Of the pulls only the one that weighs most is told: the worst, then the largest.
    """
    entries: list[Entry] = []
    if forecast is not None and target is not None and target > 0:
        limits = Limits(policy.benefits_green, policy.benefits_amber, more_is_better=True)
        value = rounded_ratio(forecast, target)
        entries.append(judged_ratio("benefits", "forecast_over_target", value, limits))
    found = [entry for pull in pulls if (entry := _pull_entry(policy, pull))]
    if found:
        entries.append(max(found, key=lambda e: (SEVERITY[e["health"]], Decimal(e["value"]))))
    return verdict(entries)


def delivery_factor(
    policy: HealthPolicy, *, state: str, health: Health, confidence: Decimal | None
) -> Decimal:
    """Share (0 to 1) of a project's contribution that is expected to come.

    An owner's own `confidence` counts while the project is active; else the state decides, and
    among active projects the colour. Work that is authorized and not begun counts as green.
    """
    if state == State.CLOSED:
        return Decimal(1)
    if state in UNDELIVERED_STATES:
        return ZERO
    if state == State.ON_HOLD:
        return policy.confidence_on_hold
    if confidence is not None and state in ACTIVE_STATES:
        return confidence
    if state == State.AUTHORIZED:
        return policy.confidence_green
    by_colour = {
        Health.GREEN: policy.confidence_green,
        Health.AMBER: policy.confidence_amber,
        Health.RED: policy.confidence_red,
    }
    return by_colour.get(health, policy.confidence_unknown)
