"""Costs, estimates and status reports in the API."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.permissions import IsAuthenticated

from ppm.core.api.viewsets import FactViewSet, MayChange
from ppm.core.authentication import HasScope
from ppm.core.filters import (
    CostEntryFilter,
    EstimateFilter,
    OverrideRulingFilter,
    StatusReportFilter,
)
from ppm.core.models import (
    Component,
    CostEntry,
    Estimate,
    OverrideRuling,
    StatusReport,
    Subject,
)
from ppm.core.serializers import RECORDED, FactSerializer, ScopedPrimaryKeyRelatedField
from ppm.core.signin.recency import MayDecide


class CostEntrySerializer(FactSerializer[CostEntry]):
    """Money spent or promised."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.MONEY)

    class Meta:
        model = CostEntry
        fields = (
            *("id", "component", "task", "date", "amount", "kind", "expense", "category"),
            *("description", *RECORDED),
        )


class CostEntryViewSet(FactViewSet[CostEntry]):
    """Costs of any component: what was spent (actual) or promised (commitment)."""

    serializer_class = CostEntrySerializer
    filterset_class = CostEntryFilter


class EstimateSerializer(FactSerializer[Estimate]):
    """The manager's forecast."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.MONEY)

    class Meta:
        model = Estimate
        fields = (
            *("id", "component", "date", "estimate_to_complete", "forecast_finish", "note"),
            *RECORDED,
        )


class EstimateViewSet(FactViewSet[Estimate]):
    """Managers' forecasts: what is still to be spent, and when it will be finished."""

    serializer_class = EstimateSerializer
    filterset_class = EstimateFilter


class OverrideRulingSerializer(FactSerializer[OverrideRuling]):
    """What somebody else says of an override."""

    report = ScopedPrimaryKeyRelatedField(StatusReport, Subject.DECISION)

    class Meta:
        model = OverrideRuling
        fields = ("id", "report", "date", "outcome", "reason", *RECORDED)


class OverrideRulingViewSet(FactViewSet[OverrideRuling]):
    """Rulings: whether an override that betters the computed health is approved or refused."""

    serializer_class = OverrideRulingSerializer
    filterset_class = OverrideRulingFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, MayDecide, MayChange)


class StatusReportSerializer(FactSerializer[StatusReport]):
    """What the manager says."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REPORT)
    ruling = OverrideRulingSerializer(read_only=True, allow_null=True)

    class Meta:
        model = StatusReport
        fields = (
            *("id", "component", "date", "health", "narrative", "override_reason", "valid_until"),
            *("ruling", *RECORDED),
        )


class StatusReportViewSet(FactViewSet[StatusReport]):
    """Status reports: what the manager says beside what is computed, or instead of it."""

    serializer_class = StatusReportSerializer
    filterset_class = StatusReportFilter
    is_one_at_a_time = True

    def get_queryset(self) -> QuerySet[StatusReport]:
        """Return what the user may see, with the rulings."""
        return super().get_queryset().select_related("ruling")
