"""The home page, health checks and error pages."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ppm.core.condition import LIMITS, Status, condition
from ppm.core.outline import outline, sort_in, sorts
from ppm.core.time_travel import asked_day, tells_the_past


@login_required
@require_safe
@tells_the_past
def home(request: HttpRequest) -> HttpResponse:
    """Show the part of the tree that the user sees, unfolded where `?open=` says."""
    tree = outline(
        request.user,
        open_ids=open_ids(request),
        sort=sort_in(request.GET),
        page=request.GET.get("page"),
        now=timezone.now(),
        as_of=asked_day(request),
    )
    offered = sorts(shows_amounts=tree.shows_amounts)
    return render(request, "home.html", {"outline": tree, "sorts": offered})


def open_ids(request: HttpRequest) -> list[int] | None:
    """Read which rows are unfolded, None where that is not said; what is no number is left out."""
    if "open" not in request.GET:
        return None
    parts = request.GET["open"].split(",")
    return list(dict.fromkeys(int(part) for part in parts if part.isdecimal() and len(part) < 19))


@never_cache
@require_safe
@transaction.non_atomic_requests
def livez(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """Say in numbers how everything is: 503 where no page can be served.

    With a worker that stands still pages can be: their figures are old, and they say so.
    """
    found = condition(now=timezone.now())
    answer = {
        "status": found.status,
        "problems": found.problems,
        **dict.fromkeys(LIMITS),
        **found.measures,
        "rollup_marks": found.marks,
        "rollup_oldest_mark": found.oldest_mark,
    }
    is_down = found.status is Status.DOWN
    return JsonResponse(
        answer, status=HTTPStatus.SERVICE_UNAVAILABLE if is_down else HTTPStatus.OK
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return _problem(HTTPStatus.BAD_REQUEST, "This request could not be understood.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _problem(HTTPStatus.FORBIDDEN, "You may not do this. Nothing was changed.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404: the same bytes for what is missing and for what one may not see."""
    return _problem(HTTPStatus.NOT_FOUND, "There is nothing here, or nothing that you may see.")


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer 429: it was tried too often, whether there is such an account or not."""
    sentence = "This was tried too often. Wait five minutes, then try again."
    page = _problem(HTTPStatus.TOO_MANY_REQUESTS, sentence)
    page["Retry-After"] = "300"
    return page


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, with the id under which the error is logged."""
    reference = getattr(request, "id", None)
    return _problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong on our side. What you sent was not saved.",
        reference=reference,
    )


def unavailable(sentence: str) -> HttpResponse:
    """Answer 503, for a database that does not."""
    page = _problem(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
    page["Retry-After"] = "5"
    return page


def _problem(status: HTTPStatus, sentence: str, **details: object) -> HttpResponse:
    """Render an error page that asks neither the database nor the session."""
    page = {"title": status.phrase, "sentence": sentence, **details}
    return HttpResponse(render_to_string("problem.html", page), status=status)
