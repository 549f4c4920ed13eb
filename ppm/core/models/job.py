"""Jobs: what takes long, done by a worker, and asked about meanwhile.

The row says what is to be done; a message to a worker is only a nudge, as for the roll-up. What a
job writes and how it ended are committed together (`ppm/core/jobs.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from ppm.core.announcing import announces_update_to
from ppm.core.constraints import known
from ppm.core.models.access import AnyUser, User

FILE_KEPT = timedelta(days=1)
"""How long the file that an export has made can be fetched."""

KEPT = timedelta(days=90)
"""How long a job that has ended is listed."""


class JobKind(models.TextChoices):
    """What a job does."""

    IMPORT = "import", "Import"
    EXPORT = "export", "Export"
    RECOMPUTATION = "recomputation", "Recomputation"
    REVERSAL = "reversal", "Reversal of an import"


class JobState(models.TextChoices):
    """How far a job has come."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs."""

    def visible_to(self, user: AnyUser) -> Self:
        """Keep the user's own jobs: what they are about may be for nobody else."""
        if not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(owner_id=user.pk)

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep the jobs that the user may cancel: whoever sees one may."""
        return self.visible_to(user)

    def fetchable_by(self, user: AnyUser) -> Self:
        """Keep the user's own exports: a file holds what its owner saw, and is nobody else's."""
        own = self.filter(owner_id=user.pk, kind=JobKind.EXPORT, state=JobState.DONE)
        return own if user.is_active else self.none()

    def waiting(self) -> Self:
        """Keep what a worker is to do, or is doing; first what has waited longest."""
        return self.filter(state__in=Job.UNDER_WAY).order_by("created_at", "pk")

    def forgettable(self, *, now: datetime) -> Self:
        """Keep what ended long ago; an import stays with its file."""
        is_old = Q(finished_at__lt=now - KEPT)
        return self.filter(is_old).exclude(kind=JobKind.IMPORT)


# An import belongs to whoever started it: it is told to webhooks of theirs, and of administrators.
_IMPORTS_FINISHED = """
    SELECT w.id, 'KIND', NULL, 0, jsonb_build_object(
        'import', jsonb_build_object('id', (n.asked->>'import')::bigint),
        'job', jsonb_build_object('id', n.id, 'url', '/api/v1/jobs/' || n.id || '/'),
        'before', o.state, 'after', n.state
    )
    FROM new_rows AS n
    JOIN old_rows AS o ON o.id = n.id AND o.state IN ('queued', 'running')
        AND n.state NOT IN ('queued', 'running')
    JOIN core_webhook AS w ON w.is_active AND w.events @> ARRAY['KIND'::varchar]
    JOIN core_user AS u ON u.id = w.owner_id AND (u.id = n.owner_id OR u.is_superuser)
    WHERE n.kind = 'import' AND NOT (n.asked->>'dry_run')::boolean
    ORDER BY n.id
"""


class Job(models.Model):
    """A piece of work that somebody asked for, and a worker does.

    `asked` is what was asked, as it was sent; `report` what came of it. `message` says what is
    being done or how it ended, `done` and `total` count things meanwhile. A row of a file, or of a
    list, ends as sound, as skipped or as failed (`JobRow` says why).
    """

    UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)

    owner = models.ForeignKey(User, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=13, choices=JobKind)
    title = models.CharField(max_length=250)
    asked = models.JSONField(default=dict, blank=True)

    state = models.CharField(max_length=9, choices=JobState, default=JobState.QUEUED)
    message = models.TextField(blank=True, default="waiting for a worker")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_unwanted = models.BooleanField(default=False)

    rows_ok = models.PositiveIntegerField(default=0)
    rows_skipped = models.PositiveIntegerField(default=0)
    rows_failed = models.PositiveIntegerField(default=0)
    report = models.JSONField(null=True, blank=True)

    request_id = models.UUIDField(default=uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [known("kind", JobKind), known("state", JobState)]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="core_job_own"),
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="core_job_waiting",
            ),
        ]
        triggers = [announces_update_to("import.finished", _IMPORTS_FINISHED)]

    def __str__(self) -> str:
        """Show what and how far."""
        return f"{self.get_kind_display()} of {self.title}: {self.get_state_display().lower()}"

    def get_absolute_url(self) -> str:
        """Link to the job's page."""
        return reverse("job-detail", args=[self.pk])

    @property
    def is_under_way(self) -> bool:
        """Tell whether a worker does it, or is to do it."""
        return self.state in self.UNDER_WAY

    def has_file(self, *, now: datetime) -> bool:
        """Tell whether there is a file to be fetched."""
        is_made = self.kind == JobKind.EXPORT and self.state == JobState.DONE
        return is_made and now < self.file_ends_at

    @property
    def file_ends_at(self) -> datetime:
        """When the file of an export that is done is forgotten."""
        ended: Any = self.finished_at
        return ended + FILE_KEPT  # type: ignore[no-any-return]

    def cancel(self, *, now: datetime) -> bool:
        """Take it from the queue, or ask the worker to stop; tell whether it was not over yet."""
        same = Job.objects.filter(pk=self.pk)
        is_taken = same.filter(state=JobState.QUEUED).update(
            state=JobState.CANCELLED, message="cancelled before it began", finished_at=now
        )
        is_asked = not is_taken and same.filter(state=JobState.RUNNING).update(is_unwanted=True)
        self.refresh_from_db()
        return bool(is_taken or is_asked)

    def end(
        self, state: JobState, message: str, *, now: datetime, report: Any = None, **rows: int
    ) -> None:
        """Note how it ended: `rows_ok`, `rows_skipped` and `rows_failed` where it has rows."""
        self.state, self.message, self.finished_at, self.report = state, message, now, report
        for name, number in rows.items():
            setattr(self, name, number)
        changed = ["state", "message", "finished_at", "report", *rows]
        self.save(update_fields=changed)


class JobRow(models.Model):
    """Why a job did not take a row. Rows count as in a spreadsheet: the heading is row 1."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField()
    column = models.TextField(blank=True)
    reason = models.TextField()

    def __str__(self) -> str:
        """Say where and why."""
        return f"Row {self.row}: {self.reason}"


class JobPartQuerySet(models.QuerySet["JobPart"]):
    """Parts of files."""

    def forget(self, *, now: datetime) -> None:
        """Delete the files that were made long enough ago."""
        self.filter(job__finished_at__lt=now - FILE_KEPT).delete()

    def contents(self) -> Iterable[bytes]:
        """Read the parts in their order, one at a time."""
        for number in self.order_by("number").values_list("number", flat=True):
            yield bytes(self.values_list("content", flat=True).get(number=number))


class JobPart(models.Model):
    """A part of the file that a job has made, so that no more than a part is in memory."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    objects = JobPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "number"],
                name="%(app_label)s_%(class)s_once_a_number",
                violation_error_message="This part of the file is there already.",
            )
        ]

    def __str__(self) -> str:
        """Name its place."""
        return f"Part {self.number} of {self.job}"
