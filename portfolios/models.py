"""The portfolio: what it wants, and the money it may spend on it. Imports that pages start."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

from ppm.core.announcing import announces_update_to
from ppm.core.constraints import (
    finishes_after_it_starts,
    fraction,
    known,
    money,
    not_negative,
    within_calendar,
)
from ppm.core.models import (
    AnyUser,
    Component,
    ComponentQuerySet,
    Kind,
    ScopedQuerySet,
    Subject,
    User,
    Versioned,
)
from ppm.core.tree_triggers import kind_guard
from ppm.core.triggers import counts_changes
from programs.models import Benefit


class PortfolioQuerySet(ComponentQuerySet["Portfolio"]):
    """Portfolios."""


class Portfolio(Component):
    """Work selected and governed together for strategic objectives.

    `target_roi` and `discount_rate` are fractions; `governance_body` names who decides.
    """

    KIND: ClassVar[Kind] = Kind.PORTFOLIO

    target_roi = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    discount_rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    governance_body = models.CharField(max_length=250, blank=True)

    objects = PortfolioQuerySet.as_manager()  # type: ignore[misc]  # the plugin takes it for an attribute

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(discount_rate__gt=-1),
                name="%(app_label)s_%(class)s_discount_rate_is_above_minus_one",
                violation_error_message="The discount rate must be above minus 100 percent.",
            )
        ]
        triggers = [kind_guard("portfolio")]


class BudgetEnvelopeQuerySet(ScopedQuerySet["BudgetEnvelope"]):
    """Budget envelopes."""

    component = "portfolio"
    subject = Subject.PORTFOLIO
    is_money = True


class BudgetEnvelope(Versioned):
    """The money a portfolio may spend in a period."""

    portfolio = models.ForeignKey(Portfolio, models.CASCADE, related_name="budget_envelopes")
    start_date = models.DateField()
    finish_date = models.DateField()
    amount = money()

    objects = BudgetEnvelopeQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("start_date"),
            within_calendar("finish_date"),
            finishes_after_it_starts("period"),
            not_negative("amount"),
            models.UniqueConstraint(
                fields=["portfolio", "start_date", "finish_date"],
                name="%(app_label)s_%(class)s_one_a_period",
                violation_error_message="This portfolio has an envelope for that period already.",
            ),
        ]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show period and amount."""
        return f"{self.start_date} to {self.finish_date}: {self.amount}"


class ObjectiveQuerySet(ScopedQuerySet["Objective"]):
    """Objectives."""

    component = "portfolio"
    subject = Subject.PORTFOLIO


class Objective(Versioned):
    """What a portfolio is for; the weight (0 to 1) says how much it matters."""

    portfolio = models.ForeignKey(Portfolio, models.CASCADE, related_name="objectives")
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    weight = models.DecimalField(max_digits=5, decimal_places=4)

    objects = ObjectiveQuerySet.as_manager()

    class Meta:
        constraints = [
            fraction("weight"),
            models.UniqueConstraint(
                fields=["portfolio", "name"],
                name="%(app_label)s_%(class)s_name_is_unique",
                violation_error_message="This portfolio has an objective of that name already.",
            ),
        ]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class ObjectiveContributionQuerySet(ScopedQuerySet["ObjectiveContribution"]):
    """Contributions."""

    component = "objective__portfolio"
    subject = Subject.PORTFOLIO


class ObjectiveContribution(Versioned):
    """How much of an objective a benefit carries (0 to 1)."""

    objective = models.ForeignKey(Objective, models.CASCADE, related_name="contributions")
    benefit = models.ForeignKey(Benefit, models.CASCADE, related_name="contributions")
    weight = models.DecimalField(max_digits=5, decimal_places=4)

    objects = ObjectiveContributionQuerySet.as_manager()

    class Meta:
        constraints = [
            fraction("weight"),
            models.UniqueConstraint(
                fields=["objective", "benefit"],
                name="%(app_label)s_%(class)s_one_a_pair",
                violation_error_message="This benefit contributes to the objective already.",
            ),
        ]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.benefit} → {self.objective}"


class ImportState(models.TextChoices):
    """How far an import has come. It is refused for what it says, and fails for other reasons."""

    UPLOADED = "uploaded", "Uploaded"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    IMPORTING = "importing", "Being imported"
    DONE = "done", "Imported"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports."""

    def visible_to(self, user: AnyUser) -> Self:
        """Keep the user's own imports: a file may say what nobody else is to see."""
        if not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(owner_id=user.pk)

    def waiting(self) -> Self:
        """Keep what a worker is to do, or is doing; first what has waited longest."""
        return self.filter(state__in=ImportRun.RUNNING).order_by("started_at", "pk")

    def forgettable(self, *, before: datetime) -> Self:
        """Keep what was last touched before that time and never imported."""
        touched = self.annotate(touched_at=Coalesce("finished_at", "created_at"))
        kept = (*ImportRun.RUNNING, ImportState.DONE)
        return touched.filter(touched_at__lt=before).exclude(state__in=kept)


