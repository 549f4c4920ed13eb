"""A small receiver, to try webhooks with: it prints what arrives, and whether it is genuine."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ppm.core.webhooks.message import signature

Say = Callable[[str], object]

LONGEST = 20_000
TOLERANCE = 300
"""Seconds that the clocks of sender and receiver may be apart."""


def verdict(headers: Message, body: bytes, *, secret: str, now: float) -> str:
    """Tell whether a message is genuine and new: what a receiver looks at."""
    name, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not seconds.isdecimal() or abs(now - int(seconds)) > TOLERANCE:
        return "too old, or from the future"
    own = signature(b".".join((name.encode(), seconds.encode(), body)), secret=secret)
    given = headers.get("webhook-signature", "").split()
    is_genuine = any(hmac.compare_digest(own.encode(), one.encode()) for one in given)
    return "the signature holds" if is_genuine else "the signature does not hold"


def receiver(
    port: int, *, secret: str, status: int, say: Say, clock: Callable[[], float]
) -> ThreadingHTTPServer:
    """Listen on this machine only; every message gets the same status."""

    class Handler(BaseHTTPRequestHandler):
        """Prints a message."""

        def do_POST(self) -> None:
            """Print what arrived."""
            length = min(int(self.headers.get("Content-Length", 0)), LONGEST)
            body = self.rfile.read(length)
            found = verdict(self.headers, body, secret=secret, now=clock()) if secret else ""
            say(f"{self.headers.get('webhook-id')}  {found or 'not verified: no --secret'}")
            say(f"  {body.decode(errors='replace')}")
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Print nothing else."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
