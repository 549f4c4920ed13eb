"""Portfolios and objectives as the API shows and takes them."""

from __future__ import annotations

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.api.serializers import COMPONENT, FIGURES, FiguredList, KindSerializer
from ppm.core.models import Subject
from ppm.core.serializers import (
    ConstrainedSerializer,
    ForeignReferenceField,
    ScopedPrimaryKeyRelatedField,
)
from programs.models import Benefit


class PortfolioSerializer(KindSerializer[Portfolio]):
    """A portfolio."""

    class Meta:
        model = Portfolio
        fields = (*COMPONENT, "target_roi", "discount_rate", "governance_body", *FIGURES)
        list_serializer_class = FiguredList


class ObjectiveSerializer(ConstrainedSerializer[Objective]):
    """What a portfolio is for."""

    portfolio = ScopedPrimaryKeyRelatedField(Portfolio, Subject.PORTFOLIO)

    class Meta:
        model = Objective
        fields = ("id", "portfolio", "name", "description", "weight", "version")


class BudgetEnvelopeSerializer(ConstrainedSerializer[BudgetEnvelope]):
    """Money for a period."""

    portfolio = ScopedPrimaryKeyRelatedField(Portfolio, Subject.PORTFOLIO)

    class Meta:
        model = BudgetEnvelope
        fields = ("id", "portfolio", "start_date", "finish_date", "amount", "version")


class ObjectiveContributionSerializer(ConstrainedSerializer[ObjectiveContribution]):
    """How much of an objective a benefit carries. The benefit may stand anywhere."""

    objective = ScopedPrimaryKeyRelatedField(Objective, Subject.PORTFOLIO)
    benefit = ForeignReferenceField(Benefit)

    class Meta:
        model = ObjectiveContribution
        fields = ("id", "objective", "benefit", "weight", "version")
