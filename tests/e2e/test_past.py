"""A board asks what moved since its last meeting, and what it had seen then."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Page, expect

from portfolios.models import Portfolio
from portfolios.rollup import drain
from tests.factories import (
    PASSWORD,
    make_cost,
    make_portfolio,
    make_program,
    make_project,
    make_user,
)

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
NOW = datetime(2026, 4, 30, 9, tzinfo=UTC)
THEN = datetime(2026, 3, 30, 9, tzinfo=UTC)


@pytest.fixture
def manager(transactional_db: None) -> str:
    """Make a tree of March and April; in April the bridge has cost 30,000 more."""
    root = make_portfolio(code="CITY", name="The city", status_date=MARCH)
    bridge = make_project(make_program(root, code="ROADS", name="Roads"), name="Bridge")
    make_cost(bridge, amount=100_000, date=MARCH, recorded_at=THEN, description="Steel")
    drain(now=NOW)
    Portfolio.objects.update(status_date=APRIL)
    make_cost(bridge, amount=30_000, date=APRIL, description="More steel")
    drain(now=NOW)
    return make_user(superuser=True).username


def test_what_moved_is_found_down_to_the_fact_and_what_was_known_is_seen_again(
    page: Page, manager: str
) -> None:
    page.goto("/portfolios/CITY/")
    page.get_by_label("Username").fill(manager)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Compare").click()
    page.get_by_label("From").fill("2026-03-31")
    page.get_by_role("main").get_by_role("button", name="Compare").click()
    page.get_by_role("link", name="Actual cost").click()
    page.get_by_role("link", name="Roads").click()
    page.get_by_role("link", name="Bridge").click()
    expect(page.get_by_role("region", name="New facts", exact=True)).to_contain_text("30.0 k")

    page.get_by_label("As of").fill("2026-03-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_contain_text("As known on 31 Mar 2026")
    page.get_by_role("link", name="Money").click()
    expect(page.locator("main")).to_contain_text("Steel")
    expect(page.locator("main")).not_to_contain_text("More steel")
    page.get_by_role("link", name="Back to today").click()
    expect(page.locator("main")).to_contain_text("More steel")
