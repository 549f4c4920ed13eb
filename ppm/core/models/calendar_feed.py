"""Feeds of dates, which calendar programs read at an address that only their owner knows."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Now

from ppm.core.models.access import User
from ppm.core.models.component import Component


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    """Feeds of all people."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those that are the user's own."""
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def changeable_by(self, user: User | AnonymousUser) -> Self:
        """Keep those that the user may revoke: they are nobody else's business."""
        return self.visible_to(user)


class CalendarFeed(models.Model):
    """The dates of a component and all below it, as far as its owner sees them.

    The address is the secret, since calendar programs send no other; only its digest is stored.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="calendar_feeds")
    component = models.ForeignKey(Component, models.CASCADE, related_name="calendar_feeds")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_read_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    def __str__(self) -> str:
        """Name the component."""
        return f"Dates of {self.component}"

    @classmethod
    def open_for(cls, owner: User, component: Component) -> tuple[CalendarFeed, str]:
        """Store a new feed; return it and the secret of its address, which is not stored."""
        secret = secrets.token_urlsafe(32)
        feed = cls.objects.create(owner=owner, component=component, digest=cls.digest_of(secret))
        return feed, secret

    @staticmethod
    def digest_of(secret: str) -> str:
        """Hash a secret. It is random and long, so a plain hash is enough."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def note_reading(self, *, now: datetime) -> None:
        """Remember when a calendar program came last."""
        self.last_read_at = now
        self.save(update_fields=["last_read_at"])
