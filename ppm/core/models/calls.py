"""How often somebody calls the API, so that it can be limited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, models

# One statement: the row's lock makes calls at the same moment count one after the other. A span
# begins with the first call after the span before. Who is unknown is not counted, so that nobody
# can fill the table; who is refused, neither.
_COUNT = """
WITH caller (key) AS ({caller}), counted AS (
    INSERT INTO core_calls AS known (key, since, number)
    SELECT key, clock_timestamp(), 1 FROM caller
    ON CONFLICT (key) DO UPDATE SET
        since = CASE WHEN {is_over} THEN excluded.since ELSE known.since END,
        number = CASE WHEN {is_over} THEN 1 ELSE known.number + 1 END
    WHERE {is_over} OR known.number < %(most)s
    RETURNING key, since, number
)
SELECT counted.number,
    extract(epoch FROM coalesce(counted.since, known.since) - clock_timestamp()) + %(seconds)s
FROM caller LEFT JOIN counted USING (key) LEFT JOIN core_calls AS known USING (key)
"""
_IS_OVER = "known.since <= excluded.since - make_interval(secs => %(seconds)s)"
_BEARER = "SELECT 'token ' || id FROM core_apitoken WHERE digest = %(who)s"
_FEED = "SELECT 'feed ' || id FROM core_calendarfeed WHERE digest = %(who)s"
_USER = "SELECT 'user ' || %(who)s"


@dataclass(frozen=True)
class Quota:
    """What a caller has left until the span ends, in `seconds`; of a refused call, None."""

    left: int | None
    seconds: float


class CallsQuerySet(models.QuerySet["Calls"]):
    """The calls of all."""

    def of_token(self, digest: str, *, most: int, span: timedelta) -> Quota | None:
        """Count a call with a token, unless it is one too many; None where nobody has it."""
        return _count(_BEARER, digest, most, span)

    def of_feed(self, digest: str, *, most: int, span: timedelta) -> Quota | None:
        """Count a reading of a feed, unless it is one too many; None where there is none."""
        return _count(_FEED, digest, most, span)

    def of_user(self, user_id: int, *, most: int, span: timedelta) -> Quota | None:
        """Count a call of somebody who is signed in, unless it is one too many."""
        return _count(_USER, str(user_id), most, span)


def _count(caller: str, who: str, most: int, span: timedelta) -> Quota | None:
    seconds = span.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(caller=caller, is_over=_IS_OVER),
            {"who": who, "most": most, "seconds": seconds},
        )
        found: tuple[int | None, float | None] | None = cursor.fetchone()
    if found is None:
        return None
    number, left = found
    # The span may have begun after this statement did: then it has all of it before it.
    until = seconds if left is None else max(0.0, min(seconds, float(left)))
    return Quota(None if number is None else most - number, until)


class Calls(models.Model):
    """The number of calls of a token or a user since a span began. Its table is not logged.

    After a crash of PostgreSQL it is empty; until then a call costs no write to the disk.
    """

    key = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()
    number = models.PositiveIntegerField()

    objects = CallsQuerySet.as_manager()

    def __str__(self) -> str:
        """Show how many there were."""
        return f"{self.number} calls"
