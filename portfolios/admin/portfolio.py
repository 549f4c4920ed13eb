"""Portfolios with their objectives and their money."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from portfolios.admin.restating import Restating
from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.governance.columns import Amount
from ppm.core.governance.components import KindAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.parts import Parts
from ppm.core.governance.rights import rights_of
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import Subject

GROUP = "Portfolios"


class Objectives(Parts[Objective]):
    """The objectives of a portfolio."""

    model = Objective
    fields = ("name", "weight", "description")


class BudgetEnvelopes(Parts[BudgetEnvelope]):
    """The money of a portfolio by period."""

    model = BudgetEnvelope
    fields = ("start_date", "finish_date", "amount")
    ordering = ("start_date", "pk")


@admin.register(Portfolio)
class PortfolioAdmin(KindAdmin[Portfolio]):
    """Portfolios."""

    group = GROUP
    own_fields = ("governance_body", "target_roi", "discount_rate")
    inlines = (Objectives, BudgetEnvelopes)
    actions = (KindAdmin.deletion, Restating())

    def has_restate_permission(self, request: HttpRequest) -> bool:
        """Offer it to whoever may change money somewhere; the portfolio is judged by itself."""
        return Subject.MONEY in rights_of(request).subjects


@admin.register(Objective)
class ObjectiveAdmin(ScopedAdmin[Objective]):
    """What portfolios are for."""

    group = GROUP
    fields = ("portfolio", "name", "description", "weight")
    list_display = ("name", "portfolio", "weight")
    list_filter = (BelowFilter,)
    list_select_related = ("portfolio",)
    search_fields = ("name", "portfolio__code", "portfolio__name")
    ordering = ("name",)


@admin.register(ObjectiveContribution)
class ObjectiveContributionAdmin(ScopedAdmin[ObjectiveContribution]):
    """How much of an objective each benefit carries; the benefit may stand elsewhere."""

    group = GROUP
    foreign = ("benefit",)
    fields = ("objective", "benefit", "weight")
    list_display = ("objective", "benefit", "weight")
    sortable_by = ("weight",)
    list_filter = (BelowFilter,)
    list_select_related = ("objective", "benefit")
    search_fields = ("objective__name",)
    ordering = ("objective__name", "pk")


@admin.register(BudgetEnvelope)
class BudgetEnvelopeAdmin(ScopedAdmin[BudgetEnvelope]):
    """The money portfolios may spend, by period."""

    group = GROUP
    fields = ("portfolio", "start_date", "finish_date", "amount")
    list_display = ("portfolio", "start_date", "finish_date", Amount("amount"))
    list_filter = (BelowFilter,)
    list_select_related = ("portfolio",)
    search_fields = ("portfolio__code", "portfolio__name")
    date_hierarchy = "start_date"
    ordering = ("-start_date", "pk")
