"""The roll-up of whole trees: from marks to snapshots, projects first, then level by level.

What must be computed stands in `DirtyMark`, written by triggers with the change itself. One
transaction takes a tree's lock, takes its marks, and computes what they name with all that stands
above it. Of very many marks it takes a portion, and the next transaction the next one: what is
above is computed again with each, and stays stale until the last. Design and guarantee:
`docs/architecture.md`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfoNotFoundError

from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from ppm.core.figures import snapshots_on
from ppm.core.locks import lock_rollup, try_lock_audit, try_lock_rollup
from ppm.core.models import (
    Component,
    DayTurn,
    DirtyMark,
    Kind,
    RollupFailure,
    RollupIncident,
    Snapshot,
)
from ppm.core.reach import unscoped
from ppm.core.snapshotting import VALUES, store
from ppm.core.sql import RATED, column, execute, statement
from ppm.core.tally import rolled_up
from programs.rollup import AGGREGATE, homes_served_by, roll_up_programs
from projects.measurement import measure

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
RETRY_AFTER = timedelta(seconds=25)

PORTION = 20_000
"""So many components of a tree are taken at once: seconds of work, far from a worker's limit."""

POISON = (DataError, IntegrityError, InternalError)
"""Errors that lie in the data. All others concern the connection, a lock or the code."""

Compute = Callable[..., list[int]]
Step = tuple[Compute, list[int]]
"""A function that computes components, and those it is to compute."""


def roll_up_portfolios(portfolio_ids: Collection[int], *, as_of: date) -> list[int]:
    """Roll up portfolios of one level from their children; return those whose snapshot changed."""
    statements = (*AGGREGATE, HERE / "rollup.sql", RATED)
    return store(statements, portfolio_ids, as_of=as_of)


def sweep(*, now: datetime) -> bool:
    """Roll up every tree that has marks and is not busy; tell whether another sweep is needed.

    Another one is needed for a tree that was busy or has a portion left, and for marks set in
    another tree. An error in one tree is logged and stops no other; its marks stay for the next
    sweep.
    """
    turn_days(now=now)
    _retry_failures(now=now)
    is_busy, broken = False, set()
    for root in _marked_roots():
        try:
            is_busy |= roll_up_tree(root, now=now) is None
        except Exception:
            logger.exception("tree %s could not be rolled up", root)
            broken.add(root)
    return is_busy or bool(_marked_roots() - broken)


def drain(*, now: datetime) -> int:
    """Roll up whatever is marked, waiting for busy trees; return how many snapshots changed."""
    turn_days(now=now)
    changed = 0
    while roots := _marked_roots():
        for root in roots:
            changed += len(roll_up_tree(root, now=now, wait=True) or [])
    return changed


@unscoped("figures are computed from all that there is")
def settle(component_ids: Collection[int], *, now: datetime) -> None:
    """Roll up what is marked in the trees of components, waiting for those that are busy."""
    trees = Component.objects.filter(pk__in=component_ids)
    roots = set(trees.values_list("path__0", flat=True))
    while marked := roots & _marked_roots():
        for root in sorted(marked):
            roll_up_tree(root, now=now, wait=True)


@transaction.atomic
def roll_up_everything(*, as_of: date) -> list[int]:
    """Roll up all trees on a date of their past; return the ids whose snapshot changed.

    The answer for that date then is what the facts dated up to it say with the states and links
    of now. Dates are to be given in their order: a snapshot is only written where it differs from
    the one before.
    """
    for root_id in Component.objects.roots().order_by("pk").values_list("pk", flat=True):
        lock_rollup(root_id)
    everything = list(Component.objects.values_list("pk", flat=True))
    projects = Component.objects.filter(kind=Kind.PROJECT).values_list("pk", flat=True)
    return _run(_steps(list(projects), everything), as_of=as_of)


def compute_tree(root_id: int, *, as_of: date) -> list[int]:
    """Compute a whole tree for a date of its past; return the ids whose snapshot changed.

    In the transaction of the caller, who holds the tree's lock. An error in the data ends it.
    """
    tree = Component.objects.within(Component.objects.get(pk=root_id))
    everything = dict(tree.values_list("pk", "kind"))
    projects = [pk for pk, kind in everything.items() if kind == Kind.PROJECT]
    return _run_plainly(_steps(projects, everything), as_of=as_of)


