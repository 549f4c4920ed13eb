"""The pages of webhooks: adding one, its secret, its log, trying it, and sending again."""

from typing import Any

import pytest
from django.test import Client

from ppm.core.models import (
    Component,
    DeliveryState,
    EventKind,
    Role,
    State,
    User,
    Webhook,
    WebhookDelivery,
)
from ppm.core.webhooks.destination import INSIDE, ONLY_HTTPS
from ppm.core.webhooks.pages import OFF
from tests.factories import give_role, make_portfolio, make_project, make_user, make_webhook
from tests.pages.conftest import signed_in
from tests.webhooks.conftest import Receiver, deliver_at, status
from tests.webhooks.test_delivering import now

pytestmark = pytest.mark.django_db

SENT = {
    "description": "Chat of the team",
    "url": "https://hooks.example.org/ppm?key=hidden",
    "events": ["health.changed", "import.finished"],
}


def manager(component: Component, role: Role = Role.PORTFOLIO_MANAGER) -> tuple[User, Client]:
    """Return somebody with a role, and the browser of that person."""
    user = make_user()
    give_role(user, component, role)
    return user, signed_in(user)


def test_a_webhook_is_added_and_its_secret_is_shown_once() -> None:
    project = make_project()
    user, client = manager(project)
    where = f"/components/{project.code}/webhooks/new/"
    assert client.get(where).status_code == 200
    answer: Any = client.post(where, SENT)
    webhook = Webhook.objects.get()
    [secret] = webhook.signing_secrets(now=now())
    assert secret in answer.content.decode()
    assert (webhook.owner, webhook.component_id, webhook.is_active) == (user, project.pk, True)
    assert webhook.events == SENT["events"]
    for page in (f"/webhooks/{webhook.pk}/", f"/webhooks/{webhook.pk}/edit/"):
        shown = client.get(page).content.decode()
        assert "key=hidden" in shown
        assert secret not in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "http://hooks.example.org/"}, ONLY_HTTPS),
        ({"url": "https://0x7f.1/"}, INSIDE),
        ({"url": "https://[::ffff:10.0.0.1]/"}, INSIDE),
        ({"url": ""}, "This field is required."),
        ({"events": []}, "This field is required."),
        ({"events": ["webhook.test"]}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_beside_it(wrong: dict[str, Any], sentence: str) -> None:
    project = make_project()
    _, client = manager(project)
    answer = client.post(f"/components/{project.code}/webhooks/new/", SENT | wrong)
    assert sentence in answer.content.decode()
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PROGRAM_MANAGER, Role.FINANCE])
def test_who_may_not_change_policies_sees_no_webhook(role: Role) -> None:
    project = make_project()
    webhook = make_webhook(project)
    delivery = webhook.test()
    _, client = manager(project, role)
    assert client.get(f"/components/{project.code}/webhooks/new/").status_code == 403
    for page in (f"/webhooks/{webhook.pk}/", f"/webhook-deliveries/{delivery.pk}/"):
        assert client.get(page).status_code == 404
    shown = client.get(f"/projects/{project.code}/access/").content.decode()
    assert "Webhooks" not in shown


def test_the_access_tab_names_the_webhooks_of_all_that_stands_above() -> None:
    portfolio = make_portfolio()
    project = make_project(portfolio)
    webhook = make_webhook(portfolio, description="Chat of the office", is_active=False)
    _, client = manager(portfolio)
    shown = client.get(f"/projects/{project.code}/access/").content.decode()
    assert "Chat of the office" in shown
    assert f"/webhooks/{webhook.pk}/" in shown


def test_whoever_changes_a_webhook_is_its_owner() -> None:
    project = make_project()
    webhook = make_webhook(project, description="Chat")
    user, client = manager(project)
    data = {"description": "Chat", "url": webhook.url, "events": ["rollup.incident"]}
    answer = client.post(f"/webhooks/{webhook.pk}/edit/", data | {"is_active": "on"})
    assert answer.status_code == 302
    webhook.refresh_from_db()
    assert (webhook.owner, webhook.events) == (user, ["rollup.incident"])


