"""Costs, estimates and status reports in the API."""

from __future__ import annotations

from ppm.core.api.viewsets import FactViewSet
from ppm.core.filters import CostEntryFilter, EstimateFilter, StatusReportFilter
from ppm.core.models import (
    Component,
    CostEntry,
    Estimate,
    StatusReport,
    Subject,
)
from ppm.core.serializers import RECORDED, FactSerializer, ScopedPrimaryKeyRelatedField


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


class StatusReportSerializer(FactSerializer[StatusReport]):
    """What the manager says."""

    component = ScopedPrimaryKeyRelatedField(Component, Subject.REPORT)

    class Meta:
        model = StatusReport
        fields = (
            *("id", "component", "date", "health", "narrative", "override_reason", "valid_until"),
            *RECORDED,
        )


class StatusReportViewSet(FactViewSet[StatusReport]):
    """Status reports: what the manager says beside what is computed, or instead of it."""

    serializer_class = StatusReportSerializer
    filterset_class = StatusReportFilter
