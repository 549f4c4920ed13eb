"""Give the application's database role what it needs: it can add to what is recorded, no more."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ppm.core.auditing.grants import TooMightyError, grant_application, only_added

PASSWORD = "PPM_APPLICATION_PASSWORD"  # noqa: S105 the name of a variable


class Command(BaseCommand):
    """Make the role, or set it right. Run it as the owner of the tables, after each migration."""

    help = (
        f"Makes a database role for the application, with the password of {PASSWORD}, that can "
        "neither change nor delete facts and audit events."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("role", metavar="ROLE", help="the role of the application")

    def handle(self, *, role: str, **options: Any) -> None:
        """Grant, and say what was kept back."""
        try:
            grant_application(role, password=os.environ.get(PASSWORD))
        except TooMightyError as error:
            raise CommandError(str(error)) from error
        number = len(only_added())
        self.stdout.write(f"{role} may add to {number} tables of what is recorded, and no more.")
