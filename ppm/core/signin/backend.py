"""Who somebody is who gives a name and a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q
from django.http import HttpRequest

from ppm.core.models import User


def account_called(login: str) -> User | None:
    """Find the account of a user name, else of a mail address; a user name is taken first."""
    found = User.objects.filter(Q(username=login) | Q(email__iexact=login)).order_by("pk")
    return min(found, key=lambda user: user.username != login, default=None)


class PasswordBackend(ModelBackend):
    """Lets in by user name or mail address.

    It hashes a password exactly once, whether there is such an account or not: how long the answer
    takes tells nobody who has one.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """Return the person whose password it is, unless the account is switched off."""
        login = username or credentials.get("email")
        if not login or password is None:
            return None
        user = account_called(login)
        if user is None or not user.has_usable_password():
            User().set_password(password)
            return None
        is_right = user.check_password(password)
        return user if is_right and self.user_can_authenticate(user) else None
