"""The journeys of a project manager who books a cost, and who sees it otherwise than computed."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portfolios.rollup import drain
from ppm.core.models import Role
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import give_role, make_user
from tests.pages.conftest import NOW, make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cost_is_booked_and_counts(live_server: LiveServer, page: Page) -> None:
    make_organisation()
    drain(now=NOW)
    sign_in(page, "owner")
    page.goto("/projects/LATE/money/")
    page.get_by_role("link", name="Book a cost").click()
    page.get_by_label("Amount").fill("99.50")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Costs").get_by_text("99.50").first).to_be_visible()
    drain(now=NOW)
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".tile").filter(has_text="Actual cost")).to_contain_text("2,000.00")


def test_a_status_is_reported_with_an_override_that_somebody_else_approves(
    live_server: LiveServer, page: Page
) -> None:
    made = make_organisation()
    drain(now=NOW)
    give_role(make_user("manager"), made.late, Role.PROJECT_MANAGER)
    sign_in(page, "manager")
    page.goto("/projects/LATE/")
    page.get_by_role("link", name="Report status").click()
    page.get_by_label("How it stands").select_option("On track")
    page.get_by_label("Why your rating overrides the computed one").fill(
        "The vendor has been replaced and the new plan is agreed."
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("An override needs a health, a reason")).to_be_visible()
    page.get_by_label("Override until").fill("2026-03-01")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("waits until somebody else who may decide").first).to_be_visible()
    drain(now=NOW)
    page.goto("/projects/LATE/")
    expect(page.locator(".page-facts")).to_contain_text("Off track")
    page.get_by_role("button", name="Log out").click()
    sign_in(page, "owner")
    page.get_by_role("link", name="Decisions").click()
    page.get_by_role("link", name="Approve or refuse").click()
    page.get_by_label("Approve").check()
    page.get_by_role("button", name="Save").click()
    drain(now=NOW)
    page.goto("/projects/LATE/")
    expect(page.locator(".page-facts")).to_contain_text("On track")
