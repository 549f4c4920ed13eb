"""Planning a benefit for many periods at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import transaction

from ppm.core.reach import unscoped
from programs.models import Benefit, BenefitPlan


@transaction.atomic
@unscoped("the plan of a benefit that the caller may change")
def plan_periods(benefit: Benefit, values: Mapping[date, Decimal | None]) -> None:
    """Plan the values of periods by their end; None takes away what was planned there."""
    emptied = [end for end, value in values.items() if value is None]
    BenefitPlan.objects.filter(benefit=benefit, period_end__in=emptied).delete()
    BenefitPlan.objects.bulk_create(
        [
            BenefitPlan(benefit=benefit, period_end=end, value=value)
            for end, value in values.items()
            if value is not None
        ],
        update_conflicts=True,
        unique_fields=["benefit", "period_end"],
        update_fields=["value"],
    )
