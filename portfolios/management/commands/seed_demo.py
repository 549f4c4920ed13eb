"""`manage seed_demo`: fill an empty database with the demo, and say who can log in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from portfolios.demo import logins, seed
from ppm.core.management.arguments import day


class Command(BaseCommand):
    """Make the demo where there are no components yet."""

    help = "Fill a database without components with the demo, and print its logins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Choose the date and the form of the answer."""
        parser.add_argument("--as-of", type=day, metavar="DATE", help="keep it at this date")
        parser.add_argument("--json", action="store_true", help="print the logins as JSON")

    def handle(self, *, as_of: date | None, **options: Any) -> None:
        """Seed if the database is empty, then print the logins of the users that exist."""
        seed(now=timezone.now(), as_of=as_of)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(login) for login in logins()]))
            return
        for login in logins():
            self.stdout.write(f"{login.username:<20} {login.password:<12} {login.role}")
