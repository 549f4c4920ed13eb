"""Receive webhooks on this machine, to try them."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ppm.core.webhooks.receiver import receiver


class Command(BaseCommand):
    """Print what arrives, and whether its signature holds, until Ctrl-C."""

    help = "Receives webhooks at http://127.0.0.1:PORT/ and prints them; ends with Ctrl-C."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--port", type=int, default=9000)
        parser.add_argument("--secret", default="", help="the webhook's secret, whsec_…")
        parser.add_argument("--status", type=int, default=204, help="what to answer")

    def handle(self, *, port: int, secret: str, status: int, **options: Any) -> None:
        """Listen."""
        server = receiver(
            port, secret=secret, status=status, say=self.stdout.write, clock=time.time
        )
        self.stdout.write(f"Listening at http://127.0.0.1:{server.server_port}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()
