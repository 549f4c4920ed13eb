"""What every answer of the API has: the version of the API, and a tag of what was answered."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS

from ppm.core.problems import is_api, problem_response

HEADER = "PPM-Version"


class ApiAnswerMiddleware:
    """Answer in the version of the API that is asked for, and tell who has the answer already.

    The tag of a row begins with its version, which the view has told.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if not is_api(request):
            return self.get_response(request)
        response = self._in_version(request)
        # A file that is sent part by part is not read whole for a tag.
        is_whole = response.status_code == 200 and not response.streaming
        if request.method in SAFE_METHODS and is_whole:
            response = _tagged(request, response)
        response.headers[HEADER] = settings.API_VERSIONS[-1]
        return response

    def _in_version(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, unless it asks for a version that there is not."""
        asked = request.headers.get(HEADER, settings.API_VERSIONS[-1])
        if asked in settings.API_VERSIONS:
            return self.get_response(request)
        known = ", ".join(settings.API_VERSIONS)
        return problem_response(request, ParseError(f"{HEADER}: ask for one of {known}."))


def _tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tag what was answered; answer 304 to whoever has it."""
    digest = sha256(response.content).hexdigest()[:16]
    version = response.get("ETag", "").strip('"')
    tag = f'"{version}-{digest}"' if version else f'"{digest}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    # A proxy that compresses answers makes tags weak.
    if tag in {one.removeprefix("W/") for one in known}:
        return HttpResponseNotModified(headers={"ETag": tag})
    response["ETag"] = tag
    return response
