"""Risks, issues and changes in the API, each with its dated assessments."""

from __future__ import annotations

from ppm.core import filters
from ppm.core.api.viewsets import FactViewSet, ScopedViewSet
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Component,
    Issue,
    IssueAssessment,
    Risk,
    RiskAssessment,
    Subject,
)
from ppm.core.serializers import (
    RECORDED,
    ConstrainedSerializer,
    FactSerializer,
    ScopedPrimaryKeyRelatedField,
)

ENTRY = ("id", "component", "title", "description", "owner")


class RiskSerializer(ConstrainedSerializer[Risk]):
    """Something that may happen."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)

    class Meta:
        model = Risk
        fields = (*ENTRY, "response")


class RiskViewSet(ScopedViewSet[Risk]):
    """Risks: what may happen, good or bad. How likely and how bad is in their assessments."""

    serializer_class = RiskSerializer
    filterset_class = filters.RiskFilter
    ordering_fields = ("id", "title")


class RiskAssessmentSerializer(FactSerializer[RiskAssessment]):
    """How likely and how bad, on a date."""

    risk = ScopedPrimaryKeyRelatedField(Risk, Subject.REGISTER)

    class Meta:
        model = RiskAssessment
        fields = (
            *("id", "risk", "date", "probability", "impact", "likelihood", "severity", "is_open"),
            *RECORDED,
        )


class RiskAssessmentViewSet(FactViewSet[RiskAssessment]):
    """Assessments of risks. The newest of a risk counts."""

    serializer_class = RiskAssessmentSerializer
    filterset_class = filters.RiskAssessmentFilter
    ordering_fields = ("id", "date", "probability", "impact", "recorded_at")


class IssueSerializer(ConstrainedSerializer[Issue]):
    """Something that has happened."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)

    class Meta:
        model = Issue
        fields = ENTRY


class IssueViewSet(ScopedViewSet[Issue]):
    """Issues: what has happened and must be solved."""

    serializer_class = IssueSerializer
    filterset_class = filters.IssueFilter
    ordering_fields = ("id", "title")


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
    ordering_fields = ("id", "date", "due_date", "recorded_at")


class ChangeSerializer(ConstrainedSerializer[Change]):
    """A request to change what was agreed."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REGISTER)

    class Meta:
        model = Change
        fields = ENTRY


class ChangeViewSet(ScopedViewSet[Change]):
    """Changes: requests to change what was agreed."""

    serializer_class = ChangeSerializer
    filterset_class = filters.ChangeFilter
    ordering_fields = ("id", "title")


class ChangeAssessmentSerializer(FactSerializer[ChangeAssessment]):
    """Where a change stands on a date, and its effect."""

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
    ordering_fields = ("id", "date", "recorded_at")
