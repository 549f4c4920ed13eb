"""Answers for dates of the past: filling dates that have none, and restating those that do.

What was answered for a date stays the answer, whatever is recorded later. Only who asks for it has
a date computed again, by the facts dated up to it and the states, links and places of now; the
earlier answer is kept (`Restatement`), and the days around the date keep theirs; only what had
no answer at all for the date has one from then on.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from portfolios.rollup import compute_tree
from ppm.core.locks import lock_rollup
from ppm.core.models import Component, MonthClose, Move, Snapshot, User
from ppm.core.reach import unscoped
from ppm.core.sql import execute

HERE = Path(__file__).parent


class NotRestatedError(Exception):
    """Why a date is not computed, in a sentence for who asked."""


@unscoped("figures are computed from all that there is")
@transaction.atomic
def fill(root: Component, *, as_of: date, now: datetime) -> list[int]:
    """Compute a date before a tree's first answer; return the ids that have one now.

    Raises `NotRestatedError` where the tree answers for that date already.
    """
    lock_rollup(root.pk)
    _require_open_past(root, as_of, now=now)
    tree = Component.objects.within(root)
    if Snapshot.objects.filter(component__in=tree, as_of__lte=as_of).exists():
        raise NotRestatedError(
            f"{root.code} has an answer for {as_of}: to compute it again, restate it."
        )
    return compute_tree(root.pk, as_of=as_of)


@unscoped("figures are computed from all that there is")
@transaction.atomic
def restate(
    root: Component, *, as_of: date, now: datetime, reason: str, by: User | None = None
) -> list[int]:
    """Compute a date of the past again; keep what was answered; return the ids that differ.

    Raises `NotRestatedError` where the date is not past, its month is closed, or components have
    been moved since: their figures would go where they stand now.
    """
    lock_rollup(root.pk)
    _require_open_past(root, as_of, now=now)
    _require_places(root, as_of)
    author = by.pk if by else None
    parameters = {"root": root.pk, "as_of": as_of, "reason": reason, "by": author}
    execute(HERE / "answers_before.sql", parameters)
    changed = compute_tree(root.pk, as_of=as_of)
    execute(HERE / "keep_answers.sql", {**parameters, "changed": changed})
    return changed


def _require_open_past(root: Component, as_of: date, *, now: datetime) -> None:
    root.refresh_from_db(fields=["status_date", "time_zone"])
    if as_of >= root.status_on(now):
        raise NotRestatedError(
            f"{as_of} is not past in {root.code}: its figures follow every change."
        )
    if MonthClose.objects.filter(root=root, month_end__gte=as_of).exists():
        raise NotRestatedError(f"The month of {as_of} is closed in {root.code}: open it first.")


def _require_places(root: Component, as_of: date) -> None:
    """Refuse where anything was moved in the tree, into it or out of it since."""
    tree = Component.objects.within(root).values("pk")
    touched = Q(component__in=tree) | Q(before__in=tree) | Q(after__in=tree)
    if move := Move.objects.filter(touched, date__gt=as_of).order_by("date").first():
        raise NotRestatedError(
            f"Components of {root.code} have been moved since {as_of}, first on {move.date}: "
            "their figures of then would go where they stand now."
        )
