"""Delivering: what waits is claimed, judged, sent several at once, and noted.

The rows say what is to be sent; a message to a worker is only a nudge, as for the roll-up. A claim
is a time until which nobody else takes the row. A worker that dies between sending and noting
leaves the row to the next one, which sends it again under the same id: at least once, and in
order in each lane, for what follows waits until what is before it is over.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from django.db import connection, transaction

from ppm.core.models import Component, DeliveryState, EventKind, Webhook, WebhookDelivery
from ppm.core.models.webhook import SWITCHED_OFF
from ppm.core.nudge import come_back, nudge
from ppm.core.sql import statement
from ppm.core.webhooks.message import body_of, headers_for
from ppm.core.webhooks.rules import rules_of_settings
from ppm.core.webhooks.sending import Answer, Rules, post

logger = logging.getLogger(__name__)

TASK, QUEUE = "ppm.core.tasks.deliver_webhooks", "jobs"
CLAIM = Path(__file__).with_name("claim.sql")

AT_ONCE = 16
"""So many messages are sent at a time, each in a thread of its own."""
TO_ONE = 4
"""So many of them to one webhook: a slow receiver does not hold up the others."""
CLAIMED = timedelta(minutes=2)
"""How long a worker has for what it claimed; more than an attempt can take."""
PATIENCE = 10
"""Seconds after which a worker goes on to other jobs before it comes back."""
SOON = timedelta(seconds=30)
"""What is due within this time is not left to beat."""

DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between the attempts, as Standard Webhooks has it: ten attempts in 75 hours."""
JITTER = 0.1
"""Up to such a part longer, so that what failed together is not repeated together."""

GONE = "The receiver answered 410: it wants no more."
GIVEN_UP = "Ten attempts within 75 hours failed. The last one: {}"
OWNER_OFF = "Its owner is switched off."
OWNER_BLIND = "Its owner does not see this component any more."
UNREADABLE = "Its secret cannot be read any more: make a new one."
NOT_SEEN = "The owner of the webhook does not see the component any more."

Clock = Callable[[], datetime]


def wake_worker(*, now: datetime) -> None:
    """Tell a worker that something is to be sent, if so."""
    if WebhookDelivery.objects.due(now=now).exists():
        nudge(TASK, queue=QUEUE)


def deliver(*, clock: Clock, rules: Rules | None = None) -> int:
    """Send what is due, for some seconds; return how many attempts were made."""
    ways, since, attempts = rules or rules_of_settings(), monotonic(), 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while claimed := claim(now=clock()):
            attempts += _attempt(claimed, clock, ways, threads)
            if monotonic() - since > PATIENCE:
                break
    _return_when_due(now=clock())
    return attempts


def claim(*, now: datetime) -> list[WebhookDelivery]:
    """Take what is due and first in its lane, fairly among webhooks; nobody else takes it now."""
    parameters: dict[str, datetime | int] = {
        "now": now,
        "until": now + CLAIMED,
        "each": TO_ONE,
        "most": AT_ONCE,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement(CLAIM), parameters)
        claimed = [pk for (pk,) in cursor.fetchall()]
    found = WebhookDelivery.objects.filter(pk__in=claimed).order_by("pk")
    return list(found.select_related("webhook__owner", "webhook__component"))


def _attempt(
    claimed: Iterable[WebhookDelivery], clock: Clock, rules: Rules, threads: ThreadPoolExecutor
) -> int:
    """Send what may be sent, and note what came of each as soon as it is known."""
    sent: dict[Future[Answer], WebhookDelivery] = {}
    for delivery in claimed:
        if _may_be_sent(delivery, now=clock()):
            body, webhook, now = body_of(delivery), delivery.webhook, clock()
            keys = webhook.signing_secrets(now=now)
            headers = headers_for(delivery.message_id, body, secrets=keys, now=now)
            sent[threads.submit(post, webhook.url, body, headers, rules=rules)] = delivery
    for future in as_completed(sent):
        note(sent[future], future.result(), now=clock())
    return len(sent)


