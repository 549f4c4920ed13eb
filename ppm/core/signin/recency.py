"""Stepping up: before a decision or a change of rights somebody shows again who they are.

A session that was left open, or stolen, decides nothing. A token has no session: it needs the
scope `admin` instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from ppm.core.models import ApiToken, TokenScope

if TYPE_CHECKING:  # REST framework's views import permissions through the settings
    from rest_framework.views import APIView

View = TypeVar("View", bound=Callable[..., HttpResponse])


def is_recent(request: HttpRequest) -> bool:
    """Tell whether whoever is signed in has given a password or a factor within some minutes."""
    user: Any = request.user
    records = get_authentication_records(request, user)
    newest = max((record["at"] for record in records), default=0)
    return bool(time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def require_recent(request: HttpRequest) -> None:
    """Have somebody show who they are, then come back; what they sent is kept meanwhile."""
    if not request.user.is_authenticated or is_recent(request):
        return
    methods = get_adapter().get_reauthentication_methods(request.user)
    if methods and any("password" in name for name in request.POST):
        # What would be kept in the session must not be a password: the form is filled in again.
        raise ImmediateHttpResponse(redirect_to_login(request.path, methods[0]["url"]))
    if methods:
        raise ReauthenticationRequired
    # Only the identity provider knows them.
    logout(request)
    raise ImmediateHttpResponse(redirect_to_login(request.get_full_path()))


def recently_signed_in(view: View) -> View:
    """Let a page be opened and sent only by somebody who has just shown who they are."""

    @wraps(view)
    def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        require_recent(request)
        return view(request, *arguments, **named)

    return guarded  # type: ignore[return-value]


class NotRecent(APIException):
    """The session was opened too long ago for what is asked."""

    status_code = HTTPStatus.FORBIDDEN
    default_code = "sign_in_again"
    default_detail = "Confirm at /account/confirm/ who you are, then send this again."


class MayDecide(BasePermission):
    """Ask a token for its scope `admin`, and a session for a recent sign-in, before a write."""

    message = "This token does not have the scope admin, which decisions and roles need."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let everybody read."""
        if request.method in SAFE_METHODS:
            return True
        if isinstance(request.auth, ApiToken):
            return TokenScope.ADMIN in request.auth.scopes
        if request.user.is_authenticated and not is_recent(request._request):
            raise NotRecent
        return True
