"""A closed month is final: nothing rewrites its figures until somebody opens it again."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from portfolios.models import Portfolio
from portfolios.restating import NotRestatedError, fill, restate
from portfolios.rollup import audit, drain
from ppm.core.models import MonthClose, Role, Snapshot
from tests.factories import give_role, make_cost, make_portfolio, make_project, make_user
from tests.refusals import refused

MARCH, APRIL, MAY = date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 29)
NOW = datetime(2026, 5, 29, 9, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Portfolio:
    """Make a tree whose figures have come to the end of April, then to May."""
    root = make_portfolio(status_date=APRIL)
    make_cost(make_project(root), amount=100, date=MARCH)
    drain(now=NOW)
    Portfolio.objects.update(status_date=MAY)
    drain(now=NOW)
    return root


def close(root: Portfolio, month_end: date = APRIL) -> MonthClose:
    return MonthClose.objects.create(root=root, month_end=month_end, closed_by=make_user())


def test_nothing_is_written_about_a_closed_month(root: Portfolio) -> None:
    close(root)
    with refused("core_snapshot_month_is_open"):
        Snapshot.objects.filter(as_of=APRIL).update(spent=1)
    with refused("core_snapshot_month_is_open"):
        Snapshot.objects.create(component=root, as_of=MARCH)


def test_another_tree_stays_open(root: Portfolio) -> None:
    close(root)
    other = make_portfolio()
    assert Snapshot.objects.create(component=other, as_of=MARCH).pk


def test_the_open_month_goes_on(root: Portfolio) -> None:
    close(root)
    make_cost(make_project(root), amount=50, date=MARCH)
    assert drain(now=NOW) > 0
    assert audit(now=NOW)[1] == []


def test_a_late_cost_counts_in_the_open_month_only(root: Portfolio) -> None:
    close(root)
    make_cost(make_project(root), amount=50, date=MARCH)
    drain(now=NOW)
    answers = [Snapshot.objects.newest_on(day).get(component=root).spent for day in (APRIL, MAY)]
    assert answers == [100, 150]


def test_the_status_date_cannot_go_back_into_a_closed_month(root: Portfolio) -> None:
    close(root)
    with refused("core_component_month_is_open", "The month of this status date is closed."):
        Portfolio.objects.update(status_date=APRIL)


def test_without_a_status_date_today_must_be_in_an_open_month(root: Portfolio) -> None:
    Portfolio.objects.update(status_date=date(2045, 2, 15))
    drain(now=NOW)
    close(root, date(2045, 1, 31))
    with refused("core_component_month_is_open"):
        Portfolio.objects.update(status_date=None)


def test_a_tree_with_closed_months_stays_a_tree(root: Portfolio) -> None:
    close(root)
    with refused("core_component_with_closes_stays_a_root"):
        root.move_to(make_portfolio(status_date=MAY))


def test_a_closed_month_is_not_filled(root: Portfolio) -> None:
    close(root, MARCH)
    with pytest.raises(NotRestatedError, match="is closed in"):
        fill(root, as_of=date(2026, 2, 28), now=NOW)


def test_a_month_that_is_not_over_cannot_be_closed(root: Portfolio) -> None:
    with refused("core_monthclose_is_over"):
        close(root, date(2026, 5, 31))


def test_a_tree_that_was_never_rolled_up_cannot_be_closed() -> None:
    with refused("core_monthclose_is_over"):
        close(make_portfolio())


def test_only_a_whole_tree_is_closed_and_by_months(root: Portfolio) -> None:
    with refused("core_monthclose_is_a_month_of_a_tree"):
        close(root, date(2026, 4, 29))
    with refused("core_monthclose_is_a_month_of_a_tree"):
        close(make_portfolio(root))


def test_a_closed_month_is_restated_only_after_it_was_opened(root: Portfolio) -> None:
    closed = close(root)
    with pytest.raises(NotRestatedError, match="is closed in"):
        restate(root, as_of=APRIL, now=NOW, reason="An invoice was lost.")
    closed.delete()
    assert restate(root, as_of=APRIL, now=NOW, reason="An invoice was lost.") == []


def test_the_newest_month_is_opened_first(root: Portfolio) -> None:
    older, newer = close(root, MARCH), close(root)
    with refused("core_monthclose_newest_first", "Open the newest closed month first."):
        older.delete()
    newer.delete()
    older.delete()


def test_a_close_is_not_changed(root: Portfolio) -> None:
    close(root)
    with refused("core_monthclose_is_kept"):
        MonthClose.objects.update(month_end=MARCH)


def test_a_deleted_tree_takes_its_closed_months_along() -> None:
    root = make_portfolio(status_date=APRIL)
    drain(now=NOW)
    close(root, MARCH)
    root.delete()
    assert not MonthClose.objects.exists()


def test_a_manager_closes_a_month_on_the_page_and_opens_it_again(
    root: Portfolio, client: Client
) -> None:
    manager = make_user()
    give_role(manager, root, Role.FINANCE)
    client.force_login(manager)
    page = client.get(f"/components/{root.code}/month-closes/new/")
    assert b'value="2026-04-30"' in page.content
    client.post(f"/components/{root.code}/month-closes/new/", {"month_end": "2026-04-30"})
    closed = MonthClose.objects.get()
    assert closed.closed_by == manager
    history = client.get(f"/portfolios/{root.code}/history/").content.decode()
    assert "April 2026" in history
    assert f"/month-closes/{closed.pk}/delete/" in history
    client.post(f"/month-closes/{closed.pk}/delete/")
    assert not MonthClose.objects.exists()


def test_the_page_says_why_a_month_cannot_be_closed(root: Portfolio, client: Client) -> None:
    client.force_login(make_user(superuser=True))
    page = client.post(f"/components/{root.code}/month-closes/new/", {"month_end": "2026-05-31"})
    assert "when the figures of the tree have gone beyond it" in page.content.decode()


def test_only_who_answers_for_the_money_closes(root: Portfolio, client: Client) -> None:
    viewer = make_user()
    give_role(viewer, root, Role.VIEWER)
    client.force_login(viewer)
    assert client.get(f"/components/{root.code}/month-closes/new/").status_code == 403
    assert "Close a month" not in client.get(f"/portfolios/{root.code}/history/").content.decode()
