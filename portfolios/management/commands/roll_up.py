"""`manage roll_up`: roll up now and wait for the result, for today or for a date of the past."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from portfolios.restating import NotRestatedError, fill, restate
from portfolios.rollup import POISON, drain, mark
from ppm.core.management.arguments import day
from ppm.core.models import Component


class Command(BaseCommand):
    """Roll up what is marked, everything, one component, or all trees on a date of the past."""

    help = (
        "Roll up what is marked; --all: everything; --component CODE: its subtree and ancestors; "
        "--as-of DATE: trees that have no answer for that date, with --restate all of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Choose what to compute beside what is marked."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--all", action="store_true", help="compute everything")
        choice.add_argument("--component", metavar="CODE", help="compute this subtree")
        choice.add_argument("--as-of", type=day, metavar="DATE", help="compute a past date")
        parser.add_argument(
            "--restate",
            metavar="REASON",
            help="with --as-of: compute again what has an answer; the earlier one is kept",
        )
        parser.add_argument("--tree", metavar="CODE", help="with --as-of: this tree only")

    def handle(self, *, component: str | None, as_of: date | None, **options: Any) -> None:
        """Roll up, and tell how many snapshots were written."""
        if options["restate"] is not None and not options["restate"].strip():
            raise CommandError("Say why the date is restated.")
        if as_of:
            self._compute_past(as_of, reason=options["restate"], tree=options["tree"])
            return
        if options["restate"] is not None or options["tree"]:
            raise CommandError("--restate and --tree go with --as-of.")
        if options["all"]:
            mark(Component.objects.values_list("pk", flat=True))
        elif component:
            mark(_subtree(component))
        written = drain(now=timezone.now())
        all_fresh = "" if written else ": all were up to date"
        total = Component.objects.count()
        self.stdout.write(f"{total} components, {written} snapshots written{all_fresh}")

    def _compute_past(self, as_of: date, *, reason: str | None, tree: str | None) -> None:
        """Compute a date tree by tree; end with 1 where a tree was left as it is."""
        roots = Component.objects.roots().order_by("pk")
        if tree and not (roots := roots.filter(code=tree)):
            raise CommandError(f"There is no tree {tree}.")
        left = []
        for root in roots:
            try:
                changed = (
                    restate(root, as_of=as_of, now=timezone.now(), reason=reason)
                    if reason is not None
                    else fill(root, as_of=as_of, now=timezone.now())
                )
                self.stdout.write(f"{root.code}: {len(changed)} snapshots written for {as_of}")
            except NotRestatedError as refusal:
                left.append(str(refusal))
            except POISON as error:
                left.append(f"{root.code} could not be computed for {as_of}: {error}")
        if left:
            raise CommandError("\n".join(left))


def _subtree(code: str) -> list[int]:
    top = Component.objects.filter(code=code).first()
    if top is None:
        raise CommandError(f"There is no component {code}.")
    return list(Component.objects.within(top).values_list("pk", flat=True))