def test_what_two_people_change_at_once_is_shown_and_nothing_is_saved() -> None:
    project = make_project()
    webhook = make_webhook(project, None, EventKind.HEALTH_CHANGED)
    _, client = manager(project)
    shown = {"initial-events": ["health.changed"], "initial-is_active": "True"}
    data = {"url": webhook.url, "events": ["import.finished"], **shown}
    Webhook.objects.update(events=["rollup.incident", "health.changed"], is_active=True)
    late = client.post(f"/webhooks/{webhook.pk}/edit/", data)
    assert "somebody has made it “Figures found wrong, Health changed”" in late.content.decode()
    webhook.refresh_from_db()
    assert (webhook.is_active, len(webhook.events)) == (True, 2)
    seen = {**data, "initial-events": webhook.events, "is_active": "on"}
    assert client.post(f"/webhooks/{webhook.pk}/edit/", seen).status_code == 302
    webhook.refresh_from_db()
    assert webhook.events == ["import.finished"]


def test_switching_off_and_on_by_hand() -> None:
    project = make_project()
    webhook = make_webhook(project)
    Component.objects.filter(pk=project.pk).update(state=State.CLOSING)
    _, client = manager(project)
    data = {"url": webhook.url, "events": webhook.events}
    client.post(f"/webhooks/{webhook.pk}/edit/", {**data, "initial-is_active": "True"})
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert webhook.deliveries.get().state == DeliveryState.FAILED
    for action in ("test", "replay"):
        page = client.post(f"/webhooks/{webhook.pk}/{action}/", follow=True)
        assert OFF in page.content.decode()
    assert webhook.deliveries.count() == 1
    client.post(f"/webhooks/{webhook.pk}/edit/", {**data, "is_active": "on"})
    page = client.post(f"/webhooks/{webhook.pk}/replay/", follow=True)
    assert "To be sent again: 1." in page.content.decode()
    assert webhook.deliveries.get().state == DeliveryState.WAITING


def test_a_new_secret_is_shown_once_and_the_former_one_signs_for_a_day() -> None:
    project = make_project()
    webhook = make_webhook(project)
    [former] = webhook.signing_secrets(now=now())
    _, client = manager(project)
    where = f"/webhooks/{webhook.pk}/secret/"
    assert "whsec_" not in client.get(where).content.decode()
    answer = client.post(where).content.decode()
    webhook.refresh_from_db()
    newest, other = webhook.signing_secrets(now=now())
    assert newest in answer
    assert (other, former in answer) == (former, False)


def test_the_log_shows_what_was_answered_and_runs_none_of_it(receiver: Receiver) -> None:
    project = make_project()
    webhook = make_webhook(project, url=receiver.url)
    receiver.plan = [status(500, b"<script>alert(1)</script>")]
    _, client = manager(project)
    client.post(f"/webhooks/{webhook.pk}/test/")
    deliver_at(now())
    delivery = webhook.deliveries.get()
    log = client.get(f"/webhooks/{webhook.pk}/").content.decode()
    assert "Failed" in log
    assert "500" in log
    page = client.get(f"/webhook-deliveries/{delivery.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    again = client.post(f"/webhook-deliveries/{delivery.pk}/replay/", follow=True)
    assert "It is sent again, under the same id." in again.content.decode()
    deliver_at(now())
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DELIVERED


def test_imports_of_others_are_in_no_log() -> None:
    project = make_project()
    webhook = make_webhook(project, make_user())
    WebhookDelivery.objects.create(
        webhook=webhook, kind=EventKind.IMPORT_FINISHED, lane=0, data={"import": {"id": 98765}}
    )
    user, client = manager(project)
    assert "98765" not in client.get(f"/webhooks/{webhook.pk}/").content.decode()
    assert not WebhookDelivery.objects.visible_to(user).exists()
    assert WebhookDelivery.objects.visible_to(make_user(superuser=True)).exists()


def test_a_deleted_webhook_is_gone_with_its_log() -> None:
    project = make_project()
    webhook = make_webhook(project)
    webhook.test()
    _, client = manager(project)
    page = client.post(f"/webhooks/{webhook.pk}/delete/", follow=True)
    assert page.redirect_chain[-1][0] == f"/projects/{project.code}/access/"
    assert not WebhookDelivery.objects.exists()
