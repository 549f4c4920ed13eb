"""The filters of requests, decisions and rulings."""

from __future__ import annotations

from typing import Any

from ppm.core.filters.kinds import SearchFilter, TruthFilter, among
from ppm.core.filters.rows import RowFilter
from ppm.core.models import Decision, OverrideRuling, StateRequest


class StateRequestFilter(RowFilter):
    """Filters of requests."""

    search = SearchFilter("reason")
    is_waiting = TruthFilter(
        method="waiting",
        label="Waits for a decision",
        help_text="Whether nobody has decided it and the component is still in its state.",
    )

    class Meta:
        model = StateRequest

    def waiting(self, requests: Any, name: str, value: bool) -> Any:
        """Keep what waits, or the rest."""
        return among(requests, requests.waiting(), value)


class DecisionFilter(RowFilter):
    """Filters of decisions."""

    search = SearchFilter("rationale")

    class Meta:
        model = Decision
        exclude = ("snapshot",)


class OverrideRulingFilter(RowFilter):
    """Filters of rulings."""

    search = SearchFilter("reason")

    class Meta:
        model = OverrideRuling
