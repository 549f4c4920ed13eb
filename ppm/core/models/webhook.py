"""Webhooks: whom to tell what happened, and what there is to be told.

What happened is written by triggers (`ppm/core/announcing.py`), one delivery for each webhook;
`ppm/core/webhooks` sends it.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Self

from cryptography.fernet import InvalidToken
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse

from ppm.core.cipher import decrypt, encrypt
from ppm.core.constraints import known
from ppm.core.models.access import AnyUser, ScopedQuerySet, Subject, User
from ppm.core.models.versioned import Versioned
from ppm.core.reach import unscoped
from ppm.core.triggers import counts_changes

PURPOSE = "webhooks"
SECRET_BYTES = 32
BOTH_VALID = timedelta(hours=24)
"""How long a secret that was replaced still signs."""

SWITCHED_OFF = "The webhook is switched off."


class EventKind(models.TextChoices):
    """What a webhook can tell of."""

    HEALTH_CHANGED = "health.changed", "Health changed"
    BENEFIT_MEASURED = "benefit.measured", "Benefit measured"
    STATE_CHANGED = "project.state_changed", "State changed"
    IMPORT_FINISHED = "import.finished", "Import finished"
    ROLLUP_INCIDENT = "rollup.incident", "Figures found wrong"
    TEST = "webhook.test", "Test"


EVENTS = [kind for kind in EventKind if kind != EventKind.TEST]
"""What one can ask to be told of; a test is sent on request, to try a receiver."""

TEST_LANE = -1


class WebhookQuerySet(ScopedQuerySet["Webhook"]):
    """Webhooks. An address may hold a key: only those who may change a webhook see it."""

    subject = Subject.POLICY
    is_private = True


class Webhook(Versioned):
    """An address that is told what happens to a component and to everything below it.

    It is told in the name of its owner, and no more than the owner sees. `note` says why it was
    switched off, where the system did that.
    """

    component = models.ForeignKey("core.Component", models.CASCADE, related_name="webhooks")
    owner = models.ForeignKey(User, models.CASCADE, related_name="webhooks", editable=False)
    url = models.CharField("address", max_length=2000)
    description = models.CharField("what it is for", max_length=100, blank=True)
    events = ArrayField(
        models.CharField(max_length=30, choices=[(kind.value, kind.label) for kind in EVENTS])
    )
    is_active = models.BooleanField("is switched on", default=True)
    note = models.TextField(blank=True, editable=False)
    secret = models.TextField(editable=False)
    former_secret = models.TextField(blank=True, editable=False)
    former_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(events__contained_by=[kind.value for kind in EVENTS]) & ~Q(events=[]),
                name="%(app_label)s_%(class)s_events_are_known",
                violation_error_message="Choose at least one of the events that there are.",
            )
        ]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Say what it is for, or at least which it is: its address may hold a key."""
        return self.description or f"Webhook {self.pk}"

    def save(self, *args: Any, **options: Any) -> None:
        """Save; a new owner is told nothing of imports before, which are each person's own."""
        with unscoped("whose it was, and messages about that person's imports"):
            stored = Webhook.objects.filter(pk=self.pk).exclude(owner=self.owner_id)
            imports = WebhookDelivery.objects.filter(kind=EventKind.IMPORT_FINISHED)
            imports.filter(webhook__in=stored).delete()
        super().save(*args, **options)

    def get_absolute_url(self) -> str:
        """Link to its page."""
        return reverse("webhook-detail", args=[self.pk])

    @property
    def told_of(self) -> list[str]:
        """Name what it tells of."""
        return [EventKind(event).label for event in self.events]

    def give_secret(self) -> str:
        """Give it a new secret, and return that: it is shown once. Not saved yet."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        self.secret = encrypt(secret, purpose=PURPOSE)
        return secret

    def rotate_secret(self, *, now: datetime) -> str:
        """Replace its secret and return the new one; for a day the former one signs as well."""
        self.former_secret, self.former_secret_until = self.secret, now + BOTH_VALID
        secret = self.give_secret()
        self.save(update_fields=["secret", "former_secret", "former_secret_until"])
        return secret

    def signing_secrets(self, *, now: datetime) -> list[str]:
        """List the secrets that sign now, the newest first; none that cannot be read any more."""
        is_former_valid = self.former_secret_until is not None and now < self.former_secret_until
        stored = [self.secret, *([self.former_secret] if is_former_valid else [])]
        return list(_readable(stored))

    @transaction.atomic
    def switch_off(self, note: str, *, now: datetime) -> None:
        """Send nothing any more, and say why; what waits has failed, and can be sent again."""
        self.is_active, self.note = False, note
        self.save(update_fields=["is_active", "note"])
        self.deliveries.waiting().update(
            state=DeliveryState.FAILED, note=note or SWITCHED_OFF, done_at=now
        )

    def switch_on(self) -> None:
        """Tell again what happens from now on."""
        self.is_active, self.note = True, ""
        self.save(update_fields=["is_active", "note"])

    def switch(self, is_on: bool, *, now: datetime) -> None:
        """Switch it on or off by hand."""
        if is_on:
            self.switch_on()
        else:
            self.switch_off("", now=now)

    def test(self) -> WebhookDelivery:
        """Put a message on its way that says nothing, to try the receiver."""
        data = {"webhook": self.pk, "message": "This is a test. Nothing has happened."}
        return WebhookDelivery.objects.create(
            webhook=self, kind=EventKind.TEST, lane=TEST_LANE, data=data
        )

    def replay_failed(self, *, since: datetime, now: datetime) -> int:
        """Send again all that has failed since then; return how many that are."""
        failed = self.deliveries.read_by_somebody().filter(
            state=DeliveryState.FAILED, at__gte=since
        )
        return failed.exclude(kind=EventKind.TEST).replay(now=now)


def _readable(stored: list[str]) -> Iterator[str]:
    """Decrypt what can be: after a loss of the secret key nothing can."""
    for secret in stored:
        with suppress(InvalidToken):
            yield decrypt(secret, purpose=PURPOSE)


class DeliveryState(models.TextChoices):
    """How far a delivery has come. One that is withheld was not for its webhook's owner to see."""

    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    WITHHELD = "withheld", "Withheld"