# An import belongs to whoever started it: it is told to webhooks of theirs, and of administrators.
_IMPORTS_FINISHED = """
    SELECT w.id, 'KIND', NULL, 0, jsonb_build_object(
        'import', jsonb_build_object('id', n.id), 'before', o.state, 'after', n.state
    )
    FROM new_rows AS n
    JOIN old_rows AS o ON o.id = n.id AND o.state = 'importing' AND n.state <> o.state
    JOIN core_webhook AS w ON w.is_active AND w.events @> ARRAY['KIND'::varchar]
    JOIN core_user AS u ON u.id = w.owner_id AND (u.id = n.owner_id OR u.is_superuser)
    ORDER BY n.id
"""


class ImportRun(models.Model):
    """A file that somebody imports through the pages: uploaded, checked, then imported.

    A worker does it (`portfolios.importing.jobs`). `message` says what it is doing or how it
    ended, `done` and `total` count things. The file is kept until it is imported.
    """

    RUNNING = (ImportState.CHECKING, ImportState.IMPORTING)

    owner = models.ForeignKey(User, models.CASCADE, related_name="import_runs")
    file_name = models.CharField(max_length=250)
    content = models.BinaryField()
    preview = models.JSONField(default=dict, blank=True)
    mapping = models.TextField(blank=True)
    as_of = models.DateField("date", null=True, blank=True)
    sets_status_date = models.BooleanField("make it the status date", default=False)
    is_partial = models.BooleanField(default=False)

    state = models.CharField(max_length=9, choices=ImportState, default=ImportState.UPLOADED)
    message = models.TextField(blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    report = models.JSONField(null=True, blank=True)
    component_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)

    request_id = models.UUIDField(default=uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints = [known("state", ImportState), within_calendar("as_of")]
        indexes = [models.Index(fields=["owner", "-created_at"], name="portfolios_importrun_own")]
        triggers = [announces_update_to("import.finished", _IMPORTS_FINISHED)]

    def __str__(self) -> str:
        """Show file and state."""
        return f"{self.file_name}: {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        """Link to the import's page."""
        return reverse("import-detail", args=[self.pk])

    @property
    def is_running(self) -> bool:
        """Tell whether a worker does it, or is to do it."""
        return self.state in self.RUNNING

    @property
    def is_open(self) -> bool:
        """Tell whether its mapping can be changed and a worker be asked for something."""
        return not self.is_running and self.state != ImportState.DONE

    @property
    def rows_sound(self) -> int:
        """How many rows could be imported, or were."""
        if not self.report:
            return 0
        # Reports from before rows could be left out do not say that none was.
        aside = self.report["rows_rejected"] + self.report.get("rows_left_out", 0)
        return int(self.report["rows_read"] - aside)

    @property
    def can_be_imported(self) -> bool:
        """Tell whether a check has found rows that can be imported."""
        return self.state == ImportState.CHECKED and self.rows_sound > 0

    def map_by(self, mapping: str) -> None:
        """Take another mapping: what was found by the one before says nothing any more."""
        self.mapping, self.state, self.message = mapping, ImportState.UPLOADED, ""
        self.report = None
        self._keep("mapping", "report")

    def start(self, state: ImportState, *, now: datetime) -> None:
        """Ask a worker to check the file, or to import it, with the options as they stand."""
        self.state, self.started_at, self.finished_at = state, now, None
        self.message, self.done, self.total = "waiting for a worker", 0, 0
        self.attempts, self.report = 0, None
        self._keep("mapping", "as_of", "sets_status_date", "is_partial", "attempts", "report")

    def end(
        self,
        state: ImportState,
        message: str,
        *,
        now: datetime,
        report: dict[str, Any] | None = None,
        component_ids: list[int] | None = None,
    ) -> None:
        """Note how it ended; what is imported needs its file no more."""
        self.state, self.message, self.finished_at = state, message, now
        self.report, self.component_ids = report, component_ids or []
        self._keep("report", "component_ids")
        if state == ImportState.DONE:
            self.content = b""
            self._keep("content")

    def _keep(self, *changed: str) -> None:
        moment = ("state", "message", "done", "total", "started_at", "finished_at")
        self.save(update_fields=[*changed, *moment])
