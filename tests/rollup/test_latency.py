"""From a progress entry through the API to the portfolio's figure, through a real worker."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import quantiles
from time import monotonic, sleep

import pytest
from django.db import connection
from rest_framework.test import APIClient

from portfolios import rollup
from ppm.core.models import ApiToken, Component, Kind, Snapshot
from projects.baselining import take_baselines
from projects.models import Task
from tests.factories import make_portfolio, make_program, make_project, make_task, make_user
from tests.rollup.organisations import TODAY
from tests.rollup.states import NOW, sweep

WARM_UP, ENTRIES = 5, 50
LIMIT = 0.25
"""Seconds, for 95 of 100 entries."""


def is_earned(percent: int) -> bool:
    """Tell whether the program and the portfolio have earned as much."""
    wholes = Snapshot.objects.exclude(component__kind=Kind.PROJECT)
    return set(wholes.values_list("ev", flat=True)) == {Decimal(percent)}


def seconds_until_rolled_up(client: APIClient, task: Task, percent: int) -> float:
    """Report progress and wait until program and portfolio have earned it; return how long."""
    start = monotonic()
    entry = {"task": task.pk, "date": str(TODAY), "percent": str(percent)}
    answer = client.post("/api/v1/progress/", entry, format="json")
    assert answer.status_code == 201, answer.content
    while not is_earned(percent):
        assert monotonic() < start + 20, "The worker does not roll up."
        sleep(0.001)
    return monotonic() - start


@pytest.fixture
def task(quiet_worker: Path) -> Task:
    """Return a task of 100 in a program of 21 projects, all rolled up."""
    program = make_program(make_portfolio(status_date=TODAY))
    task = make_task(make_project(program), finish_date=TODAY + timedelta(30), budget=100)
    take_baselines([task.project_id])
    for _ in range(20):
        make_project(program)
    sweep()
    return task


@pytest.fixture
def client() -> APIClient:
    """Return the API client of an administrator."""
    client = APIClient()
    token = ApiToken.issue(make_user(superuser=True), scopes=["read", "write"])
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.mark.django_db(transaction=True)
def test_a_progress_entry_reaches_the_portfolio_at_once(task: Task, client: APIClient) -> None:
    percents = range(1, WARM_UP + ENTRIES + 1)
    seconds = [seconds_until_rolled_up(client, task, percent) for percent in percents][WARM_UP:]
    p50, p95 = (quantiles(seconds, n=100)[rank - 1] for rank in (50, 95))
    print(f"p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    assert p95 <= LIMIT
    assert rollup.audit(now=NOW) == (Component.objects.count(), [])


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_connection_is_cut_takes_another(task: Task, client: APIClient) -> None:
    seconds_until_rolled_up(client, task, 1)
    for percent in (2, 3, 4):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] > 0
        seconds_until_rolled_up(client, task, percent)
