"""Give a person or a group a role on a component and everything below it, or take it back."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError

from ppm.core.models import Component, Role, RoleAssignment, User


class Command(BaseCommand):
    """Change who sees a component. Giving or taking a role twice changes nothing."""

    help = "Gives a user, or with --group a group, a role on a component and all below it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("holder", metavar="USER", help="user name; with --group a group's")
        parser.add_argument("role", metavar="ROLE", help=", ".join(Role.values))
        parser.add_argument("codes", metavar="CODE", nargs="+", help="a component's code")
        parser.add_argument("--group", action="store_true", help="the first name is a group's")
        parser.add_argument("--revoke", action="store_true", help="take the role back")

    def handle(self, *, holder: str, role: str, codes: list[str], **options: Any) -> None:
        """Give or take the role on each component, or on none, and say what holds now."""
        if role not in Role.values:
            raise CommandError(f"There is no role “{role}”, only {', '.join(Role.values)}.")
        components = {c.code: c for c in Component.objects.filter(code__in=codes)}
        if missing := [code for code in codes if code not in components]:
            raise CommandError(f"There is no component “{missing[0]}”.")
        who = {**_holder(holder, options["group"]), "role": role}
        for code in codes:
            state = (_revoked if options["revoke"] else _given)(**who, component=components[code])
            self.stdout.write(f"{holder} {state} {role} of {code}.")


def _given(**wanted: Any) -> str:
    is_new = RoleAssignment.objects.get_or_create(**wanted)[1]
    return "is now" if is_new else "was already"


def _revoked(**wanted: Any) -> str:
    was_held = RoleAssignment.objects.filter(**wanted).delete()[0] > 0
    return "is no longer" if was_held else "was not"


def _holder(name: str, is_group: bool) -> dict[str, User | Group]:
    """Find the user or the group of that name, as the assignment's column."""
    if is_group:
        group = Group.objects.filter(name=name).first()
        if group is None:
            raise CommandError(f"There is no group “{name}”.")
        return {"group": group}
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user “{name}”.")
    return {"user": user}
