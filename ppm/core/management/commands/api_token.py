"""Issue a bearer token for the API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ppm.core.models import ApiToken, TokenScope, User


class Command(BaseCommand):
    """Print a new token of a user. It is stored as a digest and cannot be read again."""

    help = "Issues a bearer token for the API and prints it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("username")
        parser.add_argument("--scopes", default="read,write,admin", help="of these, by comma")
        parser.add_argument("--name", default="", help="what the token is for")

    def handle(self, *, username: str, scopes: str, name: str, **options: Any) -> None:
        """Issue the token."""
        wanted = [scope.strip() for scope in scopes.split(",")]
        if not set(wanted) <= set(TokenScope.values):
            raise CommandError(f"Choose the scopes from: {', '.join(TokenScope.values)}.")
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user “{username}”.")
        self.stdout.write(ApiToken.issue(user, scopes=wanted, name=name))
