"""Requests that are sent again are done once: the header `Idempotency-Key`.

The answer is kept in the transaction of what it answers, so that neither is without the other. A
request that was refused has written nothing and is not kept: sent again, it is judged again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import wraps
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from ppm.core.bodies import require_small
from ppm.core.cipher import decrypt, encrypt
from ppm.core.locks import try_lock_call
from ppm.core.models import AnsweredCall
from ppm.core.problems import Conflict, ParameterError
from ppm.core.rendering import FastJSONRenderer

HEADER = "Idempotency-Key"
PURPOSE = "answers"
KEPT_HEADERS = ("Location", "ETag")
KEY = re.compile(r"[!-~]{1,255}")

Handler = Callable[..., Any]


class KeyReused(APIException):
    """The key came before with another request."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "key_reused"
    default_detail = "This Idempotency-Key was sent before with another request: take a new one."


def once(handler: Handler) -> Handler:
    """Have a handler of POST answer a request that was answered before as it was."""

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **options: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **options)
        call = _call_of(request, key)
        before = AnsweredCall.objects.filter(user=call.user, key=key).first()
        if before is None:
            return _kept(call, handler(view, request, *args, **options))
        if before.digest != call.digest:
            raise KeyReused
        return _again(before, view)

    handle.is_done_once = True  # type: ignore[attr-defined]
    return handle


def _call_of(request: Request, key: str) -> AnsweredCall:
    """Build the call of a request; only one with its key is under way."""
    if not KEY.fullmatch(key):
        raise ParameterError({HEADER: ["Write 1 to 255 characters of ASCII, no blanks."]})
    if not try_lock_call(f"{request.user.pk} {key}"):
        raise Conflict("A request with this Idempotency-Key is under way.", code="under_way")
    said = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    for part in _parts_of(request):
        said.update(part)
    user: Any = request.user
    return AnsweredCall(user=user, key=key, digest=said.hexdigest())


def _parts_of(request: Request) -> Iterator[bytes]:
    """Read the body; of a form its fields, as what stands between them is another each time."""
    if not str(request.content_type).startswith("multipart/"):
        require_small(int(request._request.META.get("CONTENT_LENGTH") or 0))
        yield request._request.body
        return
    fields: Any = request.data
    for name, value in sorted(fields.items(), key=lambda field: str(field[0])):
        yield f"\n{name}=".encode()
        if isinstance(value, UploadedFile):
            yield f"{value.name} {value.size}\n".encode()
            yield from value.chunks()
            value.seek(0)
        else:
            yield str(value).encode()


def _kept(call: AnsweredCall, response: Response) -> Response:
    """Keep the answer."""
    call.status = response.status_code
    call.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    # An answer may hold a secret that is shown once, and so is kept as such are.
    call.body = encrypt(FastJSONRenderer().render(response.data).decode(), purpose=PURPOSE)
    call.save()
    return response


def _is_seen(view: Any, body: Any) -> bool:
    """Tell whether the caller sees the row that an answer is about, if it is about one."""
    pk = view.kwargs.get("pk") or body.get("id")
    if pk is None or not hasattr(view, "model"):
        return True
    return bool(view.get_queryset().filter(pk=pk).exists())


def _again(call: AnsweredCall, view: Any) -> HttpResponse:
    """Answer as before, whoever still sees the row that the answer is about."""
    headers = {**call.headers, "Idempotency-Replayed": "true"}
    body = decrypt(call.body, purpose=PURPOSE)
    if not _is_seen(view, json.loads(body)):
        raise NotFound
    return HttpResponse(body, status=call.status, content_type="application/json", headers=headers)
