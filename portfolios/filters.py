"""The filters of portfolios and objectives, for pages and API alike."""

from __future__ import annotations

from django_filters import rest_framework as filters

from portfolios.models import Objective, Portfolio
from ppm.core.filters import ComponentFilter, RowFilter, below
from ppm.core.models import Component, Kind
from ppm.core.models.component import PORTFOLIO_STATES
from programs.filters import PersonFilter, PlaceFilter


class PortfolioFilter(ComponentFilter):
    """Filters of portfolios."""

    class Meta(ComponentFilter.Meta):
        model = Portfolio


class PortfolioListFilter(filters.FilterSet):
    """What the page of portfolios asks for."""

    name = filters.CharFilter(lookup_expr="icontains", label="Name")
    below = PlaceFilter(field_name="id", kinds=[Kind.PORTFOLIO], inclusive=False, label="Below")
    manager = PersonFilter(field_name="manager", label="Manager")
    state = filters.ChoiceFilter(
        choices=[(state.value, state.label) for state in PORTFOLIO_STATES],
        label="State",
        empty_label="Any",
    )

    class Meta:
        model = Component
        fields = ()


class ObjectiveFilter(RowFilter):
    """Filters of objectives."""

    below = below("portfolio")
    name = filters.CharFilter(lookup_expr="icontains", label="A part of the name.")

    class Meta:
        model = Objective
        fields = {"portfolio": ["exact"], "weight": ["gte", "lte"]}
