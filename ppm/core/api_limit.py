"""How often the API may be called with one token, or by one person who is signed in.

It stands before the view, whose transaction would hold the counter until its end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from math import ceil

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

from ppm.core.authentication import bearer_of
from ppm.core.models import ApiToken, Calls
from ppm.core.problems import is_api, is_outage, problem_response

MINUTE = timedelta(minutes=1)


class TooManyCalls(APIException):
    """The caller is to wait."""

    status_code = HTTPStatus.TOO_MANY_REQUESTS
    default_code = "too_many_requests"

    def __init__(self, wait: int) -> None:
        """Say how many seconds to wait."""
        super().__init__(f"The API may be called {settings.API_CALLS_PER_MINUTE} times a minute.")
        self.wait = wait


class ApiLimitMiddleware:
    """Refuse calls of the API that are one too many within a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Count the call, and pass it on or refuse it."""
        if not settings.API_CALLS_PER_MINUTE or not is_api(request):
            return self.get_response(request)
        seconds = _seconds_to_wait(request)
        if seconds is None:
            return self.get_response(request)
        return problem_response(request, TooManyCalls(ceil(seconds)))


def _seconds_to_wait(request: HttpRequest) -> float | None:
    """Count a call; None where it may go on. Whom nobody knows the view refuses anyway."""
    most = settings.API_CALLS_PER_MINUTE
    try:
        if (secret := bearer_of(request)) is not None:
            return Calls.objects.of_token(ApiToken.digest_of(secret), most=most, span=MINUTE)
        if request.user.is_authenticated:
            return Calls.objects.of_user(request.user.pk, most=most, span=MINUTE)
    except (DatabaseError, InterfaceError) as error:
        if not is_outage(error):
            raise
    return None  # also in an outage, which the view tells of
