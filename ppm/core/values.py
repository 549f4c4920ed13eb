"""The values of a body as JSON writes them: text is text, a number a number, and true is true.

REST framework would also take 0 for a name, "yes" for true and " 1e2 " for an amount. What it
guesses nobody has described, and the description of the API is checked against what it takes.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from rest_framework.fields import BooleanField, CharField, DecimalField, IntegerField

NUMERAL = "-?[0-9]+([.][0-9]*)?|-?[.][0-9]+"
"""How a number stands in text."""
DIGITS = "^[0-9]{1,18}$"
"""How an id stands in text."""


def is_number(data: object) -> bool:
    """Tell whether a value is a number of JSON; to Python true and false are some, too."""
    return isinstance(data, int | Decimal) and not isinstance(data, bool)


class TextField(CharField):
    """Text."""

    def to_internal_value(self, data: Any) -> str:
        """Read it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumberField(IntegerField):
    """A whole number."""

    def to_internal_value(self, data: Any) -> int:
        """Read it."""
        if not is_number(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class TruthField(BooleanField):
    """True or false."""

    def to_internal_value(self, data: Any) -> bool:
        """Read it."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class NumberField(DecimalField):
    """A number with so many decimals, in text so that nobody rounds it; as a number, too."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        """Read null as null, and nothing else."""
        if isinstance(data, str) and not data.strip():
            self.fail("invalid")
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Decimal:
        """Read it."""
        is_numeral = isinstance(data, str) and re.fullmatch(NUMERAL, data)
        if not (is_numeral or is_number(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class MoneyAmountField(NumberField):
    """An amount of money; read as null by whoever sees no amounts."""
