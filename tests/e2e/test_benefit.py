"""The journey of a benefit: linked to a project, planned, measured, until the ROI moves."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from programs.models import Benefit
from tests.e2e.screens import fits_every_screen
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import make_project
from tests.pages.conftest import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_benefit_is_made_planned_and_measured(live_server: LiveServer, page: Page) -> None:
    organisation = make_organisation()
    for number in range(60):
        make_project(organisation.portfolio, code=f"AA{number}")
    make_project(organisation.portfolio, code="ZEPPELIN", name="Flight school")
    organisation.roll_up()
    sign_in(page, "owner")
    page.goto("/portfolios/HOME/benefits/")
    roi = page.locator(".tile", has_text="ROI, whole life").locator(".tile-value")
    expect(roi).to_have_text("10.7 %")
    page.get_by_role("link", name="New benefit").click()
    page.get_by_label("Name").fill("Paid lessons")
    page.get_by_label("Target value").fill("10000")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Link a project").click()
    page.get_by_label("Project").press_sequentially("school")
    offered = page.locator("#projects-offered option")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("value", "ZEPPELIN")
    page.get_by_label("Weight").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Projects")).to_contain_text("Flight school")
    page.get_by_role("link", name="Plan periods").click()
    page.get_by_label("Number of periods").fill("2")
    page.get_by_role("button", name="Show these periods").click()
    page.get_by_label("28 Feb 2026").fill("300")
    page.get_by_label("31 Mar 2026").fill("400")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a measurement").click()
    page.get_by_label("Value").fill("250")
    page.get_by_role("button", name="Save").click()
    periods = page.get_by_role("region", name="Plan against measured")
    expect(periods.locator("tbody tr").first).to_contain_text("300.00 250.00")
    organisation.roll_up()
    page.goto("/portfolios/HOME/benefits/")
    expect(roi).not_to_have_text("10.7 %")


def test_pages_of_benefits_are_not_wider_than_the_screen(
    live_server: LiveServer, page: Page
) -> None:
    make_organisation().roll_up()
    sign_in(page, "owner")
    benefit = Benefit.objects.get().get_absolute_url()
    for address in (
        *(benefit, f"{benefit}plan/", f"{benefit}benefit-links/new/", "/benefits/"),
        *("/portfolios/HOME/benefits/", "/portfolios/HOME/objectives/"),
        *("/programs/PAY/benefits/", "/projects/LATE/benefits/", "/portfolios/"),
    ):
        page.goto(address)
        fits_every_screen(page)
