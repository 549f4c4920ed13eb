"""The throughput of the API beside its floor: the same statements and bytes without the product.

Both are asked in turns, of one server, by one client and by eight.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolios import rollup
from ppm.core.models import ApiToken, Component, Role, RoleAssignment, User
from projects.models import Project, Task
from tests.bench._floor import RECORDED
from tests.bench._organisation import A_PROJECT, AS_OF, NOW, organisation, settle_tables
from tests.bench._timing import percentile
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS, TASKS, ROUNDS, REQUESTS, MOST = 10_000, 50, 5, 80, 2
NOT_REPLAYED = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@dataclass(frozen=True)
class Case:
    """A request of the API."""

    method: str
    path: str
    body: str = ""


def prove(stack: Stack) -> Result:
    """Ask for each case and for its floor, by one client and by eight."""
    result = Result()
    with organisation(stack, PROJECTS):
        rollup.drain(now=NOW)
        headers = {"Authorization": f"Bearer {_token()}", "Content-Type": "application/json"}
        cases = _cases()
        settle_tables()
        with _server(stack, _record(result, cases, headers)) as address:
            for name, case in cases.items():
                for clients in (1, 8):
                    _compare(result, name, case, headers, address, clients)
    return result


def _cases() -> dict[str, Case]:
    """Name the requests; one project gets as many tasks as a page has rows."""
    project = Project.objects.get(code=A_PROJECT)
    some = project.tasks.filter(budget__isnull=False)
    task, number = some[0], project.tasks.count()
    Task.objects.bulk_create(
        Task(
            project=project,
            wbs=f"more {n}",
            name=task.name,
            start_date=task.start_date,
            finish_date=task.finish_date,
        )
        for n in range(number, TASKS)
    )
    body = {"task": task.pk, "date": AS_OF.isoformat(), "percent": "50"}
    root = Component.objects.get(code="PORTFOLIO-1")
    return {
        "fifty_projects": Case("GET", "/api/v1/projects/?limit=50"),
        "fifty_tasks_of_a_project": Case("GET", f"/api/v1/tasks/?project={project.pk}&limit=50"),
        "one_task": Case("GET", f"/api/v1/tasks/{task.pk}/"),
        "a_progress_entry": Case("POST", "/api/v1/progress/", json.dumps(body)),
        "the_figures_of_a_portfolio": Case("GET", f"/api/v1/components/{root.pk}/"),
    }


def _record(result: Result, cases: dict[str, Case], headers: dict[str, str]) -> str:
    """Write down the statements and the bytes of each case."""
    client = Client(headers={**headers, "host": "127.0.0.1"})
    recorded: dict[str, dict[str, Any]] = {}
    for name, case in cases.items():
        send = client.post if case.method == "POST" else client.get
        options = {"data": case.body, "content_type": "application/json"} if case.body else {}
        send(case.path, **options)  # type: ignore[arg-type]
        with CaptureQueriesContext(connection) as queries:
            answer = send(case.path, **options)  # type: ignore[arg-type]
        said = [query["sql"] for query in queries.captured_queries]
        recorded[name] = {
            "statements": [sql for sql in said if not sql.startswith(NOT_REPLAYED)],
            "body": answer.content.decode(),
            "status": answer.status_code,
        }
        result.note(f"{name}_queries", len(recorded[name]["statements"]))
    return json.dumps(recorded)


@contextmanager
def _server(stack: Stack, recorded: str) -> Iterator[str]:
    """Start a server that has the floor beside the product, with a limit out of reach."""
    file = Path(stack.folder) / "floor.json"
    file.write_text(recorded)
    ours = {
        "DJANGO_SETTINGS_MODULE": "tests.bench._floor_settings",
        "PPM_API_CALLS_PER_MINUTE": str(10**9),
        RECORDED: str(file),
    }
    before = dict(stack.environment)
    stack.environment.update(ours)
    web, address = stack.start_web()
    try:
        yield address
    finally:
        stack.stop(web)
        stack.environment.clear()
        stack.environment.update(before)


def _compare(
    result: Result, name: str, case: Case, headers: dict[str, str], address: str, clients: int
) -> None:
    """Ask in turns; note requests a second, the spread, and how much faster the floor is."""
    floor = Case(case.method, f"/floor/{name}/", case.body)
    rates: dict[str, list[float]] = {"api": [], "floor": []}
    taken: list[float] = []
    for round_ in range(ROUNDS + 1):
        for what, asked in (("api", case), ("floor", floor)):
            rate, times = _ask(asked, headers, address, clients)
            if round_:
                rates[what].append(rate)
                taken += times if what == "api" else []
    named = f"{name}_by_{clients}"
    for what, measured in rates.items():
        result.note(f"{named}_{what}_a_second", median(measured))
    result.note(f"{named}_p50_ms", median(taken))
    result.note(f"{named}_p95_ms", percentile(taken, 95))
    pairs = zip(rates["api"], rates["floor"], strict=True)
    result.note(f"{named}_times_the_floor", median(floor / api for api, floor in pairs), most=MOST)


def _ask(
    case: Case, headers: dict[str, str], address: str, clients: int
) -> tuple[float, list[float]]:
    """Send requests by so many clients at once; return how many a second, and milliseconds."""
    with ThreadPoolExecutor(max_workers=clients) as threads:
        start = perf_counter()
        work = [
            threads.submit(_client(case, headers, address), REQUESTS // clients)
            for _ in range(clients)
        ]
        times = [each for one in work for each in one.result()]
        return len(times) / (perf_counter() - start), times


def _client(case: Case, headers: dict[str, str], address: str) -> Callable[[int], list[float]]:
    """Make a client with a connection of its own that stays open."""

    def send(times: int) -> list[float]:
        line, taken = http.client.HTTPConnection(urlsplit(address).netloc), []
        for _ in range(times):
            start = perf_counter()
            line.request(case.method, case.path, case.body or None, headers)
            answer = line.getresponse()
            content = answer.read()
            assert answer.status in (200, 201), (case.path, answer.status, content[:300])
            taken.append((perf_counter() - start) * 1000)
        return taken

    return send


def _token() -> str:
    """Return the token of somebody who manages everything."""
    user = User.objects.create(username="manager")
    for root in Component.objects.roots():
        RoleAssignment.objects.create(component=root, user=user, role=Role.PORTFOLIO_MANAGER)
    return ApiToken.issue(user, scopes=["read", "write"])
