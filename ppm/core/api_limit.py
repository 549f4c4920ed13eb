"""How often the API may be called with one token, or by one person who is signed in.

It stands before the view, whose transaction would hold the counter until its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from math import ceil

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException

from ppm.core.authentication import bearer_of
from ppm.core.models import ApiToken, Calls, Quota
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
        quota = _quota_of(request)
        if quota is None:
            return self.get_response(request)
        response = self._within(quota, request)
        for name, value in _headers(quota).items():
            response[name] = value
        return response

    def _within(self, quota: Quota, request: HttpRequest) -> HttpResponse:
        """Pass the call on, or refuse it."""
        if quota.left is None:
            return problem_response(request, TooManyCalls(ceil(quota.seconds)))
        return self.get_response(request)


def _headers(quota: Quota) -> dict[str, str]:
    """Tell what is left, as clients have long read it and by the draft of the IETF."""
    most, left, seconds = settings.API_CALLS_PER_MINUTE, quota.left or 0, ceil(quota.seconds)
    return {
        "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": str(left),
        "X-RateLimit-Reset": str(int(time.time()) + seconds),
        "RateLimit-Policy": f'"calls";q={most};w={int(MINUTE.total_seconds())}',
        "RateLimit": f'"calls";r={left};t={seconds}',
    }


def _quota_of(request: HttpRequest) -> Quota | None:
    """Count a call; None of whom nobody knows: the view refuses them anyway."""
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
