"""Delivering: in order, at least once, for 75 hours, only what the owner sees, always genuine."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook as Verifier

from ppm.core.models import Component, DeliveryState, Role, State, Webhook, WebhookDelivery
from ppm.core.webhooks.delivering import (
    CLAIMED,
    DELAYS,
    GONE,
    JITTER,
    NOT_SEEN,
    OWNER_BLIND,
    OWNER_OFF,
    UNREADABLE,
    claim,
    note,
)
from ppm.core.webhooks.rules import rules_of_settings
from ppm.core.webhooks.sending import Answer
from tests.factories import give_role, make_portfolio, make_project, make_user, make_webhook
from tests.webhooks.conftest import HASTY, HERE, Receiver, deliver_at, status

pytestmark = pytest.mark.django_db

STATES = [State.ON_HOLD, State.EXECUTING, State.CLOSING, State.CLOSED]


def now() -> datetime:
    """Return a moment that is later than all that was written, and of this time for verifiers."""
    return timezone.now() + timedelta(seconds=1)


def change(component: Component, *states: State) -> None:
    """Let something happen to a component, once for each state."""
    for state in states:
        Component.objects.filter(pk=component.pk).update(state=state)


def afters(receiver: Receiver, component: Component | None = None) -> list[str]:
    """Return the states that a receiver was told of, of one component or of all."""
    data = [json.loads(body)["data"] for _, body in receiver.got]
    return [d["after"] for d in data if component is None or d["component"]["id"] == component.pk]


def states_of(webhook: Webhook) -> list[str]:
    """Return how far the deliveries of a webhook have come, in order."""
    return list(webhook.deliveries.order_by("pk").values_list("state", flat=True))


def make_hook(component: Component, receiver: Receiver, **fields: Any) -> tuple[Webhook, Verifier]:
    """Make a webhook to a receiver, and what verifies its messages."""
    webhook = make_webhook(component, url=receiver.url, **fields)
    return webhook, Verifier(webhook.signing_secrets(now=now())[0])


def test_the_reference_library_verifies_what_is_sent(receiver: Receiver) -> None:
    project = make_project()
    webhook, verifier = make_hook(project, receiver)
    change(project, State.ON_HOLD)
    assert deliver_at(now()) == 1
    [(headers, body)] = receiver.got
    said = verifier.verify(body, headers)
    delivery = webhook.deliveries.get()
    assert said == {
        "type": "project.state_changed",
        "timestamp": delivery.at.isoformat().replace("+00:00", "Z"),
        "data": delivery.data,
    }
    assert headers["webhook-id"] == f"msg_{delivery.message_id.hex}"
    assert delivery.state == DeliveryState.DELIVERED
    [attempt] = delivery.attempts
    assert (attempt["status"], attempt["trouble"]) == (204, "")


def test_a_secret_is_long_and_stored_encrypted() -> None:
    webhook = make_webhook(make_project())
    [secret] = webhook.signing_secrets(now=now())
    assert secret.startswith("whsec_")
    assert len(Verifier(secret)._whsecret) >= 24
    assert secret.removeprefix("whsec_") not in webhook.secret


def test_a_secret_is_read_though_the_secret_key_has_changed(settings: Any) -> None:
    webhook = make_webhook(make_project())
    before = webhook.signing_secrets(now=now())
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 9
    assert webhook.signing_secrets(now=now()) == before


def test_no_verification_fails_while_a_secret_is_rotated(receiver: Receiver) -> None:
    project = make_project()
    webhook, old = make_hook(project, receiver)
    begin = now()
    change(project, STATES[0])
    deliver_at(begin)
    new = Verifier(webhook.rotate_secret(now=begin))
    change(project, STATES[1])
    deliver_at(begin + timedelta(seconds=1))
    change(project, STATES[2])
    deliver_at(begin + timedelta(hours=23, minutes=59))
    change(project, STATES[3])
    deliver_at(begin + timedelta(hours=24))
    signed_by = [(holds(old, message), holds(new, message)) for message in receiver.got]
    assert signed_by == [(True, False), (True, True), (True, True), (False, True)]


def holds(verifier: Verifier, message: tuple[dict[str, str], bytes]) -> bool:
    """Verify a message at the time that it was sent, by the reference library's own signature."""
    headers, body = message
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    own = verifier.sign(headers["webhook-id"], sent, body.decode())
    return own in headers["webhook-signature"].split(" ")


