"""Risks, issues and changes of any component, each with dated assessments."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Exists, Expression, OuterRef, Prefetch, Q, QuerySet, Subquery

from ppm.core.amounts import amounts_of, withhold
from ppm.core.constraints import fraction, known, money, within_calendar
from ppm.core.models.access import ScopedQuerySet, Subject, User
from ppm.core.models.fact import Fact
from ppm.core.models.versioned import Versioned
from ppm.core.triggers import counts_changes, kept, marks

REGISTERED = "SELECT component_id FROM {rows}"


def _assessed(entry: str) -> str:
    return (
        "SELECT e.component_id FROM {rows} AS r JOIN core_ENTRY AS e ON e.id = r.ENTRY_id".replace(
            "ENTRY", entry
        )
    )


Entry = TypeVar("Entry", bound="RegisterEntry")


class RegisterQuerySet(ScopedQuerySet[Entry]):
    """Entries of the register. Of their assessments the newest by date, then id, counts."""

    subject = Subject.REGISTER
    settled: ClassVar[Q] = Q(is_open=False)
    """What an assessment says of an entry that is closed."""

    def with_assessment(self, known: Q | None = None) -> Self:
        """Read the newest assessment of each entry too, in one query for all.

        `known`, here and below, says which assessments count; all where it is None.
        """
        entry = self._link.field.name
        newest = self.known(known).order_by(entry, "-date", "-pk").distinct(entry)
        return self.prefetch_related(Prefetch("assessments", newest, to_attr="read_assessments"))

    def assessed(self, known: Q | None = None) -> Self:
        """Alias `newest`: the id of the newest assessment, null before the first."""
        newest = self.known(known).filter(**{self._link.field.name: OuterRef("pk")})
        return self.alias(newest=Subquery(newest.order_by("-date", "-pk").values("pk")[:1]))

    def newest_by(self, day: Expression, *, until: Expression | None = None) -> QuerySet[Any]:
        """Find the newest assessment of each entry that was known on a day.

        The expression tells the day of each assessment, and `until`, of a past day, the moment
        from which on nothing counted any more. All are found in one walk, where `assessed` looks
        for each entry on its own.
        """
        entry = self._link.field.name
        known = self.assessments().filter(**{f"{entry}__in": self}, date__lte=day)
        known = known if until is None else known.filter(recorded_at__lt=until)
        newest = known.order_by(entry, "-date", "-pk").distinct(entry)
        return self.assessments().filter(pk__in=newest.values("pk"))

    def closed(self, known: Q | None = None) -> Self:
        """Keep what its newest assessment closes."""
        return self.assessed(known).filter(self._newest_is(self.settled))

    def open(self, known: Q | None = None) -> Self:
        """Keep what is open; what was not assessed yet is."""
        return self.assessed(known).exclude(self._newest_is(self.settled))

    def assessments(self) -> QuerySet[Any]:
        """All assessments of such entries."""
        rows: QuerySet[Any] = self._link.related_model._default_manager.all()
        return rows

    def known(self, known: Q | None) -> QuerySet[Any]:
        """The assessments that count."""
        return self.assessments() if known is None else self.assessments().filter(known)

    def _newest_is(self, condition: Q) -> Exists:
        return Exists(self.assessments().filter(condition, pk=OuterRef("newest")))

    @property
    def _link(self) -> Any:
        return self.model._meta.get_field("assessments")


class RegisterEntry(Versioned):
    """What risks, issues and changes have in common."""

    shows_amounts = True
    """Whether the reader sees the amounts of its assessments."""

    title = models.CharField(max_length=250)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(User, models.SET_NULL, related_name="+", null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Show the title."""
        return self.title

    @property
    def assessment(self) -> Any:
        """The newest assessment, without amounts if those are not shown; None before the first."""
        newest = next(iter(getattr(self, "read_assessments", [])), None)
        if not hasattr(self, "read_assessments"):
            newest = self.newest_assessment()
        if newest is not None and not self.shows_amounts:
            withhold(newest)
        return newest

    def newest_assessment(self) -> Any:
        """Read the newest assessment as it is stored."""
        assessments: Any = self.assessments  # type: ignore[attr-defined]  # of each kind
        return assessments.order_by("-date", "-pk").first()

    def amounts_so_far(self) -> dict[str, Decimal]:
        """Tell the amounts of the newest assessment; whoever sees none leaves them as they are."""
        newest = self.newest_assessment()
        return {name: getattr(newest, name) for name in amounts_of(type(newest))} if newest else {}


