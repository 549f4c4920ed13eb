"""Portfolios and objectives in the API."""

from __future__ import annotations

from portfolios import filters
from portfolios.api import serializers
from portfolios.models import Objective, Portfolio
from ppm.core.api.viewsets import KindViewSet, ScopedViewSet


class PortfolioViewSet(KindViewSet[Portfolio]):
    """Portfolios, with their figures."""

    serializer_class = serializers.PortfolioSerializer
    filterset_class = filters.PortfolioFilter
    ordering_fields = ("id", "code", "name", "start_date", "finish_date")


class ObjectiveViewSet(ScopedViewSet[Objective]):
    """Objectives of portfolios."""

    serializer_class = serializers.ObjectiveSerializer
    filterset_class = filters.ObjectiveFilter
    ordering_fields = ("id", "name", "weight")
