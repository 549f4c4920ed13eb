"""Where django-allauth asks how we want it."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import truncate_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ppm.core.cipher import decrypt, encrypt
from ppm.core.models import User
from ppm.core.signin.recency import is_recent

WRONG = "The name or the password is not right."
NO_ACCOUNT = "There is no account for you here. Ask an administrator to make one."


class AccountAdapter(DefaultAccountAdapter):
    """Administrators make accounts; whatever is wrong with a sign-in, one sentence says it."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "email_password_mismatch": WRONG,
        "incorrect_password": "This is not your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Let nobody register."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave counting to `ppm.core.signin.guards`."""

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Say no more than to somebody without an account."""
        messages.error(request, NO_ACCOUNT)
        return redirect("login")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Take an IPv6 network for one address: whoever has one has all of it."""
        return str(truncate_ip(super().get_client_ip(request)))

    def is_reauthentication_required(self, *, app: str, **named: Any) -> bool:
        """Ask once more only whom we have not asked for some minutes."""
        return not is_recent(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask for the second factor where there is one, else for the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        second = [method for method in methods if method["id"] != "reauthenticate"]
        return second or methods


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Whoever the identity provider vouches for gets the account with that mail address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Make no accounts."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """At the first time find the account by the address, which the provider has verified."""
        if sociallogin.is_existing:
            return
        addresses = [entry.email for entry in sociallogin.email_addresses if entry.verified]
        user = User.objects.filter(email__iexact=addresses[0]).first() if addresses else None
        if user is None or not user.is_active:
            messages.error(request, NO_ACCOUNT)
            raise ImmediateHttpResponse(redirect("login"))
        sociallogin.connect(request, user)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Go to one's account; there is no page of connections, for there is one provider."""
        return reverse("account")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted, so that a copy of the database lacks them."""

    def encrypt(self, text: str) -> str:
        """Encrypt with a key that follows from `SECRET_KEY`."""
        return encrypt(text, purpose="second factors")

    def decrypt(self, encrypted_text: str) -> str:
        """Decrypt, also what a former secret key has encrypted."""
        return decrypt(encrypted_text, purpose="second factors")
