"""Where this installation lets webhooks go."""

from __future__ import annotations

from django.conf import settings

from ppm.core.webhooks.destination import RefusedDestinationError, check, networks
from ppm.core.webhooks.sending import Rules


def rules_of_settings() -> Rules:
    """Read them."""
    return Rules(
        allows_http=settings.WEBHOOK_HTTP, allowed=tuple(networks(settings.WEBHOOK_NETWORKS))
    )


def objection_to(url: str) -> str:
    """Say why an address can never be sent to; empty where it can. No name is looked up."""
    rules = rules_of_settings()
    try:
        check(url, allows_http=rules.allows_http, allowed=rules.allowed)
    except RefusedDestinationError as error:
        return str(error)
    return ""
