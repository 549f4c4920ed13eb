"""One change to the portfolio's figure: over HTTP, through the database, by a worker."""

import http.client
import json
from time import monotonic, sleep
from urllib.parse import urlsplit

from portfolios import rollup
from ppm.core.models import ApiToken, Component, Snapshot, User
from projects.models import Task
from tests.bench._organisation import A_PROJECT, AS_OF, NOW, SIZES, organisation, settle_tables
from tests.bench._timing import note_spread
from tests.proofs.result import Result
from tests.proofs.stack import Stack

WARM_UP, ENTRIES = 5, 60
LIMIT = {10_000: 250}
"""Milliseconds, for 95 of 100 changes."""


def prove(stack: Stack) -> Result:
    """Report progress over the API at each size, and wait for the root's figure."""
    result, middle = Result(), {}
    for projects in SIZES:
        with organisation(stack, projects):
            rollup.drain(now=NOW)
            settle_tables()
            middle[projects] = _end_to_end(stack, result, projects)
    growth = middle[SIZES[-1]] / middle[SIZES[0]]
    result.note(f"end_to_end_growth_{SIZES[0]}_to_{SIZES[-1]}", growth)
    return result


def _end_to_end(stack: Stack, result: Result, projects: int) -> float:
    """Measure from the request to the figure that another process can read; return the middle."""
    worker = stack.start_worker(queues="rollup")
    web, address = stack.start_web()
    api = _Api(address)
    task = Task.objects.filter(project__code=A_PROJECT).order_by("pk")[0]
    taken = [_seconds_until_seen(api, task, percent + 1) for percent in range(WARM_UP + ENTRIES)]
    stack.stop(web, worker)
    measured = [seconds * 1000 for seconds in taken[WARM_UP:]]
    name = f"end_to_end_at_{projects}"
    return note_spread(result, name, measured, most=LIMIT.get(projects))


class _Api:
    """A client of the API that keeps its connection."""

    def __init__(self, address: str) -> None:
        user = User.objects.create_superuser(username="administrator", email="a@example.com")
        token = ApiToken.issue(user, scopes=["read", "write"])
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.line = http.client.HTTPConnection(urlsplit(address).netloc)

    def post(self, path: str, body: dict[str, object]) -> None:
        self.line.request("POST", path, json.dumps(body), self.headers)
        answer = self.line.getresponse()
        content = answer.read()
        assert answer.status == 201, content


def _seconds_until_seen(api: _Api, task: Task, percent: int) -> float:
    """Report progress; wait until the root's snapshot has been computed from it."""
    root = Component.objects.get(parent=None)
    before = _computed_at(root)
    start = monotonic()
    api.post("/api/v1/progress/", {"task": task.pk, "date": str(AS_OF), "percent": str(percent)})
    while _computed_at(root) == before:
        assert monotonic() < start + 30, "The worker does not roll up."
        sleep(0.001)
    return monotonic() - start


def _computed_at(root: Component) -> object:
    return Snapshot.objects.filter(component=root).values_list("computed_at", flat=True).get()
