"""Changing a calendar: days off, and days of other length."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

# Sums are stored, so all later days count on from what has changed. No row looks at another one:
# a calendar has tens of thousands of days.
_RECOUNT = """
UPDATE core_calendarday SET cumulative_minutes = CASE
    WHEN day <= %(last)s THEN period.before + %(minutes)s * (day - %(first)s::date + 1)
    ELSE cumulative_minutes + period.change
END
FROM (
    SELECT min(cumulative_minutes) AS before,
        %(minutes)s * (%(last)s::date - %(first)s::date + 1)
            - (max(cumulative_minutes) - min(cumulative_minutes)) AS change
    FROM core_calendarday
    WHERE calendar_id = %(calendar)s AND day IN (%(first)s::date - 1, %(last)s)
) AS period
WHERE calendar_id = %(calendar)s AND day >= %(first)s
"""


def set_working_minutes(calendar_id: int, *, first: date, last: date, minutes: int) -> None:
    """Give every day of a period, weekends too, so many minutes of work; 0 is a day off.

    The projects whose baselines count by the calendar are marked by the database.
    """
    period: dict[str, Any] = {"first": first, "last": last, "minutes": minutes}
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, {**period, "calendar": calendar_id})
