"""Taking an import back: what it added goes, and what it changed gets its former values.

Both are known from the audit trail. All or nothing: where somebody has changed a row since, or
built upon it, nothing is taken back and each such row is named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.db.models import ProtectedError

from portfolios.importing.access import Access
from portfolios.models import ImportRun
from ppm.core.jobs import Clock, JobRefusedError, Outcome, Say, ask_for
from ppm.core.locks import lock_for_moves
from ppm.core.models import (
    AnyUser,
    AuditEvent,
    Component,
    Fact,
    Job,
    JobKind,
    JobRow,
    JobState,
    Operation,
    RoleAssignment,
    ScopedQuerySet,
    Subject,
)
from ppm.core.problems import sentences_of, still_used
from projects.models import Baseline, Task

Model = type[models.Model]

AROUND = timedelta(minutes=5)
"""By how much the clocks of a worker and of the database may differ."""
MOST_NAMED = 1_000
NOT_TOLD = (Job, ImportRun)
"""What an import writes about itself."""
TAKEN_ALONG = RoleAssignment
"""What may have been added to a new component since: it ends with it."""

NOT_REVERTIBLE = "Only an import that has written something is taken back, and only once."
STANDS = "Nothing was taken back: see what stands in the way."


@dataclass
class Traces:
    """What an import left: the rows that it added, and the former values of those it changed."""

    added: dict[Model, set[int]] = field(default_factory=lambda: defaultdict(set))
    changed: dict[tuple[Model, int], dict[str, Any]] = field(default_factory=dict)
    last: int = 0
    """The last of its events."""

    @property
    def touched(self) -> dict[Model, set[int]]:
        """All rows, by model."""
        found = defaultdict(set, {model: set(ids) for model, ids in self.added.items()})
        for model, pk in self.changed:
            found[model].add(pk)
        return found


def may_be_reverted(job: Job) -> bool:
    """Tell whether a job is an import that has written something, and was not taken back yet."""
    is_written = job.kind == JobKind.IMPORT and job.state == JobState.DONE
    over = (*Job.UNDER_WAY, JobState.DONE)
    same = Job.objects.filter(kind=JobKind.REVERSAL, asked__job=job.pk, state__in=over)
    return is_written and not job.asked["dry_run"] and not same.exists()


def ask_to_revert(imported: Job, *, by: AnyUser) -> Job:
    """Queue the reversal of an import."""
    if not may_be_reverted(imported):
        raise JobRefusedError(NOT_REVERTIBLE)
    return ask_for(JobKind.REVERSAL, imported.title, {"job": imported.pk}, by=by)


def revert(job: Job, say: Say, clock: Clock) -> Outcome:
    """Take the import of a job back, for who asks for it."""
    imported = Job.objects.get(pk=job.asked["job"])
    lock_for_moves()
    traces = traces_of(imported)
    hold(traces)
    total = sum(map(len, traces.touched.values()))
    say("looking for later changes", 0, total)
    if found := list(obstacles(traces, imported, Access(job.owner))):
        JobRow.objects.bulk_create(
            JobRow(job=job, row=number, column=place, reason=reason)
            for number, (place, reason) in enumerate(found[:MOST_NAMED], start=1)
        )
        return Outcome(STANDS, JobState.FAILED, rows_failed=len(found), rows_skipped=total)
    say("taking back", 0, total)
    with refused_in_words(), transaction.atomic():
        remove_plans(traces)
        restore(traces)
        remove_components(traces)
    return Outcome(f"{total:,} rows are as they were before.", rows_ok=total)


def traces_of(imported: Job) -> Traces:
    """Read in the audit trail what an import did, the newest first."""
    traces = Traces()
    about = {model._meta.db_table: model for model in apps.get_models()}
    for event in _events(imported).order_by("-pk").iterator():
        model = about[event.table_name]
        if issubclass(model, NOT_TOLD):
            continue
        traces.last = max(traces.last, event.pk)
        if event.operation == Operation.INSERT:
            traces.added[model].add(event.row_id)
            traces.changed.pop((model, event.row_id), None)
        else:
            former = traces.changed.setdefault((model, event.row_id), {})
            former.update(event.before or {})
    return traces


def _events(imported: Job) -> models.QuerySet[AuditEvent]:
    # By actor and time, which have indexes; the request alone would be looked for in all of it.
    around = (imported.created_at - AROUND, (imported.finished_at or imported.created_at) + AROUND)
    events = AuditEvent.objects.filter(actor=imported.owner_id, at__range=around)
    return events.filter(request_id=imported.request_id)


def obstacles(traces: Traces, imported: Job, access: Access) -> Iterator[tuple[str, str]]:
    """Find what stands in the way: what it is about, and why."""
    if barred := list(_barred(traces, access)):
        yield from barred
        return
    yield from _facts_of(imported)
    yield from _later(traces)
    yield from _built_upon(traces, imported)


def hold(traces: Traces) -> None:
    """Keep others from changing the rows from now on: what is judged is what is overwritten."""
    for model, ids in sorted(traces.touched.items(), key=lambda each: each[0]._meta.db_table):
        if not issubclass(model, Fact):  # these nobody changes, and nobody may lock
            rows = model._base_manager.select_for_update(of=("self",), no_key=True)
            list(rows.filter(pk__in=ids).order_by("pk").values_list("pk"))


def _facts_of(imported: Job) -> Iterator[tuple[str, str]]:
    """Find the facts that the import recorded: they stay."""
    for model in _facts():
        recorded = model._default_manager.filter(
            recorded_at__gte=imported.created_at - AROUND, request_id=imported.request_id
        )
        if number := recorded.count():
            names = model._meta.verbose_name_plural if number > 1 else model._meta.verbose_name
            yield str(names), f"The import recorded {number:,}: facts are never taken back."


def _later(traces: Traces) -> Iterator[tuple[str, str]]:
    """Find the rows that were changed or deleted after the import."""
    later = AuditEvent.objects.filter(pk__gt=traces.last)
    for model, ids in traces.touched.items():
        events = later.filter(table_name=model._meta.db_table, row_id__in=ids)
        named = _names(model, events.values_list("row_id", flat=True))
        for event in events.select_related("actor").order_by("row_id", "-pk").distinct("row_id"):
            verb = "deleted" if event.operation == Operation.DELETE else "changed"
            yield (
                named.get(event.row_id, f"{model._meta.verbose_name} {event.row_id}"),
                (f"It was {verb} after the import, by {event.actor or 'the system'}."),
            )


def _built_upon(traces: Traces, imported: Job) -> Iterator[tuple[str, str]]:
    """Find the new components that something was added to since."""
    new = traces.added.get(Component, set())
    added = AuditEvent.objects.filter(pk__gt=traces.last, component__in=new)
    hangs = added.exclude(table_name__in=[TAKEN_ALONG._meta.db_table, Component._meta.db_table])
    found = set(hangs.values_list("component", flat=True))
    for model in _facts():
        rows: Any = model._default_manager.all()
        place = f"{rows.component}__in" if rows.component else "pk__in"
        told = rows.filter(**{place: new}).exclude(request_id=imported.request_id)
        found |= set(told.values_list(rows.component, flat=True))
    for name in _names(Component, found).values():
        yield name, "Something was recorded for it after the import."


def _barred(traces: Traces, access: Access) -> Iterator[tuple[str, str]]:
    """Find what the user may not change any more."""
    for model, ids in traces.touched.items():
        rows = model._default_manager.filter(pk__in=ids)
        if isinstance(rows, ScopedQuerySet) and (model is Component or rows.subject is not None):
            barred = access.barred(rows).values_list("pk", flat=True)
            seen = rows.filter(pk__in=barred).visible_to(access.by) if access.by else rows
            named = {row.pk: str(row) for row in seen}
            for pk in barred:
                yield named.get(pk, f"{model._meta.verbose_name} {pk}"), "You may not change it."
    yield from _homeless(traces, access)


def _homeless(traces: Traces, access: Access) -> Iterator[tuple[str, str]]:
    """Find what would go back to where nothing is any more, or where the user may not put it."""
    for (model, pk), former in traces.changed.items():
        if model is not Component or "parent_id" not in former or access.by is None:
            continue
        if former["parent_id"] is None and access.by.is_superuser:
            continue
        place = Component.objects.filter(pk=former["parent_id"])
        kind = Component.objects.filter(pk=pk).values_list("kind", flat=True).first()
        if kind and not place.granting(Subject(kind), access.by).exists():
            yield f"component {pk}", "You may not put it back where it was, or that is gone."


def restore(traces: Traces) -> None:
    """Give rows their former values."""
    for (model, pk), former in traces.changed.items():
        columns = {one.column: one for one in model._meta.concrete_fields}
        values = {columns[name].name: columns[name].to_python(v) for name, v in former.items()}
        if model is Component and "parent" in values:
            parent = Component.objects.filter(pk=values.pop("parent")).first()
            Component.objects.get(pk=pk).move_to(parent)
        if values:
            model._base_manager.filter(pk=pk).update(**values)


def remove_plans(traces: Traces) -> None:
    """Delete the baselines and tasks that were added, each task before the one above it."""
    Baseline.objects.filter(pk__in=traces.added.get(Baseline, ())).delete()
    tasks = Task.objects.filter(pk__in=traces.added.get(Task, ()))
    while (leaves := tasks.filter(subtasks=None)).exists():
        Task.objects.filter(pk__in=list(leaves.values_list("pk", flat=True))).delete()


def remove_components(traces: Traces) -> None:
    """Delete the components that were added, the deepest first."""
    for model, ids in _by_depth(traces.added.get(Component, ())):
        model._default_manager.filter(pk__in=ids).delete()


def _by_depth(component_ids: Collection[int]) -> Iterator[tuple[Model, list[int]]]:
    """Group components by their kind's model, the deepest first."""
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    rows = Component.objects.filter(pk__in=component_ids).values_list("pk", "kind", "path")
    for pk, kind, path in rows:
        groups[len(path), kind].append(pk)
    kinds = {getattr(model, "KIND", None): model for model in apps.get_models()}
    for (_, kind), ids in sorted(groups.items(), reverse=True):
        yield kinds[kind], ids


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Say in a sentence what the database refuses."""
    try:
        yield
    except ProtectedError as error:
        raise JobRefusedError(f"Nothing was taken back. {still_used(error).detail}") from error
    except DatabaseError as error:
        if not (said := sentences_of(error)):
            raise
        raise JobRefusedError(f"Nothing was taken back. {said[0]}") from error


def _facts() -> Iterator[Any]:
    """List the models of facts."""
    return (model for model in apps.get_models() if issubclass(model, Fact))


def _names(model: Model, ids: Iterable[int]) -> dict[int, str]:
    """Name rows as people call them."""
    rows = model._default_manager.filter(pk__in=set(ids)).order_by("pk")
    return {row.pk: str(row) for row in rows}
