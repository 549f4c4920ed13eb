"""Portfolios and objectives in the API."""

from __future__ import annotations

from portfolios import filters
from portfolios.api import serializers
from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.api.viewsets import KindViewSet, ScopedViewSet


class PortfolioViewSet(KindViewSet[Portfolio]):
    """Portfolios, with their figures."""

    serializer_class = serializers.PortfolioSerializer
    filterset_class = filters.PortfolioFilter


class ObjectiveViewSet(ScopedViewSet[Objective]):
    """Objectives of portfolios."""

    serializer_class = serializers.ObjectiveSerializer
    filterset_class = filters.ObjectiveFilter


class BudgetEnvelopeViewSet(ScopedViewSet[BudgetEnvelope]):
    """Budget envelopes: what a portfolio may spend in a period."""

    serializer_class = serializers.BudgetEnvelopeSerializer
    filterset_class = filters.BudgetEnvelopeFilter


class ObjectiveContributionViewSet(ScopedViewSet[ObjectiveContribution]):
    """Objective contributions: which benefits carry an objective, and how much of it."""

    serializer_class = serializers.ObjectiveContributionSerializer
    filterset_class = filters.ObjectiveContributionFilter