class RiskQuerySet(RegisterQuerySet["Risk"]):
    """Risks."""


class Risk(RegisterEntry):
    """Something that may happen. Its newest assessment says how likely and how bad."""

    class Response(models.TextChoices):
        """What is done about it."""

        NONE = "none", "None yet"
        AVOID = "avoid", "Avoid"
        TRANSFER = "transfer", "Transfer"
        MITIGATE = "mitigate", "Mitigate"
        ACCEPT = "accept", "Accept"
        ESCALATE = "escalate", "Escalate"

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="risks")
    response = models.CharField(max_length=10, choices=Response, default=Response.NONE)

    objects = RiskQuerySet.as_manager()

    class Meta:
        triggers = [
            counts_changes(),
            *marks(REGISTERED),
            kept(
                "component_kept",
                "component_id",
                constraint="core_risk_component_is_kept",
                message="A risk stays with its component.",
            ),
        ]


class IssueQuerySet(RegisterQuerySet["Issue"]):
    """Issues."""

    def overdue(self, day: Expression, known: Q | None = None) -> Self:
        """Keep what is open past its due date, on the day that the expression tells of it."""
        late = Q(is_open=True, due_date__lt=OuterRef("day"))
        return self.assessed(known).alias(day=day).filter(self._newest_is(late))


class Issue(RegisterEntry):
    """Something that has happened and must be solved."""

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="issues")

    objects = IssueQuerySet.as_manager()

    class Meta:
        triggers = [
            counts_changes(),
            *marks(REGISTERED),
            kept(
                "component_kept",
                "component_id",
                constraint="core_issue_component_is_kept",
                message="An issue stays with its component.",
            ),
        ]


