"""Risks, issues and changes in the API, each with its dated assessments."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from rest_framework.exceptions import ErrorDetail, ValidationError

from ppm.core import filters
from ppm.core.amounts import amounts_of, withhold
from ppm.core.api.figures import requested_date
from ppm.core.api.viewsets import FactViewSet, ScopedViewSet
from ppm.core.filters.register import known_assessments
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Component,
    Fact,
    Issue,
    IssueAssessment,
    Risk,
    RiskAssessment,
    Subject,
)
from ppm.core.models.register import RegisterEntry
from ppm.core.serializers import (
    RECORDED,
    ConstrainedSerializer,
    FactSerializer,
    ScopedPrimaryKeyRelatedField,
)

Entry = TypeVar("Entry", bound=RegisterEntry)
Assessment = TypeVar("Assessment", bound=Fact)

REQUIRED = ErrorDetail("This field is required.", code="required")
NOT_YOURS = ErrorDetail("Amounts are not shown to your role: leave this out.", code="not_yours")
NEEDS_AMOUNTS = ErrorDetail(
    "The first assessment needs somebody who sees amounts here.", code="needs_amounts"
)

ENTRY = ("id", "component", "title", "description", "owner", "version")


class RegisterViewSet(ScopedViewSet[Entry]):
    """Entries, each with its newest assessment, which is read for a whole page at once.

    With `?as_of=` it is the newest one of those that were known on that date.
    """

    def get_queryset(self) -> QuerySet[Entry]:
        """Return what the user may see, with the assessments."""
        entries: Any = super().get_queryset()
        known = known_assessments(entries.model, as_of=requested_date(self.request))
        with_assessment: QuerySet[Entry] = entries.with_assessment(known)
        return with_assessment


class AssessmentSerializer(FactSerializer[Assessment]):
    """An assessment; `entry` names what it is about.

    Whoever sees no amounts says none: they stay as they were said last.
    """

    entry: ClassVar[str]
    needed: ClassVar[tuple[str, ...]] = ()
    """The amounts that must be said by whoever sees them."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse amounts of whoever sees none, and take over those that were said last."""
        entry, names = attrs[self.entry], amounts_of(self.Meta.model)
        if entry.shows_amounts:
            needed = [name for name in self.needed if name not in attrs]
            if needed:
                raise ValidationError({name: [REQUIRED] for name in needed})
            return super().validate(attrs)
        if given := [name for name in names if name in self.initial_data]:
            raise ValidationError({name: [NOT_YOURS] for name in given})
        so_far = entry.amounts_so_far()
        if not so_far:
            raise ValidationError({name: [NEEDS_AMOUNTS] for name in names})
        return super().validate({**attrs, **so_far})

    def create(self, validated_data: dict[str, Any]) -> Assessment:
        """Store it, and answer without what the user does not see."""
        made = super().create(validated_data)
        if not validated_data[self.entry].shows_amounts:
            withhold(made)
        return made


class RiskAssessmentSerializer(AssessmentSerializer[RiskAssessment]):
    """How likely and how bad, on a date."""

    entry = "risk"
    needed = ("impact",)
    risk = ScopedPrimaryKeyRelatedField(Risk, Subject.REGISTER)

    class Meta:
        model = RiskAssessment
        extra_kwargs = {"impact": {"required": False}}
        fields = (
            *("id", "risk", "date", "probability", "impact", "likelihood", "severity", "is_open"),
            *RECORDED,
        )


class RiskAssessmentViewSet(FactViewSet[RiskAssessment]):
    """Assessments of risks. The newest of a risk counts."""

    serializer_class = RiskAssessmentSerializer
    filterset_class = filters.RiskAssessmentFilter


class RiskSerializer(ConstrainedSerializer[Risk]):
    """Something that may happen."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)
    assessment = RiskAssessmentSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Risk
        fields = (*ENTRY, "response", "assessment")


class RiskViewSet(RegisterViewSet[Risk]):
    """Risks: what may happen, good or bad. How likely and how bad their assessments say."""

    serializer_class = RiskSerializer
    filterset_class = filters.RiskFilter


class IssueAssessmentSerializer(FactSerializer[IssueAssessment]):
    """How bad, on a date, and until when it must be solved."""

    issue = ScopedPrimaryKeyRelatedField(Issue, Subject.REGISTER)

    class Meta:
        model = IssueAssessment
        fields = ("id", "issue", "date", "severity", "due_date", "is_open", *RECORDED)


class IssueAssessmentViewSet(FactViewSet[IssueAssessment]):
    """Assessments of issues. The newest of an issue counts."""

    serializer_class = IssueAssessmentSerializer
    filterset_class = filters.IssueAssessmentFilter


class ChangeAssessmentSerializer(AssessmentSerializer[ChangeAssessment]):
    """Where a change stands on a date, and its effect."""

    entry = "change"
    change = ScopedPrimaryKeyRelatedField(Change, Subject.REGISTER)

    class Meta:
        model = ChangeAssessment
        fields = (
            *("id", "change", "date", "status", "cost_effect", "days_effect"),
            *("drops_requirement", *RECORDED),
        )


class ChangeAssessmentViewSet(FactViewSet[ChangeAssessment]):
    """Assessments of changes. The newest of a change counts."""

    serializer_class = ChangeAssessmentSerializer
    filterset_class = filters.ChangeAssessmentFilter


class ChangeSerializer(ConstrainedSerializer[Change]):
    """A request to change what was agreed."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)
    assessment = ChangeAssessmentSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Change
        fields = (*ENTRY, "assessment")


class ChangeViewSet(RegisterViewSet[Change]):
    """Changes: requests to change what was agreed."""

    serializer_class = ChangeSerializer
    filterset_class = filters.ChangeFilter


class IssueSerializer(ConstrainedSerializer[Issue]):
    """Something that has happened."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)
    assessment = IssueAssessmentSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Issue
        fields = (*ENTRY, "assessment")


class IssueViewSet(RegisterViewSet[Issue]):
    """Issues: what has happened and must be solved."""

    serializer_class = IssueSerializer
    filterset_class = filters.IssueFilter
