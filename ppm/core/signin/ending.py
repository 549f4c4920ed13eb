"""The end of somebody's access."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from ppm.core.models import ApiToken, CalendarFeed, User


def end_access(user: User) -> None:
    """End all sessions of a person, revoke all tokens and feeds: nothing comes back by itself."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    ApiToken.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(owner=user).delete()


def remove_second_factors(user: User) -> None:
    """Let a person who lost phone and keys sign in with the password, and nobody else go on."""
    Authenticator.objects.filter(user=user).delete()
    end_access(user)
