"""Tokens by which programs use the API in the name of a person."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from ppm.core.models.access import User


class TokenScope(models.TextChoices):
    """What a token may do of what its user may do."""

    READ = "read", "Read"
    WRITE = "write", "Write"
    ADMIN = "admin", "Decide and give roles"


class ApiToken(models.Model):
    """A bearer token of the API. Only its digest is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10), default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    PREFIX = "ppm_"

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=TokenScope.values) & ~Q(scopes=[]),
                name="%(app_label)s_%(class)s_scopes_are_known",
                violation_error_message="Choose the scopes from: read, write, admin.",
            )
        ]

    def __str__(self) -> str:
        """Name the token's user and purpose."""
        return f"{self.user}: {self.name or self.pk}"

    @classmethod
    def issue(
        cls,
        user: User,
        *,
        scopes: list[str],
        name: str = "",
        expires_at: datetime | None = None,
    ) -> str:
        """Store a new token of the user and return it; it cannot be read again."""
        secret = cls.PREFIX + secrets.token_urlsafe(32)
        digest = cls.digest_of(secret)
        cls.objects.create(
            user=user, scopes=scopes, name=name, expires_at=expires_at, digest=digest
        )
        return secret

    @staticmethod
    def digest_of(secret: str) -> str:
        """Hash a token. It is random and long, so a plain hash is enough."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def is_expired(self, *, now: datetime) -> bool:
        """Tell whether the token has run out."""
        return self.expires_at is not None and self.expires_at <= now
