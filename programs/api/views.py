"""Programs and benefits in the API."""

from __future__ import annotations

from ppm.core.api.viewsets import FactViewSet, KindViewSet, ScopedViewSet
from programs import filters
from programs.api import serializers
from programs.models import Benefit, BenefitLink, BenefitMeasurement, BenefitPlan, Program


class ProgramViewSet(KindViewSet[Program]):
    """Programs, with their figures."""

    serializer_class = serializers.ProgramSerializer
    filterset_class = filters.ProgramFilter


class BenefitViewSet(ScopedViewSet[Benefit]):
    """Benefits of programs and portfolios."""

    serializer_class = serializers.BenefitSerializer
    filterset_class = filters.BenefitFilter


class BenefitLinkViewSet(ScopedViewSet[BenefitLink]):
    """Benefit links: which projects deliver a benefit, and how much of it."""

    serializer_class = serializers.BenefitLinkSerializer
    filterset_class = filters.BenefitLinkFilter


class BenefitPlanViewSet(ScopedViewSet[BenefitPlan]):
    """Benefit plans: what is to come in each period."""

    serializer_class = serializers.BenefitPlanSerializer
    filterset_class = filters.BenefitPlanFilter


class BenefitMeasurementViewSet(FactViewSet[BenefitMeasurement]):
    """Benefit measurements: what really came."""

    serializer_class = serializers.BenefitMeasurementSerializer
    filterset_class = filters.BenefitMeasurementFilter
