"""Which snapshot answers for a date, and what several add up to."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from ppm.core.figures import snapshots_on
from ppm.core.models import Component, Health, Snapshot
from ppm.core.outline import summed
from tests.factories import make_portfolio

pytestmark = pytest.mark.django_db

FIRST = date(2026, 1, 1)


def history(days: int) -> Component:
    """Make a component with one snapshot a day, whose budget is the number of the day."""
    component = make_portfolio()
    Snapshot.objects.bulk_create(
        Snapshot(component=component, as_of=FIRST + timedelta(days=day), bac=day)
        for day in range(days)
    )
    return component


def test_each_component_answers_for_its_own_date(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    long, short, late, empty = history(9), history(2), history(3), history(0)
    dates = {
        long.pk: FIRST + timedelta(days=5),
        short.pk: FIRST + timedelta(days=400),
        late.pk: FIRST - timedelta(days=1),
        empty.pk: FIRST,
    }
    with django_assert_num_queries(1):
        found = snapshots_on(dates)
    assert {pk: snapshot.bac for pk, snapshot in found.items()} == {long.pk: 5, short.pk: 1}
    assert found[long.pk].reasons == {}
    assert found[long.pk].health == Health.UNKNOWN


def test_nothing_is_asked_about_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert snapshots_on({}) == {}


def test_only_the_newest_may_answer_a_condition() -> None:
    long, short = history(9), history(2)
    on = FIRST + timedelta(days=5)
    newest = Snapshot.objects.newest_on(on)
    assert set(newest.values_list("component", "bac")) == {(long.pk, 5), (short.pk, 1)}
    assert not Snapshot.objects.filter(bac=4).newest_on(on).exists()
    assert not newest.filter(bac=4).exists()


def test_a_sum_holds_every_amount_and_no_share() -> None:
    amounts = {
        name: Decimal(number)
        for number, name in enumerate(("spent", "pipeline", "vac", "budget_red"), start=1)
    }
    one = Snapshot(**amounts, coverage=Decimal("0.5"), count_red=1)
    both = summed([one, one, Snapshot()])
    assert {name: getattr(both, name) for name in amounts} == {
        name: 2 * amount for name, amount in amounts.items()
    }
    assert (both.count_red, both.bac, both.coverage) == (2, None, None)
