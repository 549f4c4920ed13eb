"""Pages of webhooks: what one is told, what was sent, and trying it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ppm.core.editing import form_options, home_of, surroundings, trail_of
from ppm.core.models import Component, DeliveryState, Webhook, WebhookDelivery
from ppm.core.signin.recency import recently_signed_in
from ppm.core.webhooks.form import WebhookForm
from ppm.core.webhooks.message import body_of, message_id

PAGE_SIZE = 25
KEPT = timedelta(days=30)
"""How long a delivery can be sent again."""
OFF = "Nothing was sent: the webhook is switched off. Change it to switch it on."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_add(request: HttpRequest, form_class: type[WebhookForm], code: str) -> HttpResponse:
    """Add a webhook to a component; its secret is on this one answer only."""
    home = home_of(request, form_class, code=code)
    return _added(request, form_class, home)


@recently_signed_in
def _added(request: HttpRequest, form_class: type[WebhookForm], home: Component) -> HttpResponse:
    form = form_class(request.POST or None, belongs_to=home, **form_options(request))
    if request.method == "POST" and form.stored():
        return _secret_shown(request, form.instance, form.secret)
    return render(request, form.template, {"form": form, **surroundings(form, home)})


@login_required
@require_safe
def webhook_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a webhook, and what it was sent."""
    webhook = _webhook(request, pk)
    sent = WebhookDelivery.objects.visible_to(request.user).filter(webhook=webhook)
    log = Paginator(sent.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "webhook": webhook,
        "log": log,
        "has_failed": sent.filter(state=DeliveryState.FAILED).exists(),
        "trail": trail_of(webhook.component, request.user),
        "now": timezone.now(),
    }
    return render(request, "webhooks/webhook.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to replace the secret, then do it; the new one is on this one answer only."""
    return _rotated(request, _webhook(request, pk))


@recently_signed_in
def _rotated(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    if request.method == "POST":
        secret = webhook.rotate_secret(now=timezone.now())
        return _secret_shown(request, webhook, secret)
    context = {"webhook": webhook, "trail": trail_of(webhook.component, request.user)}
    return render(request, "webhooks/rotate.html", context)


@login_required
@require_POST
def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test."""
    webhook = _webhook(request, pk)
    if webhook.is_active:
        webhook.test()
        messages.success(request, "A test is on its way. The log shows what comes of it.")
    else:
        messages.error(request, OFF)
    return redirect(webhook)


@login_required
@require_POST
def webhook_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send again all that has failed."""
    webhook, now = _webhook(request, pk), timezone.now()
    if webhook.is_active:
        number = webhook.replay_failed(since=now - KEPT, now=now)
        messages.success(request, f"To be sent again: {number}.")
    else:
        messages.error(request, OFF)
    return redirect(webhook)


@login_required
@require_safe
def delivery_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what was sent, and what came of each attempt."""
    delivery = _delivery(request, pk)
    attempts = [{**a, "at": parse_datetime(a["at"])} for a in delivery.attempts]
    context = {
        "delivery": delivery,
        "webhook": delivery.webhook,
        "message_id": message_id(delivery.message_id),
        "payload": json.dumps(json.loads(body_of(delivery)), indent=2, ensure_ascii=False),
        "attempts": attempts,
        "trail": trail_of(delivery.webhook.component, request.user),
    }
    return render(request, "webhooks/delivery.html", context)


@login_required
@require_POST
def delivery_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it again."""
    delivery = _delivery(request, pk)
    if not delivery.webhook.is_active:
        messages.error(request, OFF)
    elif delivery.replay(now=timezone.now()):
        messages.success(request, "It is sent again, under the same id.")
    else:
        messages.info(request, "It is on its way already.")
    return redirect(delivery)


def _webhook(request: HttpRequest, pk: int) -> Webhook:
    seen = Webhook.objects.visible_to(request.user).select_related("component", "owner")
    return get_object_or_404(seen, pk=pk)


def _delivery(request: HttpRequest, pk: int) -> WebhookDelivery:
    seen = WebhookDelivery.objects.visible_to(request.user)
    return get_object_or_404(seen.select_related("webhook__component", "component"), pk=pk)


def _secret_shown(request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
    context: dict[str, Any] = {"webhook": webhook, "secret": secret}
    context["trail"] = trail_of(webhook.component, request.user)
    return render(request, "webhooks/secret.html", context)
