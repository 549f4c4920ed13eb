"""The ordered part of the health scale: bands, the worst of several, the weighted index.

Green, amber and red are ordered and count 0, 1, 2. The other values of `Health` stand beside
the order: they are neither better nor worse than a colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import NamedTuple, TypedDict

from ppm.core.models.health import Health

SEVERITY = {Health.GREEN: 0, Health.AMBER: 1, Health.RED: 2}
RATED = frozenset({*SEVERITY, Health.UNKNOWN})
WORST_FIRST = (
    Health.RED,
    Health.AMBER,
    Health.UNKNOWN,
    Health.GREEN,
    Health.NOT_STARTED,
    Health.ON_HOLD,
    Health.DONE,
)
"""The order in which people read them: what calls for attention, then what runs, then the rest."""
RATIO_UNIT = Decimal("0.000001")
ONE = Decimal(1)

# Weights are amounts of money; their sums and products outgrow the default of 28 digits.
EXACT = Context(prec=50, rounding=ROUND_HALF_UP)


class Entry(TypedDict):
    """One line of the explanation of a colour: what was measured, against which limit.

    The limit is the green one, or for red the amber one: the last limit that was crossed.
    """

    dimension: str
    measure: str
    value: str
    threshold: str
    health: Health


class Verdict(NamedTuple):
    """The colour of a dimension, and the measures that made it (none: unknown)."""

    health: Health
    entries: list[Entry]


@dataclass(frozen=True)
class Limits:
    """Where green and amber end. A value on a limit has the better colour."""

    green: Decimal
    amber: Decimal
    more_is_better: bool = False

    def health(self, value: Decimal) -> Health:
        """Colour of a value."""
        sign = -1 if self.more_is_better else 1
        if sign * value <= sign * self.green:
            return Health.GREEN
        return Health.AMBER if sign * value <= sign * self.amber else Health.RED

    def threshold(self, health: Health) -> Decimal:
        """Limit to show beside a colour."""
        return self.amber if health == Health.RED else self.green


@dataclass(frozen=True)
class Part:
    """A part of a whole: how it is going, and its weight in money (budget).

    `coverage` is the share of its own parts that is known: 1 where it has none.
    """

    health: Health
    weight: Decimal
    coverage: Decimal = ONE


class Index(NamedTuple):
    """Weighted severity of the rated parts (0 green to 2 red), and the share that is known."""

    value: Decimal | None
    coverage: Decimal | None


def rounded_ratio(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    """Divide and keep six decimals, halves away from zero: what is judged is what is shown."""
    with localcontext(EXACT):
        return (Decimal(numerator) / denominator).quantize(RATIO_UNIT)


def six_decimals(value: Decimal) -> str:
    """Write a ratio with its six decimals, without exponent and without a negative zero."""
    with localcontext(EXACT):
        return format(value.quantize(RATIO_UNIT) + 0, "f")


def judged_ratio(dimension: str, measure: str, value: Decimal, limits: Limits) -> Entry:
    """Explain a ratio by its band."""
    health = limits.health(value)
    return Entry(
        dimension=dimension,
        measure=measure,
        value=six_decimals(value),
        threshold=six_decimals(limits.threshold(health)),
        health=health,
    )


def judged_count(dimension: str, measure: str, value: int, limit: int, health: Health) -> Entry:
    """Explain a count or a number of days by the limit it met."""
    return Entry(
        dimension=dimension,
        measure=measure,
        value=str(value),
        threshold=str(limit),
        health=health,
    )


def worst(healths: Iterable[Health]) -> Health:
    """Worst colour; values outside the order are ignored, and without any colour it is unknown."""
    colours = [health for health in healths if health in SEVERITY]
    return max(colours, key=SEVERITY.__getitem__, default=Health.UNKNOWN)


def verdict(entries: list[Entry]) -> Verdict:
    """Worst of a dimension's measures; unknown without any."""
    return Verdict(worst(entry["health"] for entry in entries), entries)


def severity_index(parts: Iterable[Part]) -> Index:
    """Weigh the parts; without any weight above zero all weigh the same.

    Parts outside the scale (not started, on hold, done) do not count. Both figures keep six
    decimals; the value is `None` when no weight is known, the coverage when nothing is rated.
    """
    rated = [part for part in parts if part.health in RATED]
    if not rated:
        return Index(None, None)
    if not any(part.weight > 0 for part in rated):
        rated = [replace(part, weight=ONE) for part in rated]
    with localcontext(EXACT):
        seen = [part for part in rated if part.health in SEVERITY]
        known = sum(part.weight for part in seen)
        severe = sum(part.weight * SEVERITY[part.health] for part in seen)
        covered = sum(part.weight * part.coverage for part in seen)
        coverage = rounded_ratio(covered, sum(part.weight for part in rated))
    return Index(rounded_ratio(severe, known) if known else None, coverage)


def index_health(index: Index, limits: Limits, *, has_red: bool) -> Health:
    """Colour of an index: green below the first limit, amber below the second, else red.

    A red part never hides behind a green whole.
    """
    if index.value is None:
        return Health.UNKNOWN
    if index.value >= limits.amber:
        return Health.RED
    return Health.AMBER if has_red or index.value >= limits.green else Health.GREEN
