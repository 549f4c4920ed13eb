"""Exact arithmetic for money, ratios and durations.

Pure. A ratio whose parts are missing, or whose denominator is not above zero, is `None`: not
known, never zero and never infinite. Only `money` and `whole_minutes` round, for storing.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ZERO = Decimal(0)
ONE = Decimal(1)
MONEY_UNIT = Decimal("0.0001")

# Products of two stored amounts have 38 digits; the default of 28 would lose some.
EXACT = Context(prec=50, rounding=ROUND_HALF_UP)


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function with 50 significant digits, rounding halves away from zero."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(EXACT):
            return function(*args, **kwargs)

    return run


@exact
def money(amount: Decimal) -> Decimal:
    """Round to the four decimals that are stored, halves away from zero."""
    return amount.quantize(MONEY_UNIT)


@exact
def whole_minutes(minutes: Decimal) -> int:
    """Round a duration to the whole minute that is stored, halves up."""
    return int(minutes.quantize(ONE))


@exact
def ratio(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Divide; `None` when a part is missing or the denominator is not above zero."""
    if numerator is None or denominator is None or denominator <= ZERO:
        return None
    return numerator / denominator


@exact
def difference(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Subtract; `None` when a part is missing."""
    return None if left is None or right is None else left - right


@exact
def product(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Multiply; `None` when a part is missing."""
    return None if left is None or right is None else left * right


@exact
def total(left: Decimal | None, right: Decimal | None) -> Decimal | None:
    """Add; what is missing adds nothing, and nothing at all is `None`."""
    if left is None or right is None:
        return right if left is None else left
    return left + right
