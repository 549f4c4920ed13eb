"""What the arguments of management commands share."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date


def day(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a date: write YYYY-MM-DD") from None
