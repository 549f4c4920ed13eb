"""The form by which a month of a tree is closed."""

from __future__ import annotations

from datetime import timedelta

from ppm.core.forms import RowForm
from ppm.core.models import MonthClose


class MonthCloseForm(RowForm[MonthClose]):
    """The last day of a month, at first of the one before this."""

    home = "root"
    tab = "history"

    class Meta:
        model = MonthClose
        fields = ("month_end",)
        help_texts = {
            "month_end": "The last day of a month. Its figures are final from then on: what is "
            "recorded later for that time counts in the open month."
        }

    def arrange(self) -> None:
        """Suggest the month before; note who closes."""
        if self.instance._state.adding:
            self.instance.closed_by = self.user
            if self.today is not None:
                self.initial.setdefault("month_end", self.today.replace(day=1) - timedelta(days=1))
