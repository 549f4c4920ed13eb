"""Who calls the API: the bearer of a token, within the token's scopes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from ppm.core.models import ApiToken, TokenScope, User

if TYPE_CHECKING:  # REST framework's views import this module through the settings
    from rest_framework.views import APIView

RECENT = timedelta(minutes=1)
"""How old `last_used_at` may be before it is written again."""


class BearerAuthentication(BaseAuthentication):
    """Accept `Authorization: Bearer ppm_…`; leave other requests to the next authentication."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Find the token's user; a token that is unknown, expired or orphaned is an error."""
        secret = bearer_of(request)
        if secret is None:
            return None
        now = timezone.now()
        digest = ApiToken.digest_of(secret)
        token = ApiToken.objects.select_related("user").filter(digest=digest).first()
        if token is None or token.is_expired(now=now) or not token.user.is_active:
            raise AuthenticationFailed("This token is unknown or has expired.")
        note_use(token, now=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Say in a 401 how to sign in."""
        return 'Bearer realm="ppm"'


def bearer_of(request: Any) -> str | None:
    """Read the token that a request bears; None where it bears none."""
    scheme, _, secret = get_authorization_header(request).partition(b" ")
    return secret.decode("latin-1").strip() if scheme.lower() == b"bearer" else None


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Remember when the token was used, to the minute.

    A row that another request is writing is skipped: requests with one token never wait for
    each other.
    """
    if token.last_used_at is not None and token.last_used_at > now - RECENT:
        return
    stale = ApiToken.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lte=now - RECENT), pk=token.pk
    )
    free = stale.select_for_update(skip_locked=True).values("pk")
    ApiToken.objects.filter(pk__in=free).update(last_used_at=now)


class HasScope(BasePermission):
    """Refuse what the request's token was not issued for; a session may do what its user may."""

    message = "This token does not have the scope that the request needs."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Compare the method with the token's scopes."""
        if not isinstance(request.auth, ApiToken):
            return True
        is_read = request.method in SAFE_METHODS
        return (TokenScope.READ if is_read else TokenScope.WRITE) in request.auth.scopes
