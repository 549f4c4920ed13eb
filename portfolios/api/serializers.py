"""Portfolios and objectives as the API shows and takes them."""

from __future__ import annotations

from portfolios.models import Objective, Portfolio
from ppm.core.api.serializers import COMPONENT, FIGURES, FiguredList, KindSerializer
from ppm.core.models import Subject
from ppm.core.serializers import ConstrainedSerializer, ScopedPrimaryKeyRelatedField


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
        fields = ("id", "portfolio", "name", "description", "weight")
