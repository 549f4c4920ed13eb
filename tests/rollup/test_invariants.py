"""Laws that stored figures obey, whatever the facts."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppm.core.health_scale import SEVERITY
from ppm.core.models import Component, Health, Snapshot
from ppm.core.models.snapshot import total
from tests.exploring import tried_on
from tests.oracle.facts import Facts
from tests.rollup.organisations import organisation
from tests.rollup.states import NOW, rolled_back, stored, sweep

pytestmark = pytest.mark.django_db

Figures = dict[str, Any]

ADDITIVE = ("bac", "pv", "ev", "ev_costed", "ac", "sunk", "held", "pipeline", "etc", "eac", "vac")
WITH_OWN = ("spent", "committed", "own_cost", "risk_exposure")
BENEFITS = ("benefit_target", "benefit_planned", "benefit_realised", "benefit_forecast")


class Family:
    """A program or portfolio with its children, as stored."""

    def __init__(self, parent: Component, figures: dict[int, Figures]) -> None:
        """Pick the figures out of all."""
        self.parent = parent
        self.figures = figures[parent.pk]
        self.children = [figures[pk] for pk in parent.children.values_list("pk", flat=True)]

    def healths(self, column: str = "health") -> list[Health]:
        """List the colours of the children that are known."""
        return [child[column] for child in self.children if child[column] in SEVERITY]


def sums_add_up(family: Family) -> None:
    """A parent has what its children have and what is its own; without own facts just that."""
    facts = family.parent
    has_own = facts.cost_entries.exists() or facts.estimates.exists() or facts.risks.exists()
    columns = [*ADDITIVE, *(f"budget_{health}" for health in Health.values)]
    columns += [] if has_own else WITH_OWN
    columns += [] if facts.benefits.exists() else BENEFITS
    for column in columns:
        assert family.figures[column] == total(*(child[column] for child in family.children)), (
            column
        )
    for health in Health.values:
        column = f"count_{health}"
        assert family.figures[column] == sum(child[column] for child in family.children)


def ratios_lie_between_those_of_the_parts(family: Family) -> None:
    """An index of a sum is neither better nor worse than all indices of its parts."""
    for above, below in (("ev_costed", "ac"), ("ev", "pv")):
        parts = [(child[above], child[below]) for child in family.children]
        if any(divisor is None or divisor <= 0 for value, divisor in parts if value is not None):
            continue
        if any(divisor is not None for value, divisor in parts if value is None):
            continue
        ratios = [value / divisor for value, divisor in parts if value is not None]
        if ratios:
            whole = family.figures[above] / family.figures[below]
            tolerance = Decimal("1e-20")
            assert min(ratios) - tolerance <= whole <= max(ratios) + tolerance


def bad_news_is_not_hidden(family: Family) -> None:
    """The worst of several is never better than one of them, and no mean is green over a red."""
    health, worst = family.figures["computed_health"], family.healths()
    rule = Facts(NOW).policy({"path": family.parent.path}).rule
    if family.parent.kind != "portfolio" or health not in SEVERITY:
        return
    if rule == "worst_of":
        assert SEVERITY[health] == max(SEVERITY[one] for one in worst)
    if rule == "mean_with_floor" and Health.RED in worst:
        assert health != Health.GREEN
    if family.figures["schedule_health"] == Health.GREEN:
        assert Health.RED not in family.healths("schedule_health")


def a_missing_ratio_has_a_reason(family: Family) -> None:
    """Each ratio is there, or the reason why it is not, never both."""
    for figures in (family.figures, *family.children):
        values = {key: value for key, value in figures.items() if key != "component_id"}
        snapshot = Snapshot(**values)
        for name in ("cpi", "spi", "roi"):
            assert (getattr(snapshot, name) is None) == (name in figures["reasons"]), name


LAWS: Iterable[Callable[[Family], None]] = (
    sums_add_up,
    ratios_lie_between_those_of_the_parts,
    bad_news_is_not_hidden,
    a_missing_ratio_has_a_reason,
)


@tried_on(30)
@given(data=st.data())
def test_stored_figures_obey_the_laws(data: st.DataObject) -> None:
    with rolled_back():
        organisation(data)
        sweep()
        figures = stored()
        for parent in Component.objects.exclude(kind="project"):
            for law in LAWS:
                law(Family(parent, figures))
