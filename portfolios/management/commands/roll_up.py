"""`manage roll_up`: roll up now and wait for the result."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portfolios.rollup import drain, mark
from ppm.core.models import Component


class Command(BaseCommand):
    """Roll up what is marked, everything, or one component with what is below and above it."""

    help = (
        "Roll up what is marked; --all: everything; --component CODE: its subtree and ancestors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Choose what to compute beside what is marked."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--all", action="store_true", help="compute everything")
        choice.add_argument("--component", metavar="CODE", help="compute this subtree")

    def handle(self, *, component: str | None, **options: Any) -> None:
        """Mark what is asked for, then roll up all trees and wait."""
        now = timezone.now()
        if options["all"]:
            mark(Component.objects.values_list("pk", flat=True))
        elif component:
            mark(_subtree(component))
        written = drain(now=now)
        all_fresh = "" if written else ": all were up to date"
        total = Component.objects.count()
        self.stdout.write(f"{total} components, {written} snapshots written{all_fresh}")


def _subtree(code: str) -> list[int]:
    top = Component.objects.filter(code=code).first()
    if top is None:
        raise CommandError(f"There is no component {code}.")
    return [top.pk, *Component.objects.below(top).values_list("pk", flat=True)]
