"""The rows that every installation starts with: a health policy and a working calendar."""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps as current_apps
from django.apps.registry import Apps
from django.db import connection

from ppm.core.constraints import FIRST_DAY, LAST_DAY

STANDARD_CALENDAR = "Standard"
"""Monday to Friday, eight hours."""


def create_defaults(apps: Apps = current_apps) -> None:
    """Create what is missing of the default policy and the standard calendar.

    A migration passes its own registry, so that it sees the models of its time.
    """
    apps.get_model("core", "HealthPolicy").objects.get_or_create(component=None, version=1)
    calendars = apps.get_model("core", "WorkCalendar").objects
    calendar, _ = calendars.get_or_create(name=STANDARD_CALENDAR)
    fill_calendar(calendar.pk)


def fill_calendar(calendar_id: int) -> None:
    """Count the working minutes of a calendar's weekdays for every day that the system knows.

    And for the day before the first one: work that starts then is counted from its evening.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_calendarday (calendar_id, day, cumulative_minutes) "
            "SELECT c.id, d.day::date, sum(CASE WHEN extract(isodow FROM d.day) <= 5 "
            "THEN c.minutes_per_day ELSE 0 END) OVER (ORDER BY d.day) "
            "FROM core_workcalendar AS c, "
            "generate_series(%s::timestamp, %s::timestamp, interval '1 day') AS d (day) "
            "WHERE c.id = %s ON CONFLICT (calendar_id, day) DO NOTHING",
            [FIRST_DAY - timedelta(days=1), LAST_DAY, calendar_id],
        )