@unscoped("figures are computed from all that there is")
def roll_up_tree(root_id: int, *, now: datetime, wait: bool = False) -> list[int] | None:
    """Roll up what is marked in a tree, or a portion of it; return the ids whose snapshot changed.

    Returns None when the tree is busy; with `wait` it waits instead.
    """
    since = monotonic()
    with transaction.atomic():
        if wait:
            lock_rollup(root_id)
        elif not try_lock_rollup(root_id):
            return None
        # The marks first: what they are about is then read at least as new as they are.
        claimed = _claimed(root_id)
        root = Component.objects.filter(pk=root_id, parent=None).first()
        if root is None:
            return []
        changed = _compute(claimed, root_id=root_id, as_of=_date_of(root, now=now))
        numbers = {"components": len(set(claimed)), "snapshots": len(changed)}
        transaction.on_commit(partial(rolled_up, root_id, numbers, since=since), robust=True)
        return changed


def _date_of(root: Component, *, now: datetime) -> date:
    """Tell the date that a tree's figures are brought to.

    Never before the day that was turned last: another worker's clock may be ahead, or this
    sweep may have begun before midnight, and the marks of the new day are gone then.
    """
    as_of = root.status_on(now)
    turned = DayTurn.objects.filter(root=root, as_of__gt=as_of).values_list("as_of", flat=True)
    return as_of if root.status_date else turned.first() or as_of


def mark(components: Iterable[int]) -> None:
    """Mark components by hand, for a roll-up that is asked for."""
    DirtyMark.objects.bulk_create(DirtyMark(component_id=pk) for pk in components)


def audit(*, now: datetime) -> tuple[int, list[int]]:
    """Compute everything from scratch and write nothing.

    Returns the number of components and the ids of those whose stored snapshot differs, or
    cannot be computed, apart from those that wait for a marked change anyway.
    """
    differing: set[int] = set()
    for root in Component.objects.roots().order_by("pk"):
        differing |= _differences(root, now=now).keys()
    return Component.objects.count(), sorted(differing)


@transaction.atomic
def note_incidents(*, now: datetime) -> int | None:
    """Audit, and write down each difference for somebody to look into; return how many are new.

    Nothing is repaired: a silent repair would hide the defect. One audit runs at a time, for the
    message that asks for it may come again while it does: None where another is at it.
    """
    if not try_lock_audit():
        return None
    found = []
    for root in Component.objects.roots().order_by("pk"):
        as_of = _date_of(root, now=now)
        known = RollupIncident.objects.filter(settled_at=None, as_of=as_of)
        noted = set(known.values_list("component", flat=True))
        found += [
            RollupIncident(component_id=pk, as_of=as_of, differences=differences)
            for pk, differences in _differences(root, now=now).items()
            if pk not in noted
        ]
    for incident in RollupIncident.objects.bulk_create(found):
        logger.error("component %s: stored figures differ", incident.component_id)
    return len(found)


Difference = dict[str, list[str]]
"""The stored and the computed value, as text, by column."""


def _differences(root: Component, *, now: datetime) -> dict[int, Difference]:
    """Compute a tree from scratch, compare, and take it back."""
    as_of = _date_of(root, now=now)
    everything = list(Component.objects.within(root).values_list("pk", flat=True))
    with transaction.atomic():
        lock_rollup(root.pk)
        written = _compute(everything, root_id=root.pk, as_of=as_of)
        failures = RollupFailure.objects.filter(component__in=everything)
        failed = dict(failures.values_list("component", "error"))
        waiting = _waiting()
        differing = {*written, *failed} - waiting
        computed = snapshots_on(dict.fromkeys(differing, as_of))
        transaction.set_rollback(True)
    stored = snapshots_on(dict.fromkeys(differing, as_of))
    return {
        pk: {"failure": ["", failed[pk]]}
        if pk in failed
        else differences_of(stored.get(pk), computed[pk])
        for pk in differing
    }


def differences_of(stored: Snapshot | None, computed: Snapshot) -> Difference:
    """Tell in which columns two snapshots differ."""
    pairs = {name: [str(getattr(s, name, "")) for s in (stored, computed)] for name in VALUES}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _waiting() -> set[int]:
    """List what a mark will have computed: the marked, what their benefits serve, all above."""
    marked = list(DirtyMark.objects.values_list("component_id", flat=True))
    return set(_with_ancestors([*marked, *homes_served_by(marked)]))


def _with_ancestors(component_ids: Collection[int]) -> list[int]:
    query = "SELECT DISTINCT unnest(path) FROM core_component WHERE id = ANY(%s)"
    return column(query, [list(component_ids)])


