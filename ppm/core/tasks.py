"""What workers do for the kernel: show that they live, seal, send links and webhooks, tidy up."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from ppm.core.auditing.sealing import seal
from ppm.core.models import AnsweredCall, Attempts, Heartbeat, WebhookDelivery
from ppm.core.signin.links import send_link
from ppm.core.webhooks.delivering import deliver


@shared_task
def come_back_alive(*, queue: str) -> None:
    """Note that beat sent a canary through a queue and that a worker took it."""
    Heartbeat.objects.beat(queue)


@shared_task(autoretry_for=(OSError,), default_retry_delay=60, max_retries=5)
def send_password_link(*, email: str, site: str, is_first: bool) -> None:
    """Send somebody a link to choose a password; a mail server that is away is tried again."""
    send_link(email, site=site, is_first=is_first)


@shared_task
def forget_what_is_over() -> None:
    """Delete sessions that ran out, attempts that no limit counts, answers and old deliveries."""
    call_command("clearsessions")
    now = timezone.now()
    Attempts.objects.forget(before=now - timedelta(days=1))
    AnsweredCall.objects.forget(before=now - timedelta(days=1))
    WebhookDelivery.objects.forgettable(before=now - timedelta(days=30)).delete()


@shared_task
def seal_audit() -> None:
    """Seal what has been committed to the audit trail."""
    seal()


@shared_task(soft_time_limit=100, time_limit=110)
def deliver_webhooks() -> None:
    """Send what waits to be told to webhooks."""
    deliver(clock=timezone.now)
