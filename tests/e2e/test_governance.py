"""A member of a governance body in the browser: every page is clean, and a decision is made."""

from typing import Any

import pytest
from django.contrib import admin
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from ppm.core.models import Risk, Role, State, User
from projects.models import Project
from tests.admin.pages import MODELS, address, stored
from tests.e2e.screens import fits_every_screen
from tests.factories import PASSWORD, give_role, make_request, make_user
from tests.pages.conftest import AS_OF, Organisation, make_organisation
from tests.rows import ROWS, World

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(page: Page, user: User) -> None:
    """Go to the governance site and sign in on the way."""
    page.goto("/admin/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Governance", exact=True)).to_be_visible()


def governor_of(made: Organisation) -> User:
    """Make a member of the organisation's governance body."""
    user = make_user("helene", is_staff=True)
    give_role(user, made.portfolio, Role.GOVERNANCE)
    return user


def test_no_page_breaks_the_policy(live_server: LiveServer, page: Page) -> None:
    """Lists, forms, confirmations: the fixture fails on whatever the console complains about."""
    world = World()
    sign_in(page, make_user("boss", superuser=True))
    for model in MODELS:
        page.goto(address(model, "changelist"))
        expect(page.locator("#changelist")).to_be_attached()
        model_admin: Any = admin.site._registry[model]
        if model in ROWS:
            page.goto(address(model, "change", stored(model, world).pk))
            expect(page.locator("#content-main")).to_be_attached()
        elif model_admin.may_be_added:
            page.goto(address(model, "add"))
            expect(page.locator("#content-main form")).to_be_attached()
    page.goto(address(Risk, "history", world.risk.pk))
    page.goto(address(Risk, "delete", world.risk.pk))
    expect(page.get_by_role("region", name="What would happen")).to_be_visible()
    page.goto("/admin/password_change/")
    expect(page.get_by_label("Current password")).to_be_visible()


def test_no_page_is_wider_than_the_screen(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    made.roll_up()
    make_request(made.late, recorded_by=make_user(), date=AS_OF)
    sign_in(page, governor_of(made))
    project, benefit = made.late.pk, made.benefit.pk
    pages = ["/admin/", "/admin/core/component/", f"/admin/projects/project/{project}/change/"]
    pages += [f"/admin/programs/benefit/{benefit}/change/", "/admin/core/healthpolicy/add/"]
    pages += ["/admin/core/staterequest/", "/admin/core/costentry/", "/admin/core/risk/add/"]
    for where in pages:
        page.goto(where)
        fits_every_screen(page)


def test_a_request_is_approved_with_its_consequence_in_view(
    live_server: LiveServer, page: Page
) -> None:
    made = make_organisation()
    made.roll_up()
    make_request(made.late, recorded_by=make_user(), date=AS_OF)
    sign_in(page, governor_of(made))
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("checkbox", name="LATE Replace the ledger").check()
    page.get_by_label("Action:").select_option(label="Approve selected requests")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("Fewer manual payments: forecast")).to_be_visible()
    page.get_by_label("Rationale").fill("The board has looked at the figures.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved: 1.")).to_be_visible()
    made.late.refresh_from_db()
    assert made.late.state == State.TERMINATED
    page.goto("/admin/core/decision/")
    expect(page.get_by_role("row").filter(has_text="LATE")).to_contain_text("Approved")


def test_a_risk_is_recorded_by_searching_for_its_component(
    live_server: LiveServer, page: Page
) -> None:
    made = make_organisation()
    sign_in(page, governor_of(made))
    page.goto("/admin/core/risk/add/")
    page.locator(".field-component .select2-selection").click()
    page.locator(".select2-search__field").fill("LATE")
    page.get_by_role("option", name="LATE Replace the ledger").click()
    page.get_by_label("Title").fill("The vendor merges")
    page.get_by_role("button", name="Add another Risk assessment").click()
    first = page.locator("#assessments-0")
    first.get_by_role("link", name="Today").click()
    first.locator("input[type=number][name$=probability]").fill("0.5")
    first.locator("input[type=number][name$=impact]").fill("1000")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    project = Project.objects.get(code="LATE")
    assert project.risks.filter(title="The vendor merges", assessments__impact=1000).exists()


def test_staff_go_from_site_to_site(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    made.roll_up()
    sign_in(page, governor_of(made))
    page.get_by_role("link", name="View site").click()
    page.get_by_role("link", name="Governance").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