def _marked_roots() -> set[int]:
    """List the trees with marks; forget marks whose component has gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_dirtymark AS mark WHERE NOT EXISTS "
            "(SELECT FROM core_component AS c WHERE c.id = mark.component_id)"
        )
    query = (
        "SELECT DISTINCT c.path[1] FROM core_dirtymark AS mark "
        "JOIN core_component AS c ON c.id = mark.component_id"
    )
    return set(column(query))


def _claimed(root_id: int) -> list[int]:
    return column(statement(HERE / "claim.sql"), {"root": root_id, "most": PORTION})


def _compute(component_ids: Collection[int], *, root_id: int, as_of: date) -> list[int]:
    """Compute the components and all above them: projects, then each level from the deepest.

    The homes of benefits that the projects serve are computed too: at once in this tree, by a
    mark in another.
    """
    projects = _projects_among(component_ids)
    homes = homes_served_by(projects)
    mark(home for home, root in homes.items() if root != root_id)
    here = [home for home, root in homes.items() if root == root_id]
    return _run(_steps(projects, [*component_ids, *here]), as_of=as_of)


def _steps(projects: list[int], component_ids: Collection[int]) -> list[Step]:
    """List what is computed in turn: projects; programs and portfolios from the deepest level."""
    steps: list[Step] = [(measure, projects)]
    for programs, portfolios in _levels(component_ids):
        steps += [(roll_up_programs, programs), (roll_up_portfolios, portfolios)]
    return steps


def _run(steps: list[Step], *, as_of: date) -> list[int]:
    """Compute the steps at once; where data makes one fail, each carefully."""
    try:
        with transaction.atomic():
            # First, for what is healed is no longer degraded; an error brings the notes back.
            _forget_failures([pk for _, ids in steps for pk in ids])
            return _run_plainly(steps, as_of=as_of)
    except POISON:
        return [pk for compute, ids in steps for pk in _carefully(compute, ids, as_of=as_of)]


def _run_plainly(steps: list[Step], *, as_of: date) -> list[int]:
    """Compute the steps; an error in the data ends it."""
    return [pk for compute, ids in steps for pk in compute(ids, as_of=as_of)]


def _levels(component_ids: Collection[int]) -> list[tuple[list[int], list[int]]]:
    """List the programs and the portfolios among the components and their ancestors, by level."""
    with connection.cursor() as cursor:
        cursor.execute(statement(HERE / "levels.sql"), {"ids": list(component_ids)})
        return [(programs, portfolios) for programs, portfolios in cursor.fetchall()]


def _projects_among(component_ids: Collection[int]) -> list[int]:
    # Not by the ORM, which writes a placeholder for each of twenty thousand ids.
    query = "SELECT id FROM core_component WHERE id = ANY(%s) AND kind = %s"
    return column(query, [list(component_ids), Kind.PROJECT])


def _carefully(compute: Compute, ids: list[int], *, as_of: date) -> list[int]:
    """Compute a set; where data makes it fail, halve it until the poison is alone.

    A component that fails keeps its last snapshot, and a note of the failure degrades all above
    it.
    """
    if not ids:
        return []
    try:
        with transaction.atomic():
            _forget_failures(ids)
            return compute(ids, as_of=as_of)
    except POISON as error:
        if len(ids) == 1:
            _note_failure(ids[0], error)
            return []
        middle = len(ids) // 2
        return [
            *_carefully(compute, ids[:middle], as_of=as_of),
            *_carefully(compute, ids[middle:], as_of=as_of),
        ]


def _forget_failures(component_ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_rollupfailure WHERE component_id = ANY(%s)", [component_ids]
        )


def _note_failure(component_id: int, error: Exception) -> None:
    logger.error("component %s could not be computed: %s", component_id, error)
    failure, is_new = RollupFailure.objects.get_or_create(
        component_id=component_id, defaults={"error": str(error)}
    )
    if not is_new:
        RollupFailure.objects.filter(pk=failure.pk).update(
            tries=F("tries") + 1, error=str(error), last_failed_at=Now()
        )


def _retry_failures(*, now: datetime) -> None:
    """Mark again what failed, until it is quarantined after the last try."""
    with transaction.atomic():
        due = RollupFailure.objects.select_for_update(skip_locked=True).filter(
            tries__lt=RollupFailure.MAX_TRIES, last_failed_at__lt=now - RETRY_AFTER
        )
        mark(failure.component_id for failure in due)


def turn_days(*, now: datetime) -> None:
    """Mark in each tree what a new date changes, the first time that date is met."""
    last = dict(DayTurn.objects.values_list("root", "as_of"))
    for root in Component.objects.roots().order_by("pk"):
        try:
            as_of = root.status_on(now)
        except ZoneInfoNotFoundError:
            logger.exception("tree %s has a time zone that this machine does not know", root.pk)
            continue
        if last.get(root.pk, date.min) < as_of:
            _turn_day(root.pk, last=last.get(root.pk), as_of=as_of)


@transaction.atomic
def _turn_day(root_id: int, *, last: date | None, as_of: date) -> None:
    DayTurn.objects.update_or_create(root_id=root_id, defaults={"as_of": as_of})
    execute(HERE / "day_turn.sql", {"root": root_id, "last": last, "as_of": as_of})
