"""How often something may be tried.

PostgreSQL counts: without it nobody signs in anyway, so no outage of another service opens a limit
or shuts people out. A limit slides: within any span of its length no more attempts pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from ppm.core.models import Attempts


@dataclass(frozen=True)
class Limit:
    """So many attempts of one and the same within a span of time."""

    name: str
    most: int
    span: timedelta

    def attempt(self, whose: str) -> Attempt | None:
        """Count an attempt; None where no more are allowed."""
        # A digest: names and addresses of callers are not to be read from the table.
        key = salted_hmac("ppm.limit", f"{self.name}:{whose}", algorithm="sha256").hexdigest()
        made_at = Attempts.objects.make(key, most=self.most, span=self.span)
        return None if made_at is None else Attempt(key, made_at)


@dataclass(frozen=True)
class Attempt:
    """One attempt that was counted."""

    key: str
    made_at: datetime

    def take_back(self) -> None:
        """Count it no more: it succeeded."""
        Attempts.objects.take_back(self.key, self.made_at)


MINUTES, HOUR = timedelta(minutes=5), timedelta(hours=1)

OF_ACCOUNT = Limit("account", 10, MINUTES)
"""Wrong passwords of one account, by whatever name it is called."""
OF_CODE = Limit("code", 10, MINUTES)
"""Wrong codes of one account's second factor."""
OF_ADDRESS = Limit("address", 50, MINUTES)
"""Refused attempts from one network address, of whatever accounts."""
MAIL_TO = Limit("mail to", 3, HOUR)
"""Links asked for one mail address."""
MAIL_FROM = Limit("mail from", 20, HOUR)
"""Links asked for from one network address."""
ONCE = Limit("once", 1, timedelta(minutes=5))
"""A code that was used; it would be valid for a minute and a half."""
