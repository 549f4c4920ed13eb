"""The consequence of a decision in sentences: as it is foretold, and as it was written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from portfolios.rehearsal import BenefitEffect, Consequence, Effect
from ppm.core.models import AnyUser, Component, Decision, Health, Snapshot, StateRequest
from ppm.core.templatetags.figures import percent, short_amount

UNKNOWN = "not known"

Write = Callable[[Any], str]


def _health(value: str) -> str:
    return Health(value).label


def _amount(value: Any) -> str:
    return short_amount(Decimal(value))


def _rate(value: Any) -> str:
    return percent(Decimal(value))


FIGURES: dict[str, tuple[str, Write]] = {
    "health": ("health", _health),
    "bac": ("budget of work under way", _amount),
    "eac": ("forecast cost", _amount),
    "sunk": ("sunk cost", _amount),
    "held": ("on hold", _amount),
    "benefit_forecast": ("benefit forecast", _amount),
    "roi": ("ROI", _rate),
}


def sentences(consequence: Consequence, *, is_removal: bool) -> list[str]:
    """Say what a change does, as far as the user sees it: to each component, then to benefits.

    A removal also leaves the tasks alone that wait for what is removed.
    """
    found = [_effect(effect) for effect in consequence.effects]
    found += [_benefit(effect) for effect in consequence.benefits if effect.change]
    if consequence.hidden:
        found.append(f"Benefits that you do not see: {consequence.hidden}.")
    if is_removal:
        waiting = ((link.successor, link.predecessor) for link in consequence.orphans)
        found += [f"{successor} waits for {predecessor}." for successor, predecessor in waiting]
    if is_removal:
        found.append(_balance(consequence))
    return [sentence for sentence in found if sentence] or ["No figure changes."]


def _balance(consequence: Consequence) -> str:
    spared, lost, balance = (
        _shown(value, _amount)
        for value in (consequence.avoided, consequence.lost, consequence.balance)
    )
    told = f"Need not be spent {spared}, benefits lost {lost}, balance {balance}"
    return f"{told} ({consequence.currency})."


def _benefit(effect: BenefitEffect) -> str:
    before, after = (_shown(b.forecast, _amount) for b in (effect.before, effect.after))
    end = "; it cannot come without this work" if effect.is_broken else ""
    return f"{effect.before.benefit}: forecast {before} → {after}{end}."


def _effect(effect: Effect) -> str:
    before, after = (_values(figures.snapshot) for figures in (effect.before, effect.after))
    return _change(effect.component, before, after)


def _values(snapshot: Snapshot | None) -> dict[str, Any]:
    return {name: getattr(snapshot, name) for name in FIGURES} if snapshot else {}


def written_down(row: Decision | StateRequest, *, user: AnyUser) -> list[str]:
    """Read the consequence that a row keeps, of the components that the user sees."""
    kept: dict[str, Any] = row.consequence or {}
    entries = kept.get("figures", [])
    visible = Component.objects.visible_to(user)
    seen = visible.in_bulk([entry["component"] for entry in entries])
    changes: Iterable[str] = (
        _change(seen[entry["component"]], entry["before"] or {}, entry["after"] or {})
        for entry in entries
        if entry["component"] in seen
    )
    return [change for change in changes if change]


def _change(component: Component, before: dict[str, Any], after: dict[str, Any]) -> str:
    """Name the figures of a component that change; empty where none does."""
    changes = [
        f"{label} {_shown(before.get(name), write)} → {_shown(after.get(name), write)}"
        for name, (label, write) in FIGURES.items()
        if before.get(name) != after.get(name)
    ]
    return f"{component}: {', '.join(changes)}." if changes else ""


def _shown(value: Any, write: Write) -> str:
    return UNKNOWN if value is None else write(value)
