"""Benefits: the decisions that no vector states."""

from decimal import Decimal

import pytest

from portfolios.finance import go_forward_return, return_on_investment
from programs.benefits import (
    BenefitsMap,
    Contribution,
    Link,
    attribution,
    benefit_at_risk,
    benefit_forecast,
    flow_realisation,
    goal_post_performance,
    kpi_performance,
    level_realisation,
    objective_achievement,
    planned_dependence,
    removal_impact,
)

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)


@pytest.mark.parametrize(
    ("realised", "planned", "rate", "measurements", "closed", "expected"),
    [
        (0, 0, "0.8", 0, False, "80"),
        (10, 50, "0.8", 2, False, "50"),
        (40, 50, "0.9", 3, False, "80"),
        (40, 50, "0.5", 3, False, "65"),
        (40, 50, "0.5", 3, True, "80"),
        (60, 50, "1", 3, True, "120"),
        (90, 50, "1", 3, True, "165"),
        (-10, 50, "1", 3, True, "-10"),
        (40, 50, None, 3, False, "80"),
        (40, 50, None, 2, False, None),
        (5, 0, "0.8", 3, False, "85"),
        (5, 0, None, 3, False, None),
    ],
)
def test_a_benefit_is_forecast_by_its_trend(
    realised: int,
    planned: int,
    rate: str | None,
    measurements: int,
    closed: bool,
    expected: str | None,
) -> None:
    forecast = benefit_forecast(
        realised=Decimal(realised),
        planned=Decimal(planned),
        target=HUNDRED,
        rate=None if rate is None else Decimal(rate),
        measurements=measurements,
        are_contributors_closed=closed,
    )
    assert forecast == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(("actual", "expected"), [("41", 1), ("42.1", 0)])
def test_keeping_a_level_is_done_within_its_tolerance(actual: str, expected: int) -> None:
    level = Decimal(40)
    done = level_realisation(
        actual=Decimal(actual), baseline=level, target=level, tolerance=Decimal(2)
    )
    assert done == expected


def test_a_flow_without_a_target_has_no_realisation() -> None:
    assert flow_realisation(actual=[ONE], target=[]) is None


@pytest.mark.parametrize(
    ("direction", "actual", "expected"),
    [("lower", 0, 1), ("lower", 1, 0), ("higher", 0, 1), ("higher", -1, 0)],
)
def test_a_target_of_zero_is_met_or_not(direction: str, actual: int, expected: int) -> None:
    result = kpi_performance(direction=direction, actual=Decimal(actual), target=ZERO)
    assert result == expected


@pytest.mark.parametrize(("actual", "expected"), [(106, "0.94"), (94, "0.94"), (105, "1")])
def test_missing_the_goal_post_counts_on_either_side(actual: int, expected: str) -> None:
    result = goal_post_performance(
        actual=Decimal(actual), target=HUNDRED, tolerance=Decimal("0.05")
    )
    assert result == Decimal(expected)


def test_a_map_that_leads_back_is_refused() -> None:
    links = [Link("A", "B", ONE), Link("B", "C", ONE), Link("C", "B")]
    with pytest.raises(ValueError, match="lead back"):
        BenefitsMap(links)


def test_a_link_without_weight_or_worth_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        BenefitsMap([Link("A", "B", ZERO)])


def test_what_rests_on_the_unknown_is_unknown() -> None:
    map_ = BenefitsMap([Link("A", "C", ONE), Link("B", "C", ONE)])
    assert map_.rate("C", {"A": ONE}) is None
    assert map_.rate("nowhere", {"A": ONE}) is None
    factors = {"A": ONE, "B": None}
    assert benefit_at_risk(map_, "C", target=HUNDRED, factors=factors) is None
    assert planned_dependence(map_, "C", "A", target=HUNDRED) == 50


def test_a_benefit_with_essential_sources_only_needs_them_all() -> None:
    map_ = BenefitsMap([Link("A", "C"), Link("B", "C")])
    half = Decimal("0.5")
    assert map_.rate("C", {"A": half, "B": half}) == Decimal("0.25")
    assert map_.contribution("C", "A") == 0


def test_removals_of_one_decision_are_counted_together() -> None:
    map_ = BenefitsMap([Link("A", "C"), Link("B", "C")])
    planned = map_.planned()
    both = removal_impact(map_, "C", ["A", "B"], target=HUNDRED, factors=planned)
    single = [planned_dependence(map_, "C", output, target=HUNDRED) for output in ("A", "B")]
    assert both == HUNDRED
    assert single == [HUNDRED, HUNDRED]


@pytest.mark.parametrize("share", ["-0.1", "1.1"])
def test_a_benefit_is_never_claimed_twice(share: str) -> None:
    with pytest.raises(ValueError, match="at most 1"):
        attribution({"B": HUNDRED}, {"B": {"P": Decimal(share)}})


def test_an_objective_counts_no_benefit_above_a_fifth_more_than_asked() -> None:
    contributions = [
        Contribution(ONE, Decimal(500), HUNDRED),
        Contribution(ONE, Decimal(-20), HUNDRED),
        Contribution(Decimal(2), None, HUNDRED),
    ]
    assert objective_achievement(contributions) == (Decimal("0.6"), Decimal("0.5"))
    assert objective_achievement([]) == (None, None)


@pytest.mark.parametrize("cost", [ZERO, -ONE])
def test_a_return_on_no_cost_is_undefined(cost: Decimal) -> None:
    assert return_on_investment(benefit=HUNDRED, cost=cost) is None
    assert go_forward_return(remaining_benefit=HUNDRED, estimate_to_complete=cost) is None
