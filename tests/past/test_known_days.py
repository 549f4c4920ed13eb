"""The day and the moment up to which facts count, for rows of many trees at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolios.rollup import drain
from ppm.core.figures import figures_of
from ppm.core.filters import known_days
from ppm.core.models import Component, CostEntry, User
from tests.factories import make_cost, make_portfolio

DAY = date(2026, 4, 30)
NOW = datetime(2026, 5, 31, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def plant(days_from_then: int, time_zone: str = "UTC") -> None:
    """Make a tree that stands some days from the day that is asked for."""
    root = make_portfolio(status_date=DAY + timedelta(days=days_from_then), time_zone=time_zone)
    make_cost(root, date=DAY)


def known_rows() -> dict[int, tuple[date, datetime]]:
    """Tell of each tree the day and the moment up to which its rows count."""
    day, until = known_days("component__path", now=NOW, as_of=DAY)
    assert until is not None
    rows = CostEntry.objects.annotate(day=day, until=until)
    return {pk: (day, until) for pk, day, until in rows.values_list("component", "day", "until")}


def test_each_row_goes_by_the_day_of_its_own_tree() -> None:
    for days, time_zone in ((-9, "UTC"), (0, "UTC"), (9, "UTC"), (9, "Pacific/Auckland")):
        plant(days, time_zone)
    drain(now=NOW)
    figures = figures_of(Component.objects.all(), user=User(is_superuser=True), now=NOW, as_of=DAY)
    known = {pk: one.known for pk, one in figures.items()}
    assert known_rows() == {pk: (one.day, one.until or NOW) for pk, one in known.items()}


def test_the_statement_is_the_same_for_many_trees() -> None:
    patterns = []
    for trees in (1, 20):
        for _ in range(trees):
            plant(trees)
        drain(now=NOW)
        with CaptureQueriesContext(connection) as queries:
            known_rows()
        statement = queries.captured_queries[-1]["sql"]
        patterns.append((len(queries), statement.count("->>"), statement.count("WHEN")))
    assert patterns[0] == patterns[1]
