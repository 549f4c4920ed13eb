"""Working time, kept in minutes, as people read and write it: in days of work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from ppm.core.defaults import STANDARD_CALENDAR
from ppm.core.models import WorkCalendar
from projects.models import Project

EXACTLY = Decimal("0.0001")
MOST = Decimal(100_000)
"""Days: more than the calendars reach."""


class WorkingDaysField(forms.DecimalField):
    """A number of working minutes, written as days."""

    def __init__(self, *, minutes_per_day: int, **options: Any) -> None:
        """Keep how long a day is."""
        self.minutes_per_day = minutes_per_day
        super().__init__(**{"help_text": "In days of work.", "required": False, **options})

    def prepare_value(self, value: Any) -> Any:
        """Show minutes as days; what was typed stays as it was typed."""
        return in_days(value, self.minutes_per_day) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs are wrong
        """Read days as minutes."""
        days = super().to_python(value)
        if days is None:
            return None
        if not days.is_finite() or not -MOST <= days <= MOST:
            raise ValidationError(f"Enter a number of days, at most {MOST:,}.")
        return Decimal(round(days * self.minutes_per_day))


def in_days(minutes: int, minutes_per_day: int) -> str:
    """Write working minutes as days: 720 of 480 a day are 1.5."""
    days = (Decimal(minutes) / minutes_per_day).quantize(EXACTLY)
    return format(days.normalize(), "f")


def minutes_per_day(project: Project) -> int:
    """Tell how long a working day is by the project's calendar, else by the standard one."""
    either = Q(pk=project.calendar_id) | Q(name=STANDARD_CALENDAR)
    days = dict(WorkCalendar.objects.filter(either).values_list("pk", "minutes_per_day"))
    return days.get(project.calendar_id or 0) or next(iter(days.values()))
