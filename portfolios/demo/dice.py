"""Chance that falls the same way every time."""

from __future__ import annotations

from random import Random


def dice(*subject: str) -> Random:
    """Make the dice of a subject; those of another one fall differently."""
    return Random(" ".join(subject))  # noqa: S311 nothing here is a secret
