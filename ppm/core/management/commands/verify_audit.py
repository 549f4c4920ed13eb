"""Look whether the audit trail is as it was sealed, and whether everything is still audited."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ppm.core.auditing.sealing import seal, verify


class Command(BaseCommand):
    """Compute the seals again. It ends with 1 where one does not fit."""

    help = "Verifies the audit trail: prints its events and breaks; exit code 1 on a break."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--seal", action="store_true", help="seal first what has been committed"
        )

    def handle(self, **options: Any) -> None:
        """Verify, and say what was found."""
        if options["seal"]:
            seal()
        verdict = verify()
        self.stdout.write(f"{verdict.events} events, {len(verdict.breaks)} breaks")
        self.stdout.write(f"{verdict.unsealed} not sealed yet; newest seal: {verdict.head or '-'}")
        if verdict.breaks:
            raise CommandError("\n".join(verdict.breaks))
