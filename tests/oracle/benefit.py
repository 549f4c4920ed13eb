"""What is known of a benefit on a date, in its own unit."""

from datetime import date
from decimal import Decimal

from programs.benefits import BenefitsMap, Link
from programs.models import BenefitMeasurement, BenefitPlan
from tests.oracle.facts import ZERO, Facts, Row


def planned_value(facts: Facts, benefit_id: int, as_of: date) -> Decimal:
    """What was to have come by the date."""
    plan = facts.of(BenefitPlan, benefit_id=benefit_id)
    return sum((p["value"] for p in plan if p["period_end"] <= as_of), ZERO)


def measured_values(facts: Facts, benefit_id: int, as_of: date) -> list[Decimal]:
    """What was measured: of each date the newest, which is read last."""
    entries = facts.of(BenefitMeasurement, benefit_id=benefit_id)
    by_day = {entry["date"]: entry["value"] for entry in entries}
    return [value for day, value in by_day.items() if day <= as_of]


def map_of(links: list[Row]) -> BenefitsMap:
    """The map from the linked projects to the one benefit."""
    return BenefitsMap(Link(str(link["project_id"]), "benefit", link["weight"]) for link in links)