class ChangeStatus(models.TextChoices):
    """How far a change has come."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    IMPLEMENTED = "implemented", "Implemented"


class ChangeQuerySet(RegisterQuerySet["Change"]):
    """Changes. One that was approved stays open until it is implemented."""

    settled = Q(status__in=(ChangeStatus.REJECTED, ChangeStatus.IMPLEMENTED))


class Change(RegisterEntry):
    """A request to change what was agreed."""

    component = models.ForeignKey("core.Component", models.PROTECT, related_name="changes")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        triggers = [
            counts_changes(),
            *marks(REGISTERED),
            kept(
                "component_kept",
                "component_id",
                constraint="core_change_component_is_kept",
                message="A change stays with its component.",
            ),
        ]


class Likelihood(models.IntegerChoices):
    """The rows of the 5 x 5 matrix."""

    RARE = 1, "Rare"
    UNLIKELY = 2, "Unlikely"
    POSSIBLE = 3, "Possible"
    LIKELY = 4, "Likely"
    ALMOST_CERTAIN = 5, "Almost certain"


class RiskSeverity(models.IntegerChoices):
    """The columns of the 5 x 5 matrix."""

    NEGLIGIBLE = 1, "Negligible"
    MINOR = 2, "Minor"
    MODERATE = 3, "Moderate"
    MAJOR = 4, "Major"
    SEVERE = 5, "Severe"


class RiskAssessmentQuerySet(ScopedQuerySet["RiskAssessment"]):
    """Assessments of risks."""

    component = "risk__component"
    subject = Subject.REGISTER


class RiskAssessment(Fact):
    """How likely a risk was held to be on a date, and its impact in money.

    An opportunity has a negative impact. `likelihood` and `severity` place it on the 5 x 5 matrix.
    """

    risk = models.ForeignKey(Risk, models.PROTECT, related_name="assessments")
    probability = models.DecimalField(max_digits=5, decimal_places=4)
    impact = money()
    likelihood = models.PositiveSmallIntegerField(null=True, blank=True)
    severity = models.PositiveSmallIntegerField(null=True, blank=True)
    is_open = models.BooleanField(default=True)

    objects = RiskAssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            fraction("probability"),
            models.CheckConstraint(
                condition=Q(likelihood__range=(1, 5)) & Q(severity__range=(1, 5)),
                name="%(app_label)s_%(class)s_fits_the_matrix",
                violation_error_message="Likelihood and severity go from 1 to 5.",
            ),
        ]
        indexes = [
            models.Index(fields=["risk", "-date", "-id"], name="core_riskassessment_newest")
        ]
        triggers = marks(_assessed("risk"), append_only=True)

    def __str__(self) -> str:
        """Show date, probability and impact."""
        impact = "" if self.impact is None else f" x {self.impact}"
        return f"{self.date}: {self.probability}{impact}"

    @property
    def exposure(self) -> Decimal | None:
        """The impact that is to be expected, rounded as figures are; None without the impact."""
        if self.impact is None:
            return None
        exposure: Decimal = self.probability * self.impact
        return exposure.quantize(Decimal("0.0001"), ROUND_HALF_UP)

    @property
    def place(self) -> str:
        """The place on the matrix in words; empty where it has none."""
        if self.likelihood is None or self.severity is None:
            return ""
        return f"{Likelihood(self.likelihood).label}, {RiskSeverity(self.severity).label.lower()}"


class IssueAssessmentQuerySet(ScopedQuerySet["IssueAssessment"]):
    """Assessments of issues."""

    component = "issue__component"
    subject = Subject.REGISTER


class IssueSeverity(models.TextChoices):
    """How bad an issue is."""

    CRITICAL = "critical", "Critical"
    MAJOR = "major", "Major"
    MINOR = "minor", "Minor"


class IssueAssessment(Fact):
    """How bad an issue was on a date, and when it must be solved."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="assessments")
    severity = models.CharField(max_length=10, choices=IssueSeverity)
    due_date = models.DateField(null=True, blank=True)
    is_open = models.BooleanField(default=True)

    objects = IssueAssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            within_calendar("date"),
            within_calendar("due_date"),
            known("severity", IssueSeverity),
        ]
        indexes = [
            models.Index(fields=["issue", "-date", "-id"], name="core_issueassessment_newest")
        ]
        triggers = marks(_assessed("issue"), append_only=True)

    def __str__(self) -> str:
        """Show date and severity."""
        return f"{self.date}: {self.get_severity_display()}"


class ChangeAssessmentQuerySet(ScopedQuerySet["ChangeAssessment"]):
    """Assessments of changes."""

    component = "change__component"
    subject = Subject.REGISTER


class ChangeAssessment(Fact):
    """Where a change stood on a date, and its effect on cost and days."""

    change = models.ForeignKey(Change, models.PROTECT, related_name="assessments")
    status = models.CharField(max_length=12, choices=ChangeStatus)
    cost_effect = money(default=0)
    days_effect = models.IntegerField(default=0)
    drops_requirement = models.BooleanField(default=False)

    objects = ChangeAssessmentQuerySet.as_manager()

    class Meta:
        constraints = [within_calendar("date"), known("status", ChangeStatus)]
        indexes = [
            models.Index(fields=["change", "-date", "-id"], name="core_changeassessment_newest")
        ]
        triggers = marks(_assessed("change"), append_only=True)

    def __str__(self) -> str:
        """Show date and status."""
        return f"{self.date}: {self.get_status_display()}"
