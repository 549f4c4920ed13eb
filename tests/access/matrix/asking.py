"""Asking as one caller: each answer is searched for what the caller must not learn."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import Resolver404, resolve

from tests.access.matrix.callers import Caller
from tests.access.matrix.organisation import ID_OF, canary_of

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
JSON = "application/json"
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value="|X-CSRFToken": ")\w{32,64}')
CURSOR = re.compile(r"cursor=([\w%-]+)")
OWN_HEADERS = {"X-Request-ID", "Expires", "Content-Length"}
"""Headers that differ from answer to answer, from second to second, or with what is masked."""


@dataclass(frozen=True)
class Answer:
    """An answer: the same bytes whatever was asked for, if nobody may tell the difference."""

    status: int
    bytes: tuple[Any, ...]
    context: Any = None


@dataclass
class Findings:
    """What came of all requests of a caller."""

    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    """The patterns of the addresses that were asked for."""
    seen: set[str] = field(default_factory=set)
    """The patterns whose answers held a canary of a place that the caller sees."""


class Asker:
    """A caller's browser."""

    def __init__(self, caller: Caller, client: Client) -> None:
        """Know what must not be told."""
        self.caller, self.client, self.findings = caller, client, Findings()
        self._cookies: Any = client.cookies.copy()
        hidden = [name for name in ID_OF if name not in caller.sees]
        self._hidden = telling(hidden)
        self._shown = telling(caller.sees)

    def ask(
        self,
        method: str,
        address: str,
        data: Any = None,
        *,
        masking: tuple[str, ...] = (),
        content_type: str = MULTIPART_CONTENT,
        **headers: str,
    ) -> Answer:
        """Send a request; what it writes is undone. `masking` is what it names itself."""
        point = transaction.savepoint() if method not in SAFE_METHODS else ""
        send = getattr(self.client, method.lower())
        options: dict[str, Any] = {} if data is None else {"data": data}
        if method not in ("GET", "HEAD"):
            options["content_type"] = content_type
        answer = send(address, **options, headers=headers)
        if point:
            transaction.savepoint_rollback(point)
        self.client.cookies = self._cookies.copy()
        said = f"{self.caller.name}: {method} {address} {data or ''}"
        self.findings.requests += 1
        return self._judged(answer, said, address, masking)

    def _judged(self, answer: Any, said: str, address: str, masking: tuple[str, ...]) -> Answer:
        """Search the answer, and note the pattern that it came from."""
        if answer.status_code >= 500:
            self.findings.failures.append(f"{answer.status_code}: {said}")
        route = route_of(address)
        self.findings.routes.add(route)
        texts = texts_of(answer, masking)
        whole = "\n".join([*texts, *cursors(texts[0])])
        if found := self._hidden.search(whole):
            around = whole[max(found.start() - 120, 0) : found.end() + 40]
            self.findings.leaks.append(f"{said}: …{around}…")
        if self._shown.search(whole):
            self.findings.seen.add(route)
        return Answer(answer.status_code, (answer.status_code, *texts), answer.context)

    def same(self, answers: Sequence[Answer], what: str) -> None:
        """Note a difference between what is hidden and what is missing."""
        hidden, missing = answers
        if hidden.bytes != missing.bytes:
            pairs = zip(hidden.bytes, missing.bytes, strict=True)
            apart = str([pair for pair in pairs if pair[0] != pair[1]])[:2000]
            said = f"{self.caller.name}: {what} tells hidden from missing: {apart}"
            self.findings.leaks.append(said)


def telling(places: Any) -> re.Pattern[str]:
    """Match the text and the ids of places; nothing, where there is none."""
    ids = (f"{ID_OF[name] // 1000}\\d{{3}}" for name in places)
    marks = [*map(canary_of, places), *ids]
    return re.compile("|".join(marks) or "(?!)", re.IGNORECASE)


def route_of(address: str) -> str:
    """Return the pattern of an address; none for what is past, or nowhere."""
    path = re.sub(r"^/on/[^/]+/", "/", address.partition("?")[0])
    try:
        return resolve(path).route
    except Resolver404:
        return ""


def texts_of(answer: Any, masking: tuple[str, ...]) -> list[str]:
    """Return body, headers and cookies, without what names the request itself."""
    body = b"".join(answer) if answer.streaming else answer.content
    headers: Mapping[str, str] = answer.headers
    kept = sorted(f"{name}: {value}" for name, value in headers.items() if name not in OWN_HEADERS)
    texts = [body.decode(errors="replace"), "\n".join(kept), " ".join(sorted(answer.cookies))]
    own = [headers.get("X-Request-ID", ""), *sorted(masking, key=len, reverse=True)]
    for text in filter(None, own):
        texts = [one.replace(text, "*") for one in texts]
    return [TOKEN.sub(r"\1*", text) for text in texts]


def cursors(text: str) -> Iterator[str]:
    """Read what stands in the cursors of an answer."""
    for cursor in CURSOR.findall(text):
        padded = cursor.replace("%3D", "=")
        padded += "=" * (-len(padded) % 4)
        yield urlsafe_b64decode(padded).decode(errors="replace")
