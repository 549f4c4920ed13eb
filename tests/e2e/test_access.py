"""The journey of a portfolio manager who lets somebody in for a time, and out again."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.e2e.screens import fits_every_screen
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import make_group
from tests.pages.conftest import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_role_is_given_by_keyboard_and_taken_away(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    make_group(made.owner, made.member, name="Accounting")
    made.roll_up()
    sign_in(page, "owner")
    page.goto("/programs/PAY/")
    page.get_by_role("link", name="Access").press("Enter")
    page.get_by_role("link", name="Give a role").press("Enter")
    fits_every_screen(page)
    page.get_by_label("Or a group").select_option(label="Accounting")
    page.get_by_label("Role").select_option(label="Finance")
    page.get_by_label("Last day").fill("2059-05-31")
    page.get_by_role("button", name="Save").press("Enter")
    groups, people = (page.get_by_role("region", name=name) for name in ("Groups", "People"))
    expect(groups.locator("tbody tr")).to_contain_text("31 May 2059")
    expect(people.get_by_text("through Accounting")).to_have_count(2)
    fits_every_screen(page, tables_on=(1280, 360))
    page.get_by_label("Search people and groups").fill("memb")
    page.get_by_role("button", name="Search").press("Enter")
    expect(people.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Clear").press("Enter")
    groups.get_by_role("link", name="Take away").press("Enter")
    fits_every_screen(page)
    page.get_by_role("button", name="Take away").press("Enter")
    expect(
        page.get_by_text("“Accounting: Finance of PAY Payments” was taken away.")
    ).to_be_visible()
    expect(groups).to_have_count(0)
    expect(people.locator("tbody tr")).to_have_count(2)