def test_what_fails_holds_back_what_follows_on_the_same_component_only(
    receiver: Receiver, other_receiver: Receiver
) -> None:
    portfolio = make_portfolio()
    one, two = make_project(portfolio), make_project(portfolio)
    make_hook(portfolio, receiver)
    make_hook(portfolio, other_receiver)
    change(one, *STATES[:3])
    change(two, *STATES[:3])
    receiver.plan = [status(500)]
    begin = now()
    deliver_at(begin)
    failed, fine = (two, one) if len(afters(receiver, one)) == 3 else (one, two)
    assert afters(receiver, fine) == STATES[:3]
    assert afters(receiver, failed) == STATES[:1]
    for project in (one, two):
        assert afters(other_receiver, project) == STATES[:3]
    deliver_at(begin + timedelta(seconds=6))
    assert afters(receiver, failed) == [STATES[0], *STATES[:3]]
    assert receiver.ids[0] != receiver.ids[1]


def test_the_same_message_is_repeated_under_the_same_id(receiver: Receiver) -> None:
    project = make_project()
    webhook, verifier = make_hook(project, receiver)
    change(project, State.CLOSING)
    receiver.plan = [status(500), status(500)]
    begin = now()
    for wait in (0, 6, 400):
        deliver_at(begin + timedelta(seconds=wait))
    assert len(receiver.got) == 3
    assert len(set(receiver.ids)) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) == 3
    assert all(holds(verifier, message) for message in receiver.got)
    statuses = [attempt["status"] for attempt in webhook.deliveries.get().attempts]
    assert statuses == [500, 500, 204]


def test_ten_attempts_are_made_within_75_hours_and_then_the_webhook_is_off(
    receiver: Receiver,
) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, State.ON_HOLD, State.CLOSING)
    receiver.plan = [status(500, b"down") for _ in range(20)]
    begin = at = now()
    waits = []
    while webhook.deliveries.waiting().exists():
        assert deliver_at(at) == 1
        first = webhook.deliveries.order_by("pk").first()
        assert first is not None
        if first.state == DeliveryState.WAITING:
            assert deliver_at(first.next_at - timedelta(seconds=1)) == 0
            waits.append(first.next_at - at)
            at = first.next_at
    assert [wait >= delay for wait, delay in zip(waits, DELAYS, strict=True)] == [True] * 9
    assert all(wait <= delay * (1 + JITTER) for wait, delay in zip(waits, DELAYS, strict=True))
    assert timedelta(hours=75) < at - begin < timedelta(hours=84)
    assert len(receiver.got) == 10
    assert len(set(receiver.ids)) == 1
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert webhook.note == "Ten attempts within 75 hours failed. The last one: status 500."
    assert states_of(webhook) == ["failed", "failed"]
    change(project, State.EXECUTING)
    assert webhook.deliveries.count() == 2


def test_410_switches_a_webhook_off_at_once(receiver: Receiver) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, State.ON_HOLD, State.CLOSING)
    receiver.plan = [status(410)]
    deliver_at(now())
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.note) == (False, GONE)
    assert states_of(webhook) == ["failed", "failed"]
    assert deliver_at(now() + timedelta(days=3)) == 0


def test_who_comes_too_late_with_an_answer_changes_nothing(receiver: Receiver) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, State.ON_HOLD)
    begin = now()
    [mine] = claim(now=begin)
    assert claim(now=begin) == []
    deliver_at(begin + CLAIMED)
    note(mine, Answer(410, "", 5), now=begin + CLAIMED)
    webhook.refresh_from_db()
    assert webhook.is_active
    assert states_of(webhook) == ["delivered"]


def test_a_receiver_that_is_slow_fails_in_words(silent_port: int) -> None:
    project = make_project()
    webhook = make_webhook(project, url=f"http://127.0.0.1:{silent_port}/")
    change(project, State.CLOSING)
    deliver_at(now(), HASTY)
    delivery = webhook.deliveries.get()
    assert (delivery.state, delivery.tries) == ("waiting", 1)
    assert delivery.attempts[0]["status"] is None
    assert delivery.attempts[0]["trouble"] == "No answer within 0.6 seconds."


def test_nothing_is_sent_for_an_owner_who_is_switched_off(receiver: Receiver) -> None:
    project, owner = make_project(), make_user()
    give_role(owner, project, Role.PORTFOLIO_MANAGER)
    webhook, _ = make_hook(project, receiver, owner=owner)
    change(project, State.CLOSING)
    owner.is_active = False
    owner.save()
    deliver_at(now())
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.note) == (False, OWNER_OFF)
    assert receiver.got == []
    assert states_of(webhook) == ["failed"]


