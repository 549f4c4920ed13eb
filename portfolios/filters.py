"""The filters of portfolios and objectives, for pages and API alike."""

from __future__ import annotations

from django_filters import rest_framework as filters

from portfolios.models import Objective, Portfolio
from ppm.core.filters import ComponentFilter, RowFilter, below


class PortfolioFilter(ComponentFilter):
    """Filters of portfolios."""

    class Meta(ComponentFilter.Meta):
        model = Portfolio


class ObjectiveFilter(RowFilter):
    """Filters of objectives."""

    below = below("portfolio")
    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")

    class Meta:
        model = Objective
        fields = {"portfolio": ["exact"], "weight": ["gte", "lte"]}
