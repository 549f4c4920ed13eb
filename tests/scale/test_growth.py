"""What work costs, in blocks that PostgreSQL touches: the same on any machine, however busy."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from portfolios import rollup
from ppm.core.models import Component
from projects.models import Progress, Task
from tests.bench._organisation import A_PROJECT, AS_OF, NOW, fill

pytestmark = pytest.mark.django_db

SMALL, LARGE = 200, 2_000


def blocks(work: Callable[[], object]) -> int:
    """Count the blocks of tables and indexes that the work touches, again and again if so."""
    before = _touched()
    work()
    return _touched() - before


def _touched() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace"
        )
        return int(cursor.fetchone()[0])


def in_an_organisation(of: int, measured: Callable[[], float]) -> float:
    """Measure something in an organisation of so many projects, and take that down again."""
    with transaction.atomic():
        fill(of)
        figure = measured()
        transaction.set_rollback(True)
    return figure


def of_one_change() -> float:
    rollup.drain(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    task = Task.objects.filter(project__code=A_PROJECT).order_by("pk")[0]
    Progress.objects.create(task=task, date=AS_OF, percent=1)
    return blocks(lambda: rollup.sweep(now=NOW))


def of_the_first_rollup() -> float:
    rollup.turn_days(now=NOW)
    with connection.cursor() as cursor:
        # As in a new database: the planner then expects the table to stay empty.
        cursor.execute("TRUNCATE core_snapshot")
        cursor.execute("ANALYZE")
    return blocks(lambda: rollup.drain(now=NOW)) / Component.objects.count()


def test_a_change_costs_the_same_in_an_organisation_ten_times_as_large() -> None:
    small, large = (in_an_organisation(size, of_one_change) for size in (SMALL, LARGE))
    # Larger indexes have more levels; a table that is read as a whole costs ten times as much.
    assert large < 2.5 * small


def test_the_first_rollup_costs_by_the_number_of_components() -> None:
    small, large = (in_an_organisation(size, of_the_first_rollup) for size in (SMALL, LARGE))
    assert large < 1.5 * small
