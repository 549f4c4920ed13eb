"""People who use the API over the wire, and a log of what each of them was told."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from random import Random
from statistics import quantiles
from threading import Event
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ppm.core.models import ApiToken
from tests.factories import make_user
from tests.rollup.organisations import TODAY

TIMEOUT = 20


@dataclass(frozen=True)
class Post:
    """A request that makes something; `mark` stands in what it makes and nowhere else."""

    resource: str
    mark: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back; without a status, nothing did."""

    post: Post
    sent_at: float
    seconds: float
    status: int | None
    content_type: str
    retry_after: str | None
    text: str

    @property
    def is_acknowledged(self) -> bool:
        """Whether the server said that it is done."""
        return self.status == 201

    @property
    def is_outage(self) -> bool:
        """Whether it says in the agreed form that the database is away, and when to come back."""
        is_problem = self.content_type == "application/problem+json"
        return self.status == 503 and is_problem and bool(self.retry_after)


class Client:
    """An administrator's program; each request has a connection of its own."""

    def __init__(self, address: str) -> None:
        """Get a token."""
        self._place = urlsplit(address).netloc
        token = ApiToken.issue(make_user(superuser=True), scopes=["read", "write", "admin"])
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, post: Post) -> Answer:
        """Send; a broken connection is an answer without a status."""
        start = monotonic()
        connection = HTTPConnection(self._place, timeout=TIMEOUT)
        status, headers, text = None, None, ""
        try:
            body = json.dumps(post.body)
            connection.request("POST", f"/api/v1/{post.resource}/", body, self._headers)
            response = connection.getresponse()
            text, status, headers = response.read().decode(), response.status, response.headers
        except (OSError, HTTPException) as error:
            text, status = repr(error), None
        finally:
            connection.close()
        return Answer(
            post=post,
            sent_at=start,
            seconds=monotonic() - start,
            status=status,
            content_type=headers.get_content_type() if headers else "",
            retry_after=headers["Retry-After"] if headers else None,
            text=text,
        )

    def read(self, path: str) -> Any:
        """Get a resource."""
        connection = HTTPConnection(self._place, timeout=TIMEOUT)
        connection.request("GET", f"/api/v1/{path}", headers=self._headers)
        content = json.loads(connection.getresponse().read())
        connection.close()
        return content


def cost(random: Random, project_id: int, amount: int | None = None) -> Post:
    """Book a cost on a project."""
    mark = f"{random.getrandbits(64):x}"
    amount = amount or random.randint(1, 999)
    body = {"component": project_id, "amount": str(amount), "date": str(TODAY)}
    return Post("costs", mark, {**body, "description": mark})


def progress(random: Random, task_id: int) -> Post:
    """Report how far a task has come."""
    mark = f"{random.getrandbits(64):x}"
    body = {"task": task_id, "percent": str(random.randint(0, 100)), "date": str(TODAY)}
    return Post("progress", mark, {**body, "note": mark})


def baseline(random: Random, project_id: int) -> Post:
    """Approve the plan of a project: one request that writes many rows."""
    mark = f"{random.getrandbits(64):x}"
    return Post("baselines", mark, {"project": project_id, "name": mark})


class Crowd:
    """Clients in threads that write one request after the other until the block ends."""

    def __init__(
        self,
        client: Client,
        compose: Callable[[Random, int], Post],
        *,
        writers: int = 4,
        seed: int,
        pause: float = 0.03,
    ) -> None:
        """Say what writer n sends next, and how long each rests on average, in seconds."""
        self.answers: list[Answer] = []
        self._client, self._compose = client, compose
        self._writers, self._seed, self._pause = writers, seed, pause
        self._threads = ThreadPoolExecutor(writers)
        self._is_over = Event()

    def __enter__(self) -> Self:
        """Begin."""
        self._ends = [self._threads.submit(self._write, n) for n in range(self._writers)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, when all have their answers."""
        self._is_over.set()
        self._threads.shutdown()
        for end in self._ends:
            end.result()

    def _write(self, number: int) -> None:
        random = Random(self._seed + number)  # noqa: S311
        while not self._is_over.is_set():
            self.answers.append(self._client.send(self._compose(random, number)))
            sleep(random.uniform(0, 2 * self._pause))

    def during(self, start: float, end: float) -> list[Answer]:
        """List the answers to what was sent in a time."""
        return [answer for answer in list(self.answers) if start <= answer.sent_at < end]


def p95(answers: Iterable[Answer]) -> float:
    """Tell within how many seconds 95 of 100 answers came."""
    return quantiles((answer.seconds for answer in answers), n=20)[-1]
