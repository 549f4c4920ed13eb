"""Erase a person: name, address, password, roles, tokens and sessions go; what was done stays."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ppm.core.models import User
from ppm.core.privacy import erase


class Command(BaseCommand):
    """Erase one person for good. The audit trail stays valid: it knows people by their id only."""

    help = "Erases a person: whatever he recorded stays, and does not say any more who it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("user", metavar="USER", help="user name")

    def handle(self, *, user: str, **options: Any) -> None:
        """Erase, and say where the person is still named."""
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no user “{user}”.")
        mentions = erase(person)
        self.stdout.write(f"Erased: {user} is now “{person}”.")
        for mention in mentions:
            self.stdout.write(f"Still named in {mention}")
