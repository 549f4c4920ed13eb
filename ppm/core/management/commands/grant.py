"""Give a person or a group a role on a component and everything below it, or take it back."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from ppm.core.giving import end_of
from ppm.core.management.arguments import day
from ppm.core.models import Component, Role, RoleAssignment, User


class Command(BaseCommand):
    """Change who sees a component, and until when. Doing it twice changes nothing."""

    help = "Gives a user, or with --group a group, a role on a component and all below it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("holder", metavar="USER", help="user name; with --group a group's")
        parser.add_argument("role", metavar="ROLE", help=", ".join(Role.values))
        parser.add_argument("codes", metavar="CODE", nargs="+", help="a component's code")
        parser.add_argument("--group", action="store_true", help="the first name is a group's")
        parser.add_argument(
            "--until", type=day, metavar="DATE", help="the last day, in the tree's time zone"
        )
        parser.add_argument("--revoke", action="store_true", help="take the role back")

    def handle(self, *, holder: str, role: str, codes: list[str], **options: Any) -> None:
        """Give or take the role on each component, or on none, and say what holds now."""
        if role not in Role.values:
            raise CommandError(f"There is no role “{role}”, only {', '.join(Role.values)}.")
        components = {c.code: c for c in Component.objects.filter(code__in=codes)}
        if missing := [code for code in codes if code not in components]:
            raise CommandError(f"There is no component “{missing[0]}”.")
        who, last = {**_holder(holder, options["group"]), "role": role}, options["until"]
        until = f" until {last}" if last else ""
        with transaction.atomic():
            for code in codes:
                wanted = {**who, "component": components[code]}
                state = _revoked(**wanted) if options["revoke"] else _given(last, **wanted)
                self.stdout.write(f"{holder} {state} {role} of {code}{until}.")


def _given(last: date | None, **wanted: Any) -> str:
    """Give a role that ends then and not otherwise, whatever its end was so far."""
    expires_at = _end(last, wanted["component"]) if last else None
    given = RoleAssignment.objects.filter(**wanted)
    given.exclude(expires_at=expires_at).delete()
    is_new = given.get_or_create(**wanted, expires_at=expires_at)[1]
    return "is now" if is_new else "was already"


def _end(last: date, component: Component) -> datetime:
    """Tell the moment in which the day ends in the component's tree."""
    root = Component.objects.get(pk=component.root_id)
    expires_at = end_of(last, root.time_zone)
    if expires_at <= timezone.now():
        raise CommandError(f"{last} is over: a role must end later than now.")
    return expires_at


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
