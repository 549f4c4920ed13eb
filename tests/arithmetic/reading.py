"""Reading the inputs of a vector, which are written for people."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

Results = dict[str, Any]
Case = Callable[[str], Results]


def number(text: str, name: str) -> Decimal:
    """Find `name=number` in the inputs of a vector."""
    found = re.search(rf"\b{name}=(-?[\d.]+)", text)
    assert found, f"{name} is not in {text!r}"
    return Decimal(found[1].rstrip("."))


def series(text: str, name: str) -> list[Decimal]:
    """Find `name=[number, …]`, where a number may be a fraction like 2/3."""
    found = re.search(rf"{name}[^=|;]*=\[([^\]]*)\]", text)
    assert found, f"{name} is not in {text!r}"
    return [fraction(part) for part in found[1].split(",")]


def fraction(text: str) -> Decimal:
    """Read 4.5 or 17/6."""
    above, _, below = text.partition("/")
    return Decimal(above) / Decimal(below or 1)


def decimals(*numbers: str | int) -> list[Decimal]:
    """Make several exact numbers."""
    return [Decimal(one) for one in numbers]


def points(planned: Sequence[Decimal]) -> list[tuple[Decimal, Decimal]]:
    """Make the curve of a plan with one cumulative value at the end of each period."""
    return [(Decimal(period), value) for period, value in enumerate(planned, start=1)]
