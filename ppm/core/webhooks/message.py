"""What a receiver gets: a thin body, and the headers by which it knows who sent it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ppm.core.models import WebhookDelivery

AGENT = "PPM-Webhooks/1.0"


def message_id(number: UUID) -> str:
    """Write the id of a message, which stays the same however often it is sent."""
    return f"msg_{number.hex}"


def body_of(delivery: WebhookDelivery) -> bytes:
    """Write what happened; the same bytes each time."""
    said = {
        "type": delivery.kind,
        "timestamp": delivery.at.isoformat().replace("+00:00", "Z"),
        "data": delivery.data,
    }
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()


def headers_for(
    number: UUID, body: bytes, *, secrets: Sequence[str], now: datetime
) -> dict[str, str]:
    """Sign a body, once with each secret that is valid."""
    seconds, name = str(int(now.timestamp())), message_id(number)
    signed = b".".join((name.encode(), seconds.encode(), body))
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(signature(signed, secret=secret) for secret in secrets),
    }


def signature(signed: bytes, *, secret: str) -> str:
    """Sign with one secret: HMAC-SHA256, in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
