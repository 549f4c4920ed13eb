"""What stands before a view that somebody could try passwords or codes at.

Attempts are counted before the view's transaction begins, each in one of its own: nothing that
goes wrong inside takes a count back, and nobody waits for a password to be hashed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import unstash_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from ppm.core.signin.backend import account_called
from ppm.core.signin.limits import OF_ADDRESS, Attempt, Limit
from ppm.core.views import too_many_requests

View = Callable[..., HttpResponse]
Whose = Callable[[HttpRequest], str]


def limited(*limits: tuple[Limit, Whose], counts_all: bool = False) -> Callable[[View], View]:
    """Let a view be posted to as often as the limits allow.

    What succeeds does not count, unless all is said to.
    """

    def guard(view: View) -> View:
        whole = transaction.atomic(view)

        @transaction.non_atomic_requests
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            if request.method != "POST":
                return whole(request, *arguments, **named)
            attempts = _attempts(request, limits)
            if attempts is None:
                return too_many_requests(request)
            response = whole(request, *arguments, **named)
            # Who is let in is sent on. A refused form is shown again, or told to a script as 400.
            if response.status_code == HTTPStatus.FOUND and not counts_all:
                for attempt in attempts:
                    attempt.take_back()
            return response

        return guarded

    return guard


def _attempts(request: HttpRequest, limits: Sequence[tuple[Limit, Whose]]) -> list[Attempt] | None:
    """Count one attempt for each limit; None as soon as one allows no more."""
    attempts = []
    for limit, whose in limits:
        attempt = limit.attempt(whose(request))
        if attempt is None:
            return None
        attempts.append(attempt)
    return attempts


def address_of(request: HttpRequest) -> str:
    """Name the network address that a request comes from; of IPv6 the network of 64 bits."""
    return str(get_adapter().get_client_ip(request))


EACH_ADDRESS = (OF_ADDRESS, address_of)


def called_account(request: HttpRequest) -> str:
    """Name the account that the form calls, whether there is one or not."""
    login = _said(request, "username")
    user = account_called(login)
    return f"name {login.casefold()}" if user is None else f"user {user.pk}"


def named_mailbox(request: HttpRequest) -> str:
    """Name the mail address in the form, whether anybody has it or not."""
    return _said(request, "email").casefold()


def _said(request: HttpRequest, field: str) -> str:
    return request.POST.get(field, "").replace("\0", "").strip()[:254]


def own_account(request: HttpRequest) -> str:
    """Name the account of whoever is signed in, or has given the first of two factors."""
    login = None if request.user.is_authenticated else unstash_login(request, peek=True)
    user = login.user if login else request.user
    return f"user {user.pk if user else None}"
