"""What decisions and requests were foretold to do, for a reader of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ppm.core.foretelling import Foretold, read_foretold
from ppm.core.lifecycle import REMOVALS
from ppm.core.models import AnyUser, Component, Decision, StateRequest
from programs.models import Benefit

Row = TypeVar("Row", Decision, StateRequest)


@dataclass(frozen=True)
class Told(Generic[Row]):
    """A decision or a request, and what it was to do; None where nobody foretold it."""

    row: Row
    foretold: Foretold | None

    @property
    def is_removal(self) -> bool:
        """Whether the work is taken out of its program, so that one asks what that saves."""
        return self.row.after in REMOVALS


def retold(rows: Sequence[Row], *, user: AnyUser) -> list[Told[Row]]:
    """Read the consequences of rows as far as the user sees them, in two queries for all."""
    told = [row.consequence for row in rows if row.consequence]
    components = {entry["component"] for one in told for entry in one["figures"]}
    benefits = {entry["benefit"] for one in told for entry in one["benefits"]}
    seen = Component.objects.visible_to(user).in_bulk(components) if components else {}
    seen_benefits = Benefit.objects.visible_to(user).in_bulk(benefits) if benefits else {}
    return [
        Told(row, read_foretold(row.consequence, seen, seen_benefits) if row.consequence else None)
        for row in rows
    ]
