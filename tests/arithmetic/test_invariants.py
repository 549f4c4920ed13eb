"""What must hold for any figures: the invariants of roll-ups, benefits and earned schedule."""

from decimal import Decimal
from itertools import accumulate

from hypothesis import assume, given
from hypothesis import strategies as st

from portfolios.finance import contribution_to_target, gap_to_target, return_on_investment
from portfolios.health import portfolio_health
from ppm.core.health_scale import SEVERITY, Part, worst
from ppm.core.models.health import Health, HealthPolicy, PortfolioRule
from programs.benefits import (
    BenefitsMap,
    Link,
    attribution,
    benefit_at_risk,
    criticality,
    planned_dependence,
    removal_impact,
)
from projects.evm import (
    EarnedValue,
    EarningMethod,
    earned_schedule,
    earned_value,
    estimate_at_completion,
    headline_estimate,
    planned_duration,
    planned_value,
)

ZERO = Decimal(0)
ONE = Decimal(1)


def amounts(low: str = "0", high: str = "1000000000000000") -> st.SearchStrategy[Decimal]:
    """Draw amounts of money as they are stored: up to 19 digits, four of them decimals."""
    return st.decimals(low, high, places=4, allow_nan=False, allow_infinity=False)


fractions = st.decimals("0", "1", places=4)
weights = st.decimals("0.0001", "100", places=4)
optional_costs = st.none() | amounts("-1000000", "1000000000")


@st.composite
def work(draw: st.DrawFn) -> EarnedValue:
    """Draw one piece of work; its cost may be missing, or negative by a credit note."""
    return EarnedValue(
        budget=draw(amounts()),
        planned=draw(amounts()),
        earned=draw(amounts()),
        actual=draw(optional_costs),
    )


def at_most(value: Decimal, limit: Decimal) -> bool:
    """Whether a value is not above a limit, but for the rounding of divisions."""
    return value <= limit + (1 + abs(limit)) * Decimal("1e-20")


def within(value: Decimal | None, parts: list[Decimal | None]) -> bool:
    """Whether a value lies between the smallest and the largest known part."""
    known = [part for part in parts if part is not None]
    return value is None or (at_most(min(known), value) and at_most(value, max(known)))


@given(st.lists(work(), max_size=5), st.integers(0, 5))
def test_sums_do_not_depend_on_the_shape_of_the_tree(values: list[EarnedValue], cut: int) -> None:
    flat = sum(values, EarnedValue())
    nested = sum(values[cut:], EarnedValue()) + sum(reversed(values[:cut]), EarnedValue())
    assert nested == flat


@given(st.lists(work(), min_size=1, max_size=5))
def test_an_index_of_a_parent_lies_between_those_of_its_children(
    values: list[EarnedValue],
) -> None:
    assume(all(value.actual is None or value.actual >= 0 for value in values))
    total = sum(values, EarnedValue())
    assert within(total.cost_performance_index, [v.cost_performance_index for v in values])
    planned = [value for value in values if value.planned]
    index = sum(planned, EarnedValue()).schedule_performance_index
    assert within(index, [value.schedule_performance_index for value in planned])


@given(work())
def test_work_whose_cost_is_missing_leaves_the_cost_index_alone(value: EarnedValue) -> None:
    free = EarnedValue(budget=value.budget, planned=value.planned, earned=value.earned)
    assert (value + free).cost_performance_index == value.cost_performance_index


@given(
    st.sampled_from(EarningMethod),
    amounts(),
    st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    st.lists(st.integers(-500, 25_000), min_size=2, max_size=2).map(sorted),
    fractions,
)
def test_planned_value_grows_from_zero_to_the_budget(
    method: EarningMethod,
    budget: Decimal,
    task: tuple[int, int],
    times: list[int],
    due: Decimal,
) -> None:
    start, duration = task
    earlier, later = (
        planned_value(
            method=method,
            budget=budget,
            elapsed=Decimal(elapsed),
            start_elapsed=Decimal(start),
            finish_elapsed=Decimal(start + duration),
            due_weight=due,
            total_weight=ONE,
        )
        for elapsed in times
    )
    assert 0 <= earlier <= later <= budget