def _may_be_sent(delivery: WebhookDelivery, *, now: datetime) -> bool:
    """Tell whether the webhook works, and its owner sees today what is told; else note it."""
    webhook = delivery.webhook
    if not webhook.is_active:
        _end(delivery, DeliveryState.FAILED, SWITCHED_OFF, now=now)
    elif obstacle := _obstacle_of(webhook, now=now):
        webhook.switch_off(obstacle, now=now)
    elif delivery.component_id and not _sees(webhook, delivery.component_id):
        _end(delivery, DeliveryState.WITHHELD, NOT_SEEN, now=now)
    else:
        return True
    return False


def _obstacle_of(webhook: Webhook, *, now: datetime) -> str:
    """Say why a webhook can tell nothing any more; empty where it can."""
    if not webhook.owner.is_active:
        return OWNER_OFF
    if not _sees(webhook, webhook.component_id):
        return OWNER_BLIND
    return "" if webhook.signing_secrets(now=now) else UNREADABLE


def _sees(webhook: Webhook, component_id: int) -> bool:
    seen = Component.objects.visible_to(webhook.owner)
    return bool(seen.filter(pk=component_id).exists())


@transaction.atomic
def note(delivery: WebhookDelivery, answer: Answer, *, now: datetime) -> None:
    """Write down an attempt, and what follows from it: nothing more, another one, or the end."""
    logger.info("webhook %s: %s in %d ms", delivery.pk, answer.status, answer.milliseconds)
    delivery.attempts = [*delivery.attempts, _told(answer, now)]
    delivery.tries += 1
    if answer.is_accepted:
        _end(delivery, DeliveryState.DELIVERED, "", now=now)
    elif answer.status == 410:
        if _end(delivery, DeliveryState.FAILED, GONE, now=now):
            delivery.webhook.switch_off(GONE, now=now)
    elif delivery.kind == EventKind.TEST:
        _end(delivery, DeliveryState.FAILED, "", now=now)
    elif delivery.tries <= len(DELAYS):
        _keep(delivery, next_at=now + delay_after(delivery.tries))
    else:
        said = GIVEN_UP.format(answer.trouble or f"status {answer.status}.")
        if _end(delivery, DeliveryState.FAILED, said, now=now):
            delivery.webhook.switch_off(said, now=now)


def delay_after(tries: int) -> timedelta:
    """Tell how long to wait after so many attempts that failed."""
    return DELAYS[tries - 1] * (1 + random.uniform(0, JITTER))  # noqa: S311 (no secret)


def _told(answer: Answer, now: datetime) -> dict[str, object]:
    return {
        "at": now.isoformat(),
        "status": answer.status,
        "milliseconds": answer.milliseconds,
        "answer": answer.text,
        "trouble": answer.trouble,
    }


def _end(delivery: WebhookDelivery, state: DeliveryState, said: str, *, now: datetime) -> bool:
    return _keep(delivery, state=state, note=said, done_at=now)


def _keep(delivery: WebhookDelivery, **values: object) -> bool:
    """Write what was found, unless the claim has run out and the row is another's by now."""
    mine = WebhookDelivery.objects.waiting().filter(pk=delivery.pk, next_at=delivery.next_at)
    values |= {"attempts": delivery.attempts, "tries": delivery.tries}
    return bool(mine.update(**values))


def _return_when_due(*, now: datetime) -> None:
    """Come back by oneself for what is due soon; beat comes for the rest."""
    soon = WebhookDelivery.objects.due(now=now + SOON).first_in_their_lanes()
    if (first := soon.order_by("next_at").first()) is not None:
        wait = max(first.next_at - now, timedelta(seconds=1))
        come_back(TASK, queue=QUEUE, seconds=wait.total_seconds())