class WebhookDeliveryQuerySet(ScopedQuerySet["WebhookDelivery"]):
    """Deliveries; seen by those who see the webhook, of imports only by its owner."""

    component = "webhook__component"
    subject = Subject.POLICY
    is_private = True

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep what the user may see and send again; imports are their owners' only."""
        seen = super().changeable_by(user)
        if user.is_superuser:
            return seen
        return seen.filter(~Q(kind=EventKind.IMPORT_FINISHED) | Q(webhook__owner=user.pk))

    def waiting(self) -> Self:
        """Keep what is still to be sent."""
        return self.filter(state=DeliveryState.WAITING)

    def due(self, *, now: datetime) -> Self:
        """Keep what is to be sent now, though something before it may hold it back."""
        return self.waiting().filter(next_at__lte=now)

    def first_in_their_lanes(self) -> Self:
        """Keep what nothing holds back."""
        before = WebhookDelivery.objects.read_by_somebody().waiting()
        before = before.filter(
            webhook=OuterRef("webhook"), lane=OuterRef("lane"), pk__lt=OuterRef("pk")
        )
        return self.filter(~Exists(before))

    def forgettable(self, *, before: datetime) -> Self:
        """Keep what is over since then, and what belongs to a webhook that is gone."""
        is_over = Q(at__lt=before) & ~Q(state=DeliveryState.WAITING)
        return self.filter(is_over | ~Q(webhook__in=Webhook.objects.all()))

    def replay(self, *, now: datetime) -> int:
        """Send again what is over, each under the id that it had; return how many that are."""
        over = self.exclude(state=DeliveryState.WAITING)
        return over.update(
            state=DeliveryState.WAITING, tries=0, next_at=now, done_at=None, note=""
        )


class WebhookDelivery(models.Model):
    """Something that happened, on its way to a webhook.

    Those of the same webhook and `lane` are sent in their order: the lane is the component, or
    one for all imports, or one for tests. `attempts` says of each attempt when it was made, how
    long it took, and what was answered.
    """

    message_id = models.UUIDField(db_default=RandomUUID(), editable=False)
    # Without constraints: the roll-up would wait for whoever changes a webhook, and fail where one
    # is deleted meanwhile. What belongs to no webhook any more is never sent, and forgotten.
    webhook = models.ForeignKey(
        Webhook, models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False
    )
    component = models.ForeignKey(
        "core.Component",
        models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    lane = models.BigIntegerField(editable=False)
    kind = models.CharField(max_length=30, choices=EventKind)
    data = models.JSONField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    state = models.CharField(max_length=9, choices=DeliveryState, db_default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(db_default=0, editable=False)
    next_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    note = models.TextField(db_default="", editable=False)
    attempts = models.JSONField(db_default=models.Value([], models.JSONField()), editable=False)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        constraints = [known("state", DeliveryState)]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="core_webhookdelivery_log"),
            models.Index(
                fields=["webhook", "lane", "id"],
                condition=Q(state=DeliveryState.WAITING),
                name="core_webhookdelivery_lanes",
            ),
            models.Index(
                fields=["webhook", "next_at"],
                condition=Q(state=DeliveryState.WAITING),
                name="core_webhookdelivery_due",
            ),
        ]

    def __str__(self) -> str:
        """Name the kind and the id."""
        return f"{self.kind} {self.pk}"

    def get_absolute_url(self) -> str:
        """Link to its page."""
        return reverse("webhook-delivery-detail", args=[self.pk])

    def replay(self, *, now: datetime) -> bool:
        """Send it again; tell whether it was over."""
        return bool(type(self).objects.read_by_somebody().filter(pk=self.pk).replay(now=now))
