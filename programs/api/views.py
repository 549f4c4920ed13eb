"""Programs and benefits in the API."""

from __future__ import annotations

from django.db.models import QuerySet

from ppm.core.api.viewsets import FactViewSet, ScopedViewSet
from programs import filters
from programs.api import serializers
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program


class ProgramViewSet(ScopedViewSet[Program]):
    """Programs, with their figures."""

    serializer_class = serializers.ProgramSerializer
    filterset_class = filters.ProgramFilter
    ordering_fields = ("id", "code", "name", "start_date", "finish_date")

    def get_queryset(self) -> QuerySet[Program]:
        """Return what the user may see."""
        return Program.objects.visible_to(self.request.user)


class BenefitViewSet(ScopedViewSet[Benefit]):
    """Benefits of programs and portfolios."""

    serializer_class = serializers.BenefitSerializer
    filterset_class = filters.BenefitFilter
    ordering_fields = ("id", "name", "target_date", "target_value")

    def get_queryset(self) -> QuerySet[Benefit]:
        """Return what the user may see."""
        return Benefit.objects.visible_to(self.request.user)


class BenefitLinkViewSet(ScopedViewSet[BenefitLink]):
    """Benefit links: which projects deliver a benefit, and how much of it."""

    serializer_class = serializers.BenefitLinkSerializer
    filterset_class = filters.BenefitLinkFilter
    ordering_fields = ("id", "weight")

    def get_queryset(self) -> QuerySet[BenefitLink]:
        """Return what the user may see."""
        return BenefitLink.objects.visible_to(self.request.user)


class BenefitPlanViewSet(ScopedViewSet[BenefitPlan]):
    """Benefit plans: what is to come in each period."""

    serializer_class = serializers.BenefitPlanSerializer
    filterset_class = filters.BenefitPlanFilter
    ordering_fields = ("id", "period_end")

    def get_queryset(self) -> QuerySet[BenefitPlan]:
        """Return what the user may see."""
        return BenefitPlan.objects.visible_to(self.request.user)


class BenefitMeasurementViewSet(FactViewSet[BenefitMeasurement]):
    """Benefit measurements: what really came."""

    serializer_class = serializers.BenefitMeasurementSerializer
    filterset_class = filters.BenefitMeasurementFilter
    ordering_fields = ("id", "date", "recorded_at")

    def get_queryset(self) -> QuerySet[BenefitMeasurement]:
        """Return what the user may see."""
        return BenefitMeasurement.objects.visible_to(self.request.user)
