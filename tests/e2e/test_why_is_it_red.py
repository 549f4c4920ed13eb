"""The journey of a portfolio manager: from the home page to the fact that made a project red."""

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.screens import CUT_OFF, fits_every_screen
from tests.factories import PASSWORD, make_change
from tests.pages.conftest import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, user: str) -> None:
    """Open the home page, sign in on the way, and arrive there."""
    page.goto("/")
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_from_home_to_the_fact_behind_a_red_project(live_server: LiveServer, page: Page) -> None:
    make_organisation().roll_up()
    sign_in(page, "owner")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 of 2 projects")
    page.get_by_role("link", name="1 of 2 projects in delivery off track").click()
    expect(page.get_by_role("region", name="Projects").locator("tbody tr")).to_have_count(1)
    page.go_back()
    page.get_by_role("link", name="Unfold Payments").click()
    row = page.get_by_role("row").filter(has_text="LATE")
    expect(row.get_by_text("Off track")).to_be_visible()
    page.get_by_role("link", name="Replace the ledger").click()
    expect(page.get_by_text("on track from 0.95, off track below 0.85").first).to_be_visible()
    page.get_by_role("link", name="Facts of Pace, SPI(t)").click()
    expect(page).to_have_url(re.compile("#tasks$"))
    first = page.get_by_role("region", name="Tasks").locator("tbody tr").first
    expect(first).to_contain_text("Migration")
    expect(first).to_contain_text("20 % 13 Feb 2026 Ines Moreau")
    expect(first).to_be_in_viewport()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_everything_can_be_reached_by_keyboard(live_server: LiveServer, page: Page) -> None:
    make_organisation().roll_up()
    sign_in(page, "member")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.get_by_role("link", name="Fold Payments").focus()
    page.keyboard.press("Enter")
    unfold = page.get_by_role("link", name="Unfold Payments")
    expect(unfold).to_have_attribute("aria-expanded", "false")


def test_no_page_is_wider_than_the_screen(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    made.roll_up()
    sign_in(page, "owner")
    unfolded = f"/?open={made.portfolio.pk},{made.program.pk}"
    pages = ("/projects/", "/portfolios/HOME/", "/programs/PAY/", "/projects/LATE/")
    for address in (unfolded, *pages):
        page.goto(address)
        fits_every_screen(page)
        assert page.evaluate("document.fonts.check('14px Inter')")


def test_no_table_is_cut_off_on_a_phone(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    made.roll_up()
    make_change(made.late, title="Add mobile sign-in to the new ledger")
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, "owner")
    for address in ("/", "/projects/", "/programs/PAY/", "/projects/LATE/"):
        page.goto(address)
        assert page.locator(".table-region").count() > 0
        assert page.evaluate(CUT_OFF) == []
