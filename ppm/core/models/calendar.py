"""Working time, counted once so that the time between two dates is a subtraction."""

from __future__ import annotations

from django.db import models

from ppm.core.constraints import not_negative
from ppm.core.models.versioned import Versioned
from ppm.core.triggers import counts_changes, marks


class WorkCalendar(Versioned):
    """A named calendar of working time."""

    name = models.CharField(max_length=100, unique=True)
    minutes_per_day = models.PositiveIntegerField(default=480)

    class Meta:
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class CalendarDay(models.Model):
    """The working minutes of a calendar from its first day through the end of this day."""

    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="days")
    day = models.DateField()
    cumulative_minutes = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "day"],
                name="%(app_label)s_%(class)s_one_a_day",
                violation_error_message="This calendar has that day already.",
            ),
            not_negative("cumulative_minutes"),
        ]
        triggers = marks(
            "SELECT b.project_id FROM {rows} AS r "
            "JOIN projects_baseline AS b ON b.calendar_id = r.calendar_id",
            # A baseline that is being taken holds its calendar's row.
            lock="PERFORM FROM core_workcalendar WHERE id IN (SELECT calendar_id FROM {rows}) "
            "ORDER BY id FOR UPDATE;",
        )

    def __str__(self) -> str:
        """Name the calendar's id and the day."""
        return f"Calendar {self.calendar_id}, {self.day}"
