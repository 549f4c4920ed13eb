"""Webhooks and what they were sent, to be read; they are changed on their pages."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ppm.core.admin.rollup import ReadOnlyAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.models import Webhook, WebhookDelivery

GROUP = "People and access"


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    """Who is told of what; the secrets are shown nowhere."""

    group = GROUP
    list_display = ("__str__", "component", "owner", "is_active", "note", "created_at")
    list_filter = ("is_active", BelowFilter)
    list_select_related = ("component", "owner")
    search_fields = ("component__code", "component__name", "description")
    ordering = ("-pk",)
    fields = (
        *("component", "owner", "description", "url", "events", "is_active", "note"),
        *("former_secret_until", "created_at"),
    )


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """What was sent, or is to be."""

    group = GROUP
    list_display = ("at", "webhook", "kind", "component", "state", "tries", "done_at")
    list_display_links = ("at",)
    list_filter = ("state", "kind", BelowFilter)
    list_select_related = ("webhook", "component")
    foreign = ("component",)
    search_fields = ("=message_id",)
    search_help_text = "The id of a message"
    date_hierarchy = "at"
    ordering = ("-pk",)
    fields = (
        *("webhook", "kind", "component", "at", "state", "tries", "next_at", "done_at"),
        *("note", "message_id", "said", "attempted"),
    )
    readonly_fields: ClassVar[Any] = ("said", "attempted")

    @admin.display(description="data")
    def said(self, row: WebhookDelivery) -> SafeString:
        """Show what is told."""
        return format_html("<pre>{}</pre>", json.dumps(row.data, indent=2))

    @admin.display(description="attempts")
    def attempted(self, row: WebhookDelivery) -> SafeString:
        """Show what came of each attempt."""
        return format_html("<pre>{}</pre>", json.dumps(row.attempts, indent=2))
