"""What happens around every request.

An id, a count and no copies; no rows for nobody; one charset; an answer in an outage; a nudge for
the roll-up.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus
from time import monotonic

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS

from ppm.core.counters import count_answer, view_of
from ppm.core.logs import asked_by, within_request
from ppm.core.nudge import nudge
from ppm.core.problems import Unavailable, is_api, is_outage, problem_response
from ppm.core.reach import answering
from ppm.core.views import unavailable

View = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)

CHARSETS = ("", "utf-8", "utf8", "us-ascii")


class RequestIdMiddleware:
    """Give the request an id; every fact that it writes carries it, and so does the answer.

    The answer is counted; `gunicorn.conf.py` writes the line about it.

    The answer is for one person and one moment: no browser and no proxy keeps a copy, unless the
    view says otherwise. Static files are answered before they come here.
    """

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Make the id before the view runs."""
        request.id = uuid.uuid4()  # type: ignore[attr-defined]
        start = monotonic()
        with within_request(request):
            response = self.get_response(request)
        count_answer(request, response, seconds=monotonic() - start)
        request.META["ppm.watch"] = {"view": view_of(request), **asked_by(request)}
        response["X-Request-ID"] = str(request.id)  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class DefaultDenyMiddleware:
    """Have protected rows read in the name of a user only, until the request is answered."""

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        with answering():
            return self.get_response(request)


class CharsetMiddleware:
    """Refuse a request in another charset than UTF-8: `ppm.wsgi` reads every one as UTF-8."""

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the charset before anything of the body is decoded, and at the address."""
        if "\0" in request.path and not is_api(request):
            raise BadRequest("An address has no such character.")
        if (request.content_params or {}).get("charset", "").lower() in CHARSETS:
            return self.get_response(request)
        if is_api(request):
            return problem_response(request, ParseError("Write the request in UTF-8."))
        raise BadRequest("This charset is not read.")


class OutageMiddleware:
    """Answer 503 where the database does not answer, in the API as a problem, else as a page.

    In the API this is about a transaction that begins or ends; inside its views
    `ppm.core.problems` does.
    """

    # A commit whose answer was lost may have been done.
    sentence = "The database does not answer. Before you send a change again, see if it is there."

    def __init__(self, get_response: View) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an outage; leave what else happens to Django."""
        if not is_outage(error):
            return None
        logger.error("the database does not answer", exc_info=error)
        if is_api(request):
            return problem_response(request, Unavailable(self.sentence))
        return unavailable(self.sentence)


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