def test_nothing_is_sent_for_an_owner_who_lost_sight(receiver: Receiver) -> None:
    project, owner = make_project(), make_user()
    role = give_role(owner, project, Role.PORTFOLIO_MANAGER)
    webhook, _ = make_hook(project, receiver, owner=owner)
    change(project, State.CLOSING)
    role.delete()
    deliver_at(now())
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.note) == (False, OWNER_BLIND)
    assert receiver.got == []


def test_a_secret_that_cannot_be_read_any_more_switches_off_and_a_new_one_helps(
    receiver: Receiver,
) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    Webhook.objects.update(secret="another key has encrypted this")
    change(project, State.ON_HOLD)
    deliver_at(now())
    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.note) == (False, UNREADABLE)
    new = Verifier(webhook.rotate_secret(now=now()))
    webhook.switch_on()
    change(project, State.CLOSING)
    deliver_at(now())
    assert afters(receiver) == [State.CLOSING]
    assert holds(new, receiver.got[0])


def test_what_was_moved_out_of_the_owners_sight_is_withheld(receiver: Receiver) -> None:
    portfolio, owner = make_portfolio(), make_user()
    give_role(owner, portfolio, Role.PORTFOLIO_MANAGER)
    leaving, staying = make_project(portfolio), make_project(portfolio)
    webhook, _ = make_hook(portfolio, receiver, owner=owner)
    change(leaving, State.CLOSING)
    change(staying, State.ON_HOLD)
    leaving.move_to(make_portfolio())
    deliver_at(now())
    assert afters(receiver) == [State.ON_HOLD]
    assert states_of(webhook) == ["withheld", "delivered"]
    assert webhook.deliveries.order_by("pk")[0].note == NOT_SEEN


def test_a_receiver_that_does_not_answer_does_not_hold_up_others(
    receiver: Receiver, silent_port: int
) -> None:
    portfolio = make_portfolio()
    projects = [make_project(portfolio) for _ in range(10)]
    make_webhook(portfolio, url=f"http://127.0.0.1:{silent_port}/")
    make_hook(portfolio, receiver)
    for project in projects:
        change(project, State.CLOSING)
    deliver_at(now(), HASTY)
    assert len(receiver.got) == 10


def test_all_that_failed_is_sent_again_in_order(receiver: Receiver) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, *STATES[:3])
    receiver.plan = [status(410)]
    begin = now()
    deliver_at(begin)
    webhook.refresh_from_db()
    webhook.switch_on()
    assert webhook.replay_failed(since=begin - timedelta(hours=1), now=begin) == 3
    deliver_at(begin)
    assert afters(receiver) == [STATES[0], *STATES[:3]]
    assert states_of(webhook) == ["delivered"] * 3
    assert webhook.note == ""


def test_one_delivery_is_sent_again_under_its_id(receiver: Receiver) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, State.CLOSING)
    deliver_at(now())
    delivery = webhook.deliveries.get()
    assert delivery.replay(now=now())
    assert not delivery.replay(now=now())
    deliver_at(now() + timedelta(seconds=1))
    assert len(set(receiver.ids)) == 1
    assert len(webhook.deliveries.get().attempts) == 2


def test_a_test_is_tried_once_and_waits_for_nothing(receiver: Receiver) -> None:
    project = make_project()
    webhook, verifier = make_hook(project, receiver)
    change(project, State.CLOSING)
    receiver.plan = [status(500)]
    begin = now()
    deliver_at(begin)
    test = webhook.test()
    receiver.plan = [status(500)]
    deliver_at(begin + timedelta(seconds=1))
    assert receiver.got[1][1].startswith(b'{"data":{"message":"This is a test.')
    assert holds(verifier, receiver.got[1])
    test.refresh_from_db()
    webhook.refresh_from_db()
    assert (test.state, webhook.is_active) == ("failed", True)


def test_what_is_over_for_a_month_is_forgotten(receiver: Receiver) -> None:
    project = make_project()
    webhook, _ = make_hook(project, receiver)
    change(project, State.ON_HOLD)
    deliver_at(now())
    change(project, State.CLOSING)
    soon, late = now(), now() + timedelta(days=31)
    assert not WebhookDelivery.objects.forgettable(before=soon - timedelta(days=30)).exists()
    WebhookDelivery.objects.forgettable(before=late - timedelta(days=30)).delete()
    assert states_of(webhook) == ["waiting"]


def test_rules_follow_the_settings(settings: Any) -> None:
    settings.WEBHOOK_HTTP, settings.WEBHOOK_NETWORKS = True, ["127.0.0.1/32"]
    rules = rules_of_settings()
    assert (rules.allows_http, rules.allowed) == (True, HERE.allowed)
