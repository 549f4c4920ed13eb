"""Changing a calendar: days off, and days of other length."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

# Sums are stored, so all later days count on from what has changed. What each day had is found by
# its place in the whole calendar; only the days of the period are added up.
_RECOUNT = """
WITH worked AS MATERIALIZED (
    SELECT day, cumulative_minutes - lag(cumulative_minutes, 1, 0::bigint) OVER (ORDER BY day)
        AS minutes
    FROM core_calendarday WHERE calendar_id = %(calendar)s
), changed AS MATERIALIZED (
    SELECT day, sum(%(minutes)s - minutes) OVER (ORDER BY day) AS more
    FROM worked WHERE day BETWEEN %(first)s AND %(last)s
)
UPDATE core_calendarday AS stored SET cumulative_minutes = cumulative_minutes + (
    SELECT more FROM changed WHERE changed.day = least(stored.day, %(last)s)
)
WHERE stored.calendar_id = %(calendar)s AND stored.day >= %(first)s
"""


def set_working_minutes(calendar_id: int, *, first: date, last: date, minutes: int) -> None:
    """Give every day of a period, weekends too, so many minutes of work; 0 is a day off.

    The projects whose baselines count by the calendar are marked by the database.
    """
    parameters: dict[str, Any] = {
        "calendar": calendar_id,
        "first": first,
        "last": last,
        "minutes": minutes,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, parameters)
