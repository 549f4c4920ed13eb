"""The journey of somebody who brings a spreadsheet: upload, columns, check, import, result."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from projects.models import Project
from tests.e2e.screens import WIDTHS, fits_every_screen
from tests.e2e.test_why_is_it_red import sign_in
from tests.pages.conftest import make_organisation

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = """ID,Title,Status,Start,End,Cost
1,Scan the archive,Running,05.01.2026,30.06.2026,1200
2,Move the archive,Parked,05.01.2026,30.09.2026,abc
3,Close the archive,Idea,,,
"""


def chosen(text: str) -> dict[str, str | bytes]:
    """Return a file as a browser would send it."""
    return {"name": "archive.csv", "mimeType": "text/csv", "buffer": text.encode()}


def upload(page: Page) -> None:
    """Go from the home page to the columns of a file."""
    sign_in(page, "owner")
    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("File").set_input_files(chosen(ROWS))  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "What the columns of archive.csv mean"
    )


def choose(page: Page) -> None:
    """Say what the columns mean."""
    expect(page.get_by_label("Name")).to_have_value("column:Title")
    page.get_by_label("Stands below").select_option("value:PAY")
    page.get_by_label("Put in front of each code").fill("ARCHIVE-")
    page.get_by_label("“Running”").select_option("Executing")
    page.get_by_label("“Parked”").select_option("Idea")
    page.get_by_role("button", name="Use these columns").click()


def test_a_spreadsheet_becomes_projects(live_server: LiveServer, page: Page, worker: Path) -> None:
    make_organisation().roll_up()
    upload(page)
    choose(page)
    expect(page.get_by_label("Mapping")).to_have_value(
        'date_formats = ["%d.%m.%Y"]\n\n'
        '[levels.project]\nkind = "project"\nparent = "PAY"\ncode = "ARCHIVE-{ID}"\n'
        'name = "{Title}"\n'
        'state = { from = "{Status}", map = '
        '{ "Running" = "executing", "Parked" = "idea", "Idea" = "idea" } }\n'
        'start_date = "{Start}"\nfinish_date = "{End}"\nbudget = "{Cost}"\n'
    )
    page.get_by_role("button", name="Check the file").click()

    # Without a click: the page asks the worker's progress by itself.
    expect(page.get_by_text("3 rows read, 1 rejected. Nothing is written yet.")).to_be_visible(
        timeout=20_000
    )
    rejected = page.get_by_role("region", name="Why rows are rejected").locator("tbody tr")
    expect(rejected).to_have_text(["3 Cost “abc” is not a number"])
    assert not Project.objects.filter(code__startswith="ARCHIVE").exists()
    page.get_by_role("button", name="Import the sound rows only (2)").click()

    expect(page.get_by_text("3 rows read, 1 rejected. Written.")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Scan the archive").click()
    expect(page).to_have_url(f"{live_server.url}/projects/ARCHIVE-1/")
    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="archive.csv")).to_contain_text("Imported")


def test_it_goes_without_scripts(live_server: LiveServer, browser: Browser, worker: Path) -> None:
    make_organisation().roll_up()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    upload(page)
    choose(page)
    page.get_by_role("button", name="Check the file").click()
    result = page.get_by_text("3 rows read, 1 rejected.")
    for _ in range(100):
        if result.is_visible():
            break
        page.get_by_role("link", name="Refresh").click()
    expect(result).to_be_visible()
    context.close()


def test_no_import_page_is_wider_than_the_screen(
    live_server: LiveServer, page: Page, worker: Path
) -> None:
    make_organisation().roll_up()
    upload(page)
    fits_every_screen(page)
    choose(page)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("region", name="Why rows are rejected")).to_be_visible(timeout=20_000)
    fits_every_screen(page, tables_on=WIDTHS)
    page.goto("/imports/new/")
    fits_every_screen(page)
    page.goto("/imports/")
    fits_every_screen(page, tables_on=WIDTHS)
