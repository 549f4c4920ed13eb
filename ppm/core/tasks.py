"""What workers do for the kernel: show that they are there, seal, send links, tidy up."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from ppm.core.auditing.sealing import seal
from ppm.core.models import AnsweredCall, Attempts, Heartbeat
from ppm.core.signin.links import send_link


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
    """Delete sessions that ran out, attempts that no limit counts, and answers of yesterday."""
    call_command("clearsessions")
    yesterday = timezone.now() - timedelta(days=1)
    Attempts.objects.forget(before=yesterday)
    AnsweredCall.objects.forget(before=yesterday)


@shared_task
def seal_audit() -> None:
    """Seal what has been committed to the audit trail."""
    seal()
