"""The filters of what keeps the past true: moves, restatements, closed months."""

from __future__ import annotations

from ppm.core.filters.kinds import SearchFilter
from ppm.core.filters.rows import RowFilter
from ppm.core.models import MonthClose, Move, Restatement


class MoveFilter(RowFilter):
    """Filters of moves."""

    class Meta:
        model = Move
        # Null also stands for a home that the user does not see: it is not to be told apart.
        exclude = ("before__isnull", "after__isnull")


class RestatementFilter(RowFilter):
    """Filters of restatements. Their `as_of` is a column like others: no day that is asked for."""

    past_day = None
    search = SearchFilter("reason")

    class Meta:
        model = Restatement


class MonthCloseFilter(RowFilter):
    """Filters of closed months."""

    class Meta:
        model = MonthClose
