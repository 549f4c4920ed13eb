"""Asking as one caller: each answer is searched for what the caller must not learn."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.test.client import MULTIPART_CONTENT
from django.urls import Resolver404, resolve

from ppm.core.governance.rights import subject_of
from ppm.core.models import is_money
from tests.access.matrix.belongings import belongings
from tests.access.matrix.callers import Caller
from tests.access.matrix.organisation import ID_OF, Organisation, Place, canary_of
from tests.factories import give_role, make_user

JSON = "application/json"
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value="|X-CSRFToken": ")\w{32,64}')
CURSOR = re.compile(r"cursor=([\w%-]+)")
AGO = re.compile(r"just now|\d+\s(second|minute|hour)s? ago")
OWN_HEADERS = {"X-Request-ID", "Expires", "Content-Length", "ETag"}
"""Headers that differ from answer to answer, from second to second, or with what is masked: the
tag is made of the body, which is looked at itself."""

Question = tuple[str, str, str]
"""A parameter, a value that names something hidden, and one that names what is missing."""


@dataclass(frozen=True)
class Answer:
    """An answer: the same bytes whatever was asked for, if nobody may tell the difference."""

    status: int
    bytes: tuple[Any, ...]
    is_telling: bool
    """Whether it holds what stands in a place that the caller sees."""
    context: Any = None

    @property
    def is_seen(self) -> bool:
        """Tell whether the caller got what he may see."""
        return self.status == HTTPStatus.OK and self.is_telling


def is_private(model: type[Model]) -> bool:
    """Tell whether only those who may change rows of the model see them."""
    return getattr(model._default_manager.all(), "is_private", False)


@dataclass
class Findings:
    """What came of all requests of a caller."""

    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    """What went wrong otherwise: errors, sight or rights that were refused or given in error."""
    routes: set[str] = field(default_factory=set)
    """The patterns of the addresses that were asked for."""


class Asker:
    """A caller's browser."""

    def __init__(self, caller: Caller, places: Organisation) -> None:
        """Sign in, if he can, and know what must not be told."""
        self.caller, self.places, self.findings = caller, places, Findings()
        self.client = Client(raise_request_exception=False)
        self._own = self._enter() if caller.is_known else {}
        self._cookies: Any = self.client.cookies.copy()
        hidden = [name for name in ID_OF if name not in caller.sees]
        self._hidden = telling(hidden)
        self._shown = telling(caller.sees)

    def _enter(self) -> dict[type[Model], Model]:
        """Sign in; return what is the caller's own."""
        caller = self.caller
        user = make_user(superuser=caller.is_superuser, is_staff=caller.is_staff)
        if caller.role:
            give_role(user, self.places[caller.place].world.portfolio, caller.role)
        self.client.force_login(user)
        return belongings(user, canary_of(caller.place)) if caller.sees else {}

    def row_in(self, place: str, model: type[Model]) -> Model | None:
        """Return a row of a place; in his own what belongs to the caller himself."""
        own = self._own.get(model) if place == self.caller.place else None
        return own or self.places[place].rows.get(model)

    def hides(self, place: str, model: type[Model] | None = None) -> bool:
        """Tell whether the caller must not learn anything of a place, or of such rows in it."""
        if place not in self.caller.sees:
            return True
        if model is not None and is_private(model):
            return not self.caller.may(subject_of(model))
        return model is not None and is_money(model) and not self.caller.sees_money

    def in_turn(self, questions: Iterable[Question]) -> list[list[Question]]:
        """Group questions: one by one for the curious, all at once for who is elsewhere."""
        if self.caller.is_curious:
            return [[question] for question in questions]
        return [[*questions]] if self.caller.is_elsewhere else []

    @property
    def elsewhere(self) -> Place:
        """A place where only superusers have something to say."""
        return self.places["sibling"]

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
        point = transaction.savepoint()
        send = getattr(self.client, method.lower())
        options: dict[str, Any] = {} if data is None else {"data": data}
        if method not in ("GET", "HEAD"):
            options["content_type"] = content_type
        answer = send(address, **options, headers=headers)
        transaction.savepoint_rollback(point)
        self.client.cookies = self._cookies.copy()
        said = f"{self.caller.name}: {method} {address} {data or ''}"
        self.findings.requests += 1
        return self._judged(answer, said, address, masking)

    def _judged(self, answer: Any, said: str, address: str, masking: tuple[str, ...]) -> Answer:
        """Search the answer, and note the pattern that it came from."""
        if answer.status_code >= 500:
            self.findings.failures.append(f"{answer.status_code}: {said}")
        self.findings.routes.add(route_of(address))
        body = (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
        texts = texts_of(answer, body, masking)
        whole = "\n".join([*texts, *cursors(texts[0])])
        if found := self._hidden.search(whole):
            around = whole[max(found.start() - 120, 0) : found.end() + 40]
            self.findings.leaks.append(f"{said}: …{around}…")
        # What the request names itself counts here: some rows are nothing but numbers.
        is_telling = self._shown.search(body) is not None
        status = answer.status_code
        return Answer(status, (status, *texts), is_telling, answer.context)

    def expect(self, is_so: bool, what: str) -> None:
        """Note what is not so."""
        if not is_so:
            self.findings.failures.append(f"{self.caller.name}: {what}")

    def same(self, answers: Sequence[Answer], what: str) -> None:
        """Note a difference between what is hidden and what is missing."""
        hidden, missing = (answer.bytes for answer in answers)
        if hidden != missing:
            said = f"{self.caller.name}: {what} tells hidden from missing"
            one, other = ("\n".join(map(str, answer)).splitlines() for answer in (hidden, missing))
            apart = [*unified_diff(one, other, n=0, lineterm="")][2:]
            self.findings.leaks.append("\n".join([said, *(line[:300] for line in apart[:20])]))


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


def texts_of(answer: Any, body: str, masking: tuple[str, ...]) -> list[str]:
    """Return body, headers and cookies, without what names the request itself."""
    headers: Mapping[str, str] = answer.headers
    kept = sorted(f"{name}: {value}" for name, value in headers.items() if name not in OWN_HEADERS)
    texts = [body, "\n".join(kept), " ".join(sorted(answer.cookies))]
    own = [headers.get("X-Request-ID", ""), *sorted(masking, key=len, reverse=True)]
    for text in filter(None, own):
        texts = [one.replace(text, "*") for one in texts]
    return [AGO.sub("* ago", TOKEN.sub(r"\1*", text)) for text in texts]


def cursors(text: str) -> Iterator[str]:
    """Read what stands in the cursors of an answer."""
    for cursor in CURSOR.findall(text):
        padded = cursor.replace("%3D", "=")
        padded += "=" * (-len(padded) % 4)
        yield urlsafe_b64decode(padded).decode(errors="replace")
