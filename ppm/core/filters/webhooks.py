"""The filters of webhooks and of what they were sent."""

from __future__ import annotations

from ppm.core.filters.kinds import SearchFilter
from ppm.core.filters.rows import RowFilter
from ppm.core.models import Webhook, WebhookDelivery


class WebhookFilter(RowFilter):
    """Filters of webhooks."""

    search = SearchFilter("description")

    class Meta:
        model = Webhook


class WebhookDeliveryFilter(RowFilter):
    """Filters of deliveries."""

    class Meta:
        model = WebhookDelivery
        exclude = ("lane",)