@given(st.sampled_from(EarningMethod), amounts(), st.tuples(fractions, fractions).map(sorted))
def test_more_progress_never_earns_less(
    method: EarningMethod, budget: Decimal, progress: list[Decimal]
) -> None:
    less, more = (
        earned_value(
            method=method,
            budget=budget,
            percent=100 * done,
            planned=budget,
            accomplished_weight=done,
            total_weight=ONE,
        )
        for done in progress
    )
    assert 0 <= less <= more <= budget


@given(amounts("0.0001"), fractions, amounts("0.0001"))
def test_the_blended_estimate_lies_between_its_parts(
    budget: Decimal, done: Decimal, actual: Decimal
) -> None:
    assume(done > 0)
    value = EarnedValue(budget=budget, earned=budget * done, actual=actual)
    blend = estimate_at_completion("BLEND", value)
    assert blend is not None
    assert within(blend, [estimate_at_completion(code, value) for code in ("PF1", "CPI")])


@given(amounts(), fractions, amounts())
def test_the_headline_estimate_never_lies_below_the_cost(
    budget: Decimal, done: Decimal, actual: Decimal
) -> None:
    earned = (budget * done).quantize(Decimal("0.0001"))
    amount, _ = headline_estimate(budget=budget, earned=earned, actual=actual)
    assert amount is not None
    assert amount >= actual


@st.composite
def curves(draw: st.DrawFn) -> list[tuple[Decimal, Decimal]]:
    """Draw a plan that ends above zero: ascending times, cumulative values with pauses."""
    steps = draw(st.lists(st.integers(1, 50_000), min_size=1, max_size=8))
    values = draw(st.lists(amounts("0", "100000"), min_size=len(steps), max_size=len(steps)))
    assume(sum(values) > 0)
    return [
        (Decimal(time), value)
        for time, value in zip(accumulate(steps), accumulate(values), strict=True)
    ]


@given(curves(), st.tuples(amounts("-10", "900000"), amounts("-10", "900000")).map(sorted))
def test_earned_schedule_grows_with_value_and_stays_in_the_plan(
    curve: list[tuple[Decimal, Decimal]], values: list[Decimal]
) -> None:
    budget = curve[-1][1]
    less, more = (earned_schedule(curve, earned=value, budget=budget) for value in values)
    assert 0 <= less <= more <= planned_duration(curve, budget=budget)


@given(curves(), st.integers(0, 7))
def test_work_as_planned_has_earned_the_time_gone(
    curve: list[tuple[Decimal, Decimal]], position: int
) -> None:
    time, planned = curve[position % len(curve)]
    budget = curve[-1][1]
    assume(0 < planned < budget)
    # In a pause the plan stands still, so its end counts as earned.
    latest = max(t for t, value in curve if value == planned)
    assert time <= latest == earned_schedule(curve, earned=planned, budget=budget)


colours = st.sampled_from([*SEVERITY, Health.UNKNOWN])


@given(st.lists(colours, min_size=1))
def test_the_worst_is_never_better_than_any_known(healths: list[Health]) -> None:
    found = worst(healths)
    known = [SEVERITY[health] for health in healths if health in SEVERITY]
    if known:
        assert all(SEVERITY[found] >= severity for severity in known)
    else:
        assert found == Health.UNKNOWN


@given(
    st.lists(st.builds(Part, st.sampled_from(Health), amounts()), min_size=1),
    st.sampled_from([PortfolioRule.MEAN_WITH_FLOOR, PortfolioRule.WORST_OF]),
)
def test_a_portfolio_with_a_red_component_is_never_green(
    parts: list[Part], rule: PortfolioRule
) -> None:
    policy = HealthPolicy(rule=rule)
    result = portfolio_health(policy, [*parts, Part(Health.RED, ZERO)])
    assert result.health in (Health.AMBER, Health.RED, Health.UNKNOWN)
    assert result.index is None or 0 <= result.index <= 2
    assert result.coverage is not None
    assert 0 <= result.coverage <= 1


