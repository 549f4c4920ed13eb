"""Issue a bearer token for the API."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ppm.core.models import ApiToken, TokenScope, User


class Command(BaseCommand):
    """Print a new token of a user. It is stored as a digest and cannot be read again."""

    help = "Issues a bearer token for the API and prints it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")
        parser.add_argument("--scopes", default="read", help="of read, write and admin, by comma")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument("--days", type=int, default=90, help="for how many; 0: for good")

    def handle(self, *, username: str, scopes: str, name: str, days: int, **options: Any) -> None:
        """Issue the token."""
        wanted = [scope.strip() for scope in scopes.split(",")]
        if not set(wanted) <= set(TokenScope.values):
            raise CommandError(f"Choose the scopes from: {', '.join(TokenScope.values)}.")
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user “{username}”.")
        end = timezone.now() + timedelta(days=days) if days else None
        self.stdout.write(ApiToken.issue(user, scopes=wanted, name=name, expires_at=end))
