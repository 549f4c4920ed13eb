"""The journey of a portfolio manager who has another program told, and tries it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from ppm.core.models import WebhookDelivery
from ppm.core.models.webhook import DeliveryState
from tests.conftest import wait_until
from tests.e2e.screens import fits_every_screen
from tests.e2e.test_why_is_it_red import sign_in
from tests.pages.conftest import make_organisation
from tests.webhooks.conftest import Receiver, deliver_at, listening
from tests.webhooks.test_delivering import now

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_webhook_is_added_and_tried(live_server: LiveServer, page: Page, settings: Any) -> None:
    settings.WEBHOOK_HTTP, settings.WEBHOOK_NETWORKS = True, ["127.0.0.1/32"]
    make_organisation().roll_up()
    sign_in(page, "owner")
    page.goto("/programs/PAY/access/")
    page.get_by_role("link", name="Add a webhook").press("Enter")
    fits_every_screen(page)
    with listening(Receiver()) as receiver:
        page.get_by_label("What it is for").fill("Chat of the office")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Save").press("Enter")
        expect(page.locator("code.secret")).to_contain_text("whsec_")
        fits_every_screen(page)
        page.get_by_role("link", name="Go on to the webhook").press("Enter")
        page.get_by_role("button", name="Send a test").press("Enter")
        expect(page.get_by_text("A test is on its way.")).to_be_visible()
        deliver_at(now())
        # The worker of other tests may have been faster.
        delivered = WebhookDelivery.objects.filter(state=DeliveryState.DELIVERED)
        wait_until(delivered.exists, seconds=20, what="the delivery")
    page.get_by_role("link", name="Refresh").press("Enter")
    log = page.get_by_role("region", name="Deliveries")
    expect(log.locator("tbody tr")).to_contain_text("204")
    fits_every_screen(page, tables_on=(1280, 360))
    log.get_by_role("link").first.press("Enter")
    expect(page.get_by_role("heading", name="Attempts")).to_be_visible()
    fits_every_screen(page, tables_on=(1280, 360))
    page.goto("/programs/PAY/access/")
    fits_every_screen(page, tables_on=(1280, 360))
