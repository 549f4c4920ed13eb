"""The journeys of a portfolio manager who changes what is done: a move, and an end."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portfolios.rollup import drain
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import make_program
from tests.pages.conftest import NOW, make_organisation

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "The vendor has gone bankrupt and nobody else offers it."


def test_a_project_is_moved_to_another_program(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    make_program(made.portfolio, code="CORE", name="Core banking")
    drain(now=NOW)
    sign_in(page, "owner")
    page.goto("/projects/LATE/")
    page.get_by_role("link", name="Move", exact=True).click()
    page.get_by_label("Move it below").select_option(label="· Core banking")
    page.get_by_role("button", name="Show what that does").click()
    figures = page.get_by_role("region", name="Figures before and after")
    expect(figures.get_by_role("row").filter(has_text="Core banking")).to_be_visible()
    page.get_by_role("button", name="Move it below Core banking").click()
    expect(
        page.get_by_text("“Replace the ledger” now stands below “Core banking”.")
    ).to_be_visible()
    breadcrumb = page.get_by_role("navigation", name="Breadcrumb")
    expect(breadcrumb.get_by_role("link", name="Core banking")).to_be_visible()


def test_a_project_is_terminated_through_the_what_if(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    drain(now=NOW)
    sign_in(page, "owner")
    page.goto("/projects/LATE/")
    page.get_by_role("link", name="Terminate…").click()
    foretold = program_figures(page)
    benefit = page.get_by_role("region", name="Benefits before and after").locator("tbody tr")
    expect(benefit).to_contain_text("Fewer manual payments")
    page.get_by_role("button", name="Terminate").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Terminate").click()
    expect(page.get_by_text("“Replace the ledger” is terminated now.")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text(WHY)).to_be_visible()
    made.roll_up()
    page.goto("/components/FINE/state/on_hold/")
    assert [after for _, after in foretold] == [before for before, _ in program_figures(page)]


def program_figures(page: Page) -> list[tuple[str, str]]:
    """Read the program's figures before and after, as they are shown."""
    row = page.get_by_role("region", name="Figures before and after").get_by_role("row")
    cells = row.filter(has_text="Payments").get_by_role("cell").all_inner_texts()
    pairs = [cell.split("→") for cell in cells]
    return [(before.strip(), after.strip()) for before, after in pairs]
