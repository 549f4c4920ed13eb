"""What somebody tried lately, so that it can be limited."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

# One statement: the row's lock makes those who try at the same moment count one after the other,
# so that never more than the limit pass. Who is refused is not counted: it makes no wait longer.
_MAKE = """
INSERT INTO core_attempts AS known (key, made_at)
VALUES (%(key)s, ARRAY[clock_timestamp()])
ON CONFLICT (key) DO UPDATE SET made_at = array_append(
    ARRAY(
        SELECT at FROM unnest(known.made_at) AS at
        WHERE at > clock_timestamp() - make_interval(secs => %(seconds)s)
    ),
    clock_timestamp()
)
WHERE (
    SELECT count(*) FROM unnest(known.made_at) AS at
    WHERE at > clock_timestamp() - make_interval(secs => %(seconds)s)
) < %(most)s
RETURNING made_at[cardinality(made_at)]
"""
_TAKE_BACK = "UPDATE core_attempts SET made_at = array_remove(made_at, %s) WHERE key = %s"
_FORGET = "DELETE FROM core_attempts WHERE NOT (%s <= ANY (made_at))"


class AttemptsQuerySet(models.QuerySet["Attempts"]):
    """The attempts of all."""

    def make(self, key: str, *, most: int, span: timedelta) -> datetime | None:
        """Count an attempt and return its time; None where there were `most` within the span."""
        given: dict[str, str | float] = {"key": key, "most": most, "seconds": span.total_seconds()}
        with connection.cursor() as cursor:
            cursor.execute(_MAKE, given)
            found: tuple[datetime] | None = cursor.fetchone()
        return found[0] if found else None

    def take_back(self, key: str, made_at: datetime) -> None:
        """Forget one attempt."""
        with connection.cursor() as cursor:
            cursor.execute(_TAKE_BACK, [made_at, key])

    def forget(self, *, before: datetime) -> None:
        """Delete what counts no more."""
        with connection.cursor() as cursor:
            cursor.execute(_FORGET, [before])


class Attempts(models.Model):
    """The last attempts of somebody at something; the key tells who and what as a digest."""

    key = models.CharField(max_length=64, primary_key=True)
    made_at = ArrayField(models.DateTimeField())

    objects = AttemptsQuerySet.as_manager()

    def __str__(self) -> str:
        """Show how many there were."""
        return f"{len(self.made_at)} attempts"
