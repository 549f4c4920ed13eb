"""Pages about a past day: `/on/2026-03-31/portfolios/X/` shows what was known then.

The day stands at the front of the address as the place where the site is mounted: so every link on
such a page leads to a page about the same day. `?as_of=2026-03-31` on any page leads there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django.contrib.messages import INFO
from django.contrib.messages.storage import default_storage
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import get_script_prefix, resolve, set_script_prefix
from django.urls.exceptions import Resolver404

from ppm.core.constraints import check_reached
from ppm.core.problems import is_api

View = TypeVar("View", bound=Callable[..., HttpResponse])

PAST = re.compile(r"^/on/(?P<day>[^/]+)(?P<path>/(?!/).*)$")
SAFE_METHODS = ("GET", "HEAD")
LEFT = "You have left the past: this page is about today only."


def tells_the_past(view: View) -> View:
    """Mark a view that shows what was known on `asked_day`; the others show the present."""
    view.tells_the_past = True  # type: ignore[attr-defined]
    return view


def asked_day(request: HttpRequest) -> date | None:
    """Tell the past day that a page is to be about; None for the present."""
    return getattr(request, "as_of", None)


class TimeTravelMiddleware:
    """Take the day off the front of an address, and put it back before every link.

    Pages that do not tell the past are led to the present, which then says so, and whatever would
    change something is about the present anyway.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the address before it is resolved."""
        if is_api(request):
            return self.get_response(request)
        travel = PAST.match(request.path_info)
        path = travel["path"] if travel else request.path_info
        if request.method not in SAFE_METHODS:
            request.path_info = path
            return self.get_response(request)
        view = _view_at(path)
        if not getattr(view, "tells_the_past", False):
            return _leave(request, path) if travel and view else self.get_response(request)
        request.tells_the_past = True  # type: ignore[attr-defined]
        if "as_of" in request.GET:
            asked = request.GET["as_of"]
            return _redirect(request, f"/on/{_day(asked)}{path}" if asked else path)
        if travel is None:
            return self.get_response(request)
        request.path_info = path
        return self._answer(request, _day(travel["day"]))

    def _answer(self, request: HttpRequest, day: date) -> HttpResponse:
        """Answer about a day, with links that lead to the same day."""
        request.as_of = day  # type: ignore[attr-defined]
        here = get_script_prefix()
        set_script_prefix(f"{here}on/{day}/")
        try:
            return self.get_response(request)
        finally:
            set_script_prefix(here)


def _leave(request: HttpRequest, path: str) -> HttpResponse:
    """Lead to a page that knows the present only, and let it say that the past was left."""
    response = _redirect(request, path)
    messages = default_storage(request)  # nobody has put it on the request yet
    messages.add(INFO, LEFT)
    messages.update(response)
    return response


def _redirect(request: HttpRequest, path: str) -> HttpResponse:
    """Lead to a path of the site, with all that the address asks for but the day."""
    query = request.GET.copy()
    query.pop("as_of", None)
    address = get_script_prefix().rstrip("/") + path
    return HttpResponseRedirect(f"{address}?{query.urlencode()}".rstrip("?"))


def _view_at(path: str) -> Any:
    """Find the view of a path; None where there is none."""
    try:
        return resolve(path).func
    except Resolver404:
        return None


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
        check_reached(day)
    except (ValueError, ValidationError):
        raise BadRequest(f"“{text}” is no date, or none that calendars reach.") from None
    return day
