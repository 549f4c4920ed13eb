"""The week of a project manager: progress and cost entered, tasks found, a dependency drawn."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from projects.models import Dependency, EarningMethod, Task
from tests.e2e.screens import WIDTHS, fits_every_screen
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import make_project, make_task, make_weighted_milestone
from tests.pages.conftest import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_week_is_entered_by_keyboard(live_server: LiveServer, page: Page) -> None:
    make_organisation().roll_up()
    sign_in(page, "owner")
    page.goto("/projects/LATE/")
    page.get_by_role("link", name="Enter progress and cost").click()
    page.get_by_label(re.compile("^New percent: .* Migration$")).focus()
    for typed in ("60", "3", "Tables moved", "250", "Vendor"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 report of progress, 1 cost entry")
    expect(page.get_by_role("row", name="Migration")).to_contain_text("60 % 13 Feb 2026")
    page.get_by_role("link", name="Migration").click()
    expect(page.locator(".table-region[aria-label=Progress]")).to_contain_text("Tables moved")
    expect(page.locator(".table-region[aria-label=Costs]")).to_contain_text("250.00")


def test_a_week_is_entered_without_scripts(live_server: LiveServer, browser: Browser) -> None:
    make_organisation().roll_up()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "owner")
    page.goto("/projects/LATE/tasks/")
    page.get_by_text("Filter", exact=True).click()
    page.get_by_role("searchbox").fill("migration")
    page.locator("#main").get_by_role("button", name="Show").click()
    expect(page.locator(".table-region[aria-label=Tasks]").locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Enter progress and cost").click()
    page.get_by_label(re.compile("^New percent: .* Migration$")).fill("10")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("alert")).to_contain_text("It goes down from 20 % to 10 %.")
    page.get_by_label("It is right").check()
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status")).to_contain_text("Recorded: 1 report of progress.")
    context.close()


def test_what_a_task_waits_for_is_found_while_typing(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    made.roll_up()
    task = Task.objects.get(project=made.fine)
    sign_in(page, "owner")
    page.goto(f"/tasks/{task.pk}/")
    page.get_by_role("link", name="New dependency").click()
    page.get_by_label("Find a task").press_sequentially("late migr")
    option = page.get_by_label("Waits for").locator("option", has_text="Migration")
    expect(option).to_have_count(1)
    page.get_by_label("Waits for").select_option(option.get_attribute("value"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".table-region[aria-label=Dependencies]")).to_contain_text("Migration")
    assert Dependency.objects.get(successor=task).predecessor.project == made.late


def test_the_work_fits_every_screen(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    task = make_task(
        make_project(made.program, code="ONE"), earning_method=EarningMethod.WEIGHTED_MILESTONES
    )
    make_weighted_milestone(task, name="A milestone with a rather long name")
    made.roll_up()
    sign_in(page, "owner")
    entries = ("/projects/LATE/entry/", "/projects/ONE/entry/")
    pages = ("/programs/", "/projects/LATE/tasks/", "/projects/LATE/baseline/")
    for address in (*entries, *pages, f"/tasks/{task.pk}/"):
        page.goto(address)
        fits_every_screen(page, tables_on=WIDTHS if address in entries else (360,))
