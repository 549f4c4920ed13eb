"""A figure that changes appears on the open page by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from portfolios.rollup import drain
from ppm.core.locks import lock_rollup
from tests.e2e.test_why_is_it_red import sign_in
from tests.factories import make_cost
from tests.pages.conftest import AS_OF, NOW, make_organisation

pytestmark = pytest.mark.django_db(transaction=True)


def other_connection(write: Callable[[], object]) -> None:
    """Write and commit, whatever transaction is open here."""

    def run() -> None:
        write()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


def test_an_open_page_shows_the_new_figure(live_server: LiveServer, page: Page) -> None:
    made = make_organisation()
    drain(now=NOW)
    sign_in(page, "owner")
    tile = page.locator(".tile").filter(has_text="Actual cost")
    with transaction.atomic():
        lock_rollup(made.portfolio.pk)  # a worker that is there waits
        other_connection(lambda: make_cost(made.late, 5000, AS_OF))
        page.goto("/projects/LATE/")
        expect(tile).to_contain_text("1,900.50")
        expect(page.get_by_text("Updating…")).to_be_visible()
    drain(now=NOW)
    expect(tile).to_contain_text("6,900.50")
    expect(page.get_by_text("Updating…")).to_have_count(0)
