"""Hand out what the product knows of a person, as JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from ppm.core.models import User
from ppm.core.privacy import knowledge_of


class Command(BaseCommand):
    """Print it: the account, roles and tokens, and what was recorded and changed."""

    help = "Prints as JSON what is stored about a person, and what that person recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("user", metavar="USER", help="user name")

    def handle(self, *, user: str, **options: Any) -> None:
        """Print."""
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no user “{user}”.")
        told = knowledge_of(person)
        self.stdout.write(json.dumps(told, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False))