@given(st.lists(st.tuples(amounts(), amounts("0.0001")), min_size=1, max_size=6), fractions)
def test_the_return_of_a_parent_lies_between_those_of_its_children(
    parts: list[tuple[Decimal, Decimal]], target: Decimal
) -> None:
    benefit, cost = (sum(column, ZERO) for column in zip(*parts, strict=True))
    returns = [return_on_investment(benefit=b, cost=c) for b, c in parts]
    total = return_on_investment(benefit=benefit, cost=cost)
    assert total is not None
    assert within(total, returns)
    gap = gap_to_target(target=target, benefit=benefit, cost=cost)
    pieces = [contribution_to_target(target=target, benefit=b, cost=c) for b, c in parts]
    assert sum(pieces, ZERO) == -gap


@given(
    st.dictionaries(st.sampled_from("ABCD"), amounts("0", "1000000"), min_size=1),
    st.dictionaries(
        st.sampled_from("ABCD"),
        st.dictionaries(st.sampled_from(["P", "Q", "R"]), st.decimals("0", "0.3333", places=4)),
    ),
)
def test_attributed_and_unattributed_benefits_sum_to_the_benefits(
    benefits: dict[str, Decimal], shares: dict[str, dict[str, Decimal]]
) -> None:
    result = attribution(benefits, shares)
    claimed = sum(result.by_contributor.values(), ZERO)
    assert claimed + result.unattributed == sum(benefits.values(), ZERO)
    assert result.unattributed >= 0


OUTPUTS = ("O1", "O2", "O3")


@st.composite
def maps(draw: st.DrawFn) -> BenefitsMap:
    """Draw a map of three outputs, up to three nodes between, and the benefit B."""
    nodes = [*OUTPUTS, *draw(st.sampled_from([(), ("C",), ("C", "D"), ("C", "D", "E")])), "B"]
    links = [Link(output, "B", draw(weights)) for output in OUTPUTS]
    for position, target in enumerate(nodes[len(OUTPUTS) :], start=len(OUTPUTS)):
        sources = draw(st.lists(st.sampled_from(nodes[:position]), unique=True, min_size=1))
        links.extend(Link(source, target, draw(st.none() | weights)) for source in sources)
    return BenefitsMap(links)


@given(maps(), st.tuples(fractions, fractions, fractions), amounts("0", "1000000"))
def test_what_a_removal_costs_is_never_a_gain_and_never_more_than_the_target(
    map_: BenefitsMap, factors: tuple[Decimal, ...], target: Decimal
) -> None:
    given_factors = dict(zip(OUTPUTS, factors, strict=True))
    at_risk = benefit_at_risk(map_, "B", target=target, factors=given_factors)
    assert at_risk is not None
    assert within(at_risk, [ZERO, target])
    for output in OUTPUTS:
        impact = removal_impact(map_, "B", [output], target=target, factors=given_factors)
        planned = planned_dependence(map_, "B", output, target=target)
        birnbaum = criticality(map_, "B", output, target=target, factors=given_factors)
        assert impact is not None
        assert planned is not None
        assert birnbaum is not None
        assert within(impact, [ZERO, target - at_risk])
        assert within(planned, [ZERO, target])
        assert at_most(impact, birnbaum)


@given(maps())
def test_path_contributions_sum_to_one(map_: BenefitsMap) -> None:
    # A node with essential links only passes no share on, so its part is lost to the sum.
    total = sum((map_.contribution("B", output) for output in OUTPUTS), ZERO)
    is_additive = all(
        any(link.weight for link in links) for links in map_.incoming.values() if links
    )
    assert at_most(total, ONE)
    assert not is_additive or at_most(ONE, total)
