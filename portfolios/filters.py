"""The filters of portfolios and objectives, for pages and API alike."""

from __future__ import annotations

from django_filters import rest_framework as filters

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.filters import HasFilter, KindFilter, RowFilter, SearchFilter


class PortfolioFilter(KindFilter):
    """Filters of portfolios."""

    search = SearchFilter("code", "name", "description", "governance_body")
    has_benefits = HasFilter(
        field_name="benefits", label="Has benefits", help_text="Whether a benefit stands with it."
    )
    has_objectives = HasFilter(
        field_name="objectives", label="Has objectives", help_text="Whether it has objectives."
    )

    class Meta(KindFilter.Meta):
        model = Portfolio


class BudgetEnvelopeFilter(RowFilter):
    """Filters of budget envelopes."""

    class Meta:
        model = BudgetEnvelope


class ObjectiveFilter(RowFilter):
    """Filters of objectives."""

    search = SearchFilter("name", "description")
    name = filters.CharFilter(
        lookup_expr="icontains", label="Name", help_text="Name: a part of it."
    )
    has_contributions = HasFilter(
        field_name="contributions",
        label="Has benefits",
        help_text="Whether a benefit contributes to it.",
    )

    class Meta:
        model = Objective


class ObjectiveContributionFilter(RowFilter):
    """Filters of contributions."""

    class Meta:
        model = ObjectiveContribution
