"""The portfolio: what it wants, and the money it may spend on it. Imports that pages start."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse

from ppm.core.constraints import (
    finishes_after_it_starts,
    fraction,
    money,
    not_negative,
    within_calendar,
)
from ppm.core.jobs import ask_for
from ppm.core.models import (
    AnyUser,
    Component,
    ComponentQuerySet,
    Job,
    JobKind,
    JobState,
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
    """How far an import has come: told by its newest job."""

    UPLOADED = "uploaded", "Uploaded"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    IMPORTING = "importing", "Being imported"
    DONE = "done", "Imported"
    FAILED = "failed", "Failed"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports."""

    def visible_to(self, user: AnyUser) -> Self:
        """Keep the user's own imports: a file may say what nobody else is to see."""
        if not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(owner_id=user.pk)

    def forgettable(self, *, before: datetime) -> Self:
        """Keep what was last touched before that time and never imported."""
        touched = self.annotate(touched_at=Coalesce("job__finished_at", "created_at"))
        is_imported = Q(job__state=JobState.DONE, job__asked__dry_run=False)
        kept = Q(job__state__in=Job.UNDER_WAY) | is_imported
        return touched.filter(touched_at__lt=before).exclude(pk__in=self.filter(kept).values("pk"))


class ImportRun(models.Model):
    """A file that somebody imports: uploaded, checked, then imported, each by a job.

    `job` is the newest one: how far it has come and what came of it stand there. The file is kept
    until it is imported.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="import_runs")
    job = models.OneToOneField(
        Job, models.SET_NULL, related_name="import_run", null=True, blank=True, editable=False
    )
    file_name = models.CharField(max_length=250)
    content = models.BinaryField()
    preview = models.JSONField(default=dict, blank=True)
    mapping = models.TextField(blank=True)
    parent_code = models.CharField(max_length=50, blank=True)
    as_of = models.DateField("date", null=True, blank=True)
    sets_status_date = models.BooleanField("make it the status date", default=False)
    is_partial = models.BooleanField(default=False)
    component_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints = [within_calendar("as_of")]
        indexes = [models.Index(fields=["owner", "-created_at"], name="portfolios_importrun_own")]

    def __str__(self) -> str:
        """Show file and state."""
        return f"{self.file_name}: {self.state.label}"

    def get_absolute_url(self) -> str:
        """Link to the import's page."""
        return reverse("import-detail", args=[self.pk])

    @property
    def state(self) -> ImportState:
        """How far it has come."""
        job = self.job
        if job is None or job.state == JobState.CANCELLED:
            return ImportState.UPLOADED
        if job.state == JobState.FAILED:
            return ImportState.FAILED
        during, after = (
            (ImportState.CHECKING, ImportState.CHECKED)
            if job.asked["dry_run"]
            else (ImportState.IMPORTING, ImportState.DONE)
        )
        return during if job.is_under_way else after

    @property
    def message(self) -> str:
        """What is being done, or how it ended; empty before anything was asked."""
        return self.job.message if self.job else ""

    @property
    def report(self) -> dict[str, Any] | None:
        """What a check or the import came to."""
        return self.job.report if self.job else None

    @property
    def is_running(self) -> bool:
        """Tell whether a worker does it, or is to do it."""
        return self.job is not None and self.job.is_under_way

    @property
    def is_open(self) -> bool:
        """Tell whether its mapping can be changed and a worker be asked for something."""
        return not self.is_running and self.state != ImportState.DONE

    @property
    def can_be_imported(self) -> bool:
        """Tell whether a check has found rows that can be imported."""
        return self.state == ImportState.CHECKED and bool(self.job and self.job.rows_ok)

    def map_by(self, mapping: str) -> None:
        """Take another mapping: what was found by the one before says nothing any more."""
        self.mapping, self.job = mapping, None
        self.save(update_fields=["mapping", "job"])

    def start(self, *, dry_run: bool) -> Job:
        """Ask a worker to check the file, or to import it, with the options as they stand."""
        asked = {
            "import": self.pk,
            "parent": self.parent_code,
            "dry_run": dry_run,
            "partial": self.is_partial,
            "as_of": self.as_of and self.as_of.isoformat(),
            "sets_status_date": self.sets_status_date,
        }
        self.job = ask_for(JobKind.IMPORT, self.file_name, asked, by=self.owner)
        self.save(update_fields=["mapping", "as_of", "sets_status_date", "is_partial", "job"])
        return self.job

    def note_written(self, component_ids: list[int]) -> None:
        """Remember what was imported; the file is needed no more."""
        self.component_ids, self.content = component_ids, b""
        self.save(update_fields=["component_ids", "content"])
