"""Portfolios and objectives in the API."""

from __future__ import annotations

from django.db.models import QuerySet

from portfolios import filters
from portfolios.api import serializers
from portfolios.models import Objective, Portfolio
from ppm.core.api.viewsets import ScopedViewSet


class PortfolioViewSet(ScopedViewSet[Portfolio]):
    """Portfolios, with their figures."""

    serializer_class = serializers.PortfolioSerializer
    filterset_class = filters.PortfolioFilter
    ordering_fields = ("id", "code", "name", "start_date", "finish_date")

    def get_queryset(self) -> QuerySet[Portfolio]:
        """Return what the user may see."""
        return Portfolio.objects.visible_to(self.request.user)


class ObjectiveViewSet(ScopedViewSet[Objective]):
    """Objectives of portfolios."""

    serializer_class = serializers.ObjectiveSerializer
    filterset_class = filters.ObjectiveFilter
    ordering_fields = ("id", "name", "weight")

    def get_queryset(self) -> QuerySet[Objective]:
        """Return what the user may see."""
        return Objective.objects.visible_to(self.request.user)
