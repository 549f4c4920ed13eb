"""What happens around every request: an id for the records, no copies, a nudge for the roll-up."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from ppm.core.nudge import nudge

View = Callable[[HttpRequest], HttpResponse]

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class RequestIdMiddleware:
    """Give the request an id; every fact that it writes carries it, and so does the answer.

    The answer is for one person and one moment: no browser and no proxy keeps a copy, unless the
    view says otherwise. Static files are answered before they come here.
    """

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Make the id before the view runs."""
        request.id = uuid.uuid4()  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = str(request.id)  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class NudgeMiddleware:
    """Wake a worker after a request that may have written: its marks are committed by now.

    Requests are atomic inside the view, so this layer runs after the commit. One that was refused
    or failed has written nothing.
    """

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nudge after the view."""
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and response.status_code < HTTPStatus.BAD_REQUEST:
            nudge()
        return response
