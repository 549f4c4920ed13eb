"""Health: the decisions that no vector states."""

from datetime import date
from decimal import Decimal

import pytest

from portfolios.health import PortfolioHealth, portfolio_health
from ppm.core.health_scale import Entry, Part, severity_index, six_decimals
from ppm.core.models.component import State
from ppm.core.models.health import Health, HealthPolicy, PortfolioRule
from programs.health import (
    Pull,
    ScheduledPart,
    benefits_health,
    delivery_factor,
    driving_path,
)
from programs.health import cost_health as summed_cost_health
from programs.health import schedule_health as program_schedule_health
from projects.health import (
    Override,
    cost_health,
    effective,
    is_outdated,
    is_stale,
    issues_health,
    overall,
    risk_health,
    schedule_health,
    scope_health,
)

GREEN, AMBER, RED, UNKNOWN = Health.GREEN, Health.AMBER, Health.RED, Health.UNKNOWN
POLICY = HealthPolicy()
HUNDRED = Decimal(100)
ONE = Decimal(1)


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        ("105", ("1.050000", "1.050000", GREEN)),
        ("105.01", ("1.050100", "1.050000", AMBER)),
        ("110", ("1.100000", "1.050000", AMBER)),
        ("110.01", ("1.100100", "1.100000", RED)),
    ],
)
def test_a_value_on_a_limit_has_the_better_colour(
    estimate: str, expected: tuple[str, str, Health]
) -> None:
    verdict = cost_health(POLICY, estimate=Decimal(estimate), budget=HUNDRED)
    value, threshold, health = expected
    assert verdict.health == health
    assert verdict.entries == [
        Entry(
            dimension="cost",
            measure="eac_over_bac",
            value=value,
            threshold=threshold,
            health=health,
        )
    ]


def test_what_is_judged_is_what_is_shown() -> None:
    barely_above = Decimal("105.00004")
    assert cost_health(POLICY, estimate=barely_above, budget=HUNDRED).health == GREEN


@pytest.mark.parametrize(
    ("estimate", "budget"), [(None, HUNDRED), (HUNDRED, None), (ONE, ONE * 0)]
)
def test_cost_without_estimate_or_budget_is_unknown(
    estimate: Decimal | None, budget: Decimal | None
) -> None:
    assert cost_health(POLICY, estimate=estimate, budget=budget) == (UNKNOWN, [])


def test_a_ratio_is_written_with_six_decimals_and_no_negative_zero() -> None:
    written = [six_decimals(Decimal(text)) for text in ("0.85", "-0.0000001", "1E+3", "2E-6")]
    assert written == ["0.850000", "0.000000", "1000.000000", "0.000002"]


@pytest.mark.parametrize(
    ("days", "threshold", "health"),
    [(-3, 30, GREEN), (29, 30, GREEN), (30, 30, AMBER), (89, 30, AMBER), (90, 90, RED)],
)
def test_a_key_milestone_may_slip_less_than_a_month(
    days: int, threshold: int, health: Health
) -> None:
    verdict = schedule_health(
        POLICY,
        schedule_index_time=None,
        elapsed=None,
        planned_duration=None,
        slip_days=None,
        baseline_days=None,
        milestone_slip_days=days,
    )
    assert verdict.health == health
    assert verdict.entries[0]["value"] == str(days)
    assert verdict.entries[0]["threshold"] == str(threshold)


@pytest.mark.parametrize(
    ("elapsed", "measures", "health"),
    [
        (9, ["milestone_slip_days"], GREEN),
        (10, ["spi_t", "finish_slip", "milestone_slip_days"], RED),
    ],
)
def test_early_work_is_judged_by_its_key_milestones_alone(
    elapsed: int, measures: list[str], health: Health
) -> None:
    verdict = schedule_health(
        POLICY,
        schedule_index_time=Decimal("0.5"),
        elapsed=Decimal(elapsed),
        planned_duration=HUNDRED,
        slip_days=8,
        baseline_days=100,
        milestone_slip_days=0,
    )
    assert [entry["measure"] for entry in verdict.entries] == measures
    assert verdict.health == health


@pytest.mark.parametrize(
    ("change", "dropped", "expected"),
    [
        (None, 0, (UNKNOWN, [])),
        (Decimal(0), 0, (GREEN, ["change_share"])),
        (Decimal(15), 0, (AMBER, ["change_share"])),
        (Decimal(5), 1, (RED, ["change_share", "dropped_requirement"])),
    ],
)
def test_scope_is_judged_by_its_changes(
    change: Decimal | None, dropped: int, expected: tuple[Health, list[str]]
) -> None:
    verdict = scope_health(
        POLICY, change_value=change, budget=HUNDRED, dropped_requirements=dropped
    )
    assert (verdict.health, [entry["measure"] for entry in verdict.entries]) == expected


@pytest.mark.parametrize(
    ("exposure", "contingency", "extreme", "expected"),
    [
        (None, HUNDRED, 0, {}),
        (Decimal(0), HUNDRED, 0, {"exposure_over_etc": GREEN}),
        (Decimal(-5), HUNDRED, 0, {"exposure_over_etc": GREEN}),
        (Decimal(5), Decimal(4), 0, {"exposure_over_etc": GREEN, "contingency_coverage": AMBER}),
        (Decimal(5), Decimal(3), 0, {"exposure_over_etc": GREEN, "contingency_coverage": RED}),
        (Decimal(5), None, 1, {"exposure_over_etc": GREEN, "extreme_risk": RED}),
    ],
)
def test_risk_is_judged_by_exposure_contingency_and_extremes(
    exposure: Decimal | None,
    contingency: Decimal | None,
    extreme: int,
    expected: dict[str, Health],
) -> None:
    verdict = risk_health(
        POLICY,
        exposure=exposure,
        estimate_to_complete=HUNDRED,
        contingency=contingency,
        extreme_risks=extreme,
    )
    assert {entry["measure"]: entry["health"] for entry in verdict.entries} == expected


@pytest.mark.parametrize(
    ("critical", "oldest", "overdue", "expected"),
    [
        (0, 0, 2, GREEN),
        (0, 0, 3, AMBER),
        (1, 14, 1, AMBER),
        (1, 15, 1, RED),
        (2, 1, 2, RED),
    ],
)
def test_issues_are_judged_by_what_is_overdue(
    critical: int, oldest: int, overdue: int, expected: Health
) -> None:
    verdict = issues_health(
        has_issues=True,
        critical_overdue=critical,
        oldest_critical_days=oldest,
        overdue=overdue,
    )
    assert verdict.health == expected


def test_a_component_that_never_had_an_issue_is_not_judged_by_issues() -> None:
    verdict = issues_health(
        has_issues=False, critical_overdue=0, oldest_critical_days=0, overdue=0
    )
    assert verdict == (UNKNOWN, [])


def test_health_is_unknown_when_both_schedule_and_cost_are() -> None:
    assert overall({"schedule": UNKNOWN, "cost": UNKNOWN, "risk": RED}) == UNKNOWN
    assert overall({"schedule": UNKNOWN, "cost": GREEN, "risk": RED}) == RED


@pytest.mark.parametrize(
    ("age", "stale", "outdated"), [(30, False, False), (31, True, False), (61, True, True)]
)
def test_figures_age_by_the_half_life(age: int, stale: bool, outdated: bool) -> None:
    assert is_stale(age_days=age, half_life_days=30) is stale
    assert is_outdated(age_days=age, half_life_days=30) is outdated


@pytest.mark.parametrize(
    ("computed", "said", "is_approved", "is_old", "expected"),
    [
        (GREEN, RED, False, False, RED),
        (RED, GREEN, False, False, RED),
        (RED, GREEN, True, False, GREEN),
        (UNKNOWN, RED, False, False, UNKNOWN),
        (UNKNOWN, RED, True, False, RED),
        (GREEN, RED, False, True, UNKNOWN),
        (RED, AMBER, True, True, AMBER),
        (Health.ON_HOLD, RED, True, True, Health.ON_HOLD),
    ],
)
def test_an_override_counts_when_it_is_worse_or_approved(
    computed: Health, said: Health, is_approved: bool, is_old: bool, expected: Health
) -> None:
    day = date(2026, 11, 20)
    override = Override(health=said, valid_from=day, valid_until=day, is_approved=is_approved)
    result = effective(computed=computed, override=override, is_outdated=is_old, as_of=day)
    assert result == expected


def test_an_override_does_not_count_before_its_date() -> None:
    override = Override(
        health=RED, valid_from=date(2026, 11, 21), valid_until=date(2026, 11, 30), is_approved=True
    )
    day = date(2026, 11, 20)
    assert effective(computed=GREEN, override=override, is_outdated=False, as_of=day) == GREEN


def test_the_cost_of_a_program_counts_what_is_on_hold() -> None:
    verdict = summed_cost_health(
        POLICY, budget=Decimal(60), held=Decimal(40), variance=Decimal(-8)
    )
    assert verdict.entries[0]["value"] == "1.080000"
    assert verdict.health == AMBER
    nothing = summed_cost_health(POLICY, budget=HUNDRED, held=None, variance=None)
    assert nothing == (UNKNOWN, [])


def test_the_driving_path_ends_at_the_latest_linked_component() -> None:
    finishes = {id_: date(2026, 1, id_) for id_ in range(1, 7)}
    predecessors = {5: {3, 4}, 3: {1}, 4: {2}, 2: {1}}
    assert driving_path(finishes, predecessors) == {5, 4, 3, 2, 1}
    assert driving_path(finishes, {4: {2}, 5: {1}}) == {5, 1}
    assert driving_path(finishes, {}) == set()


@pytest.mark.parametrize(("is_driving", "expected"), [(True, GREEN), (False, AMBER)])
def test_a_program_is_as_late_as_its_driving_path(is_driving: bool, expected: Health) -> None:
    parts = [ScheduledPart(GREEN, HUNDRED, is_driving), ScheduledPart(RED, ONE)]
    assert program_schedule_health(POLICY, parts) == expected


@pytest.mark.parametrize(
    ("pulls", "expected"),
    [
        ([], None),
        ([Pull(GREEN, ONE, True)], None),
        ([Pull(RED, Decimal("0.19"))], ("0.190000", "0.200000", AMBER)),
        ([Pull(RED, Decimal("0.2"))], ("0.200000", "0.200000", RED)),
        ([Pull(RED, Decimal("0.01"), True)], ("0.010000", "0.200000", RED)),
        ([Pull(AMBER, Decimal("0.49"))], None),
        ([Pull(AMBER, Decimal("0.5"))], ("0.500000", "0.500000", AMBER)),
        (
            [Pull(AMBER, Decimal("0.9")), Pull(RED, Decimal("0.3"))],
            ("0.300000", "0.200000", RED),
        ),
    ],
)
def test_a_component_that_benefits_rest_on_pulls_the_program(
    pulls: list[Pull], expected: tuple[str, str, Health] | None
) -> None:
    verdict = benefits_health(POLICY, forecast=HUNDRED, target=HUNDRED, pulls=pulls)
    first, *rest = verdict.entries
    assert (first["measure"], first["health"]) == ("forecast_over_target", GREEN)
    found = [(entry["value"], entry["threshold"], entry["health"]) for entry in rest]
    assert found == ([expected] if expected else [])
    assert verdict.health == (expected[2] if expected else GREEN)


@pytest.mark.parametrize(
    ("state", "health", "confidence", "expected"),
    [
        (State.CLOSED, Health.DONE, None, "1"),
        (State.TERMINATED, Health.DONE, "0.9", "0"),
        (State.PROPOSAL, Health.NOT_STARTED, "0.9", "0"),
        (State.ON_HOLD, Health.ON_HOLD, "0.9", "0.25"),
        (State.AUTHORIZED, Health.NOT_STARTED, None, "0.95"),
        (State.EXECUTING, GREEN, None, "0.95"),
        (State.EXECUTING, AMBER, None, "0.80"),
        (State.CLOSING, RED, None, "0.50"),
        (State.EXECUTING, UNKNOWN, None, "0.50"),
        (State.EXECUTING, RED, "0.7", "0.7"),
    ],
)
def test_a_project_delivers_by_state_confidence_and_colour(
    state: State, health: Health, confidence: str | None, expected: str
) -> None:
    said = None if confidence is None else Decimal(confidence)
    factor = delivery_factor(POLICY, state=state, health=health, confidence=said)
    assert factor == Decimal(expected)


@pytest.mark.parametrize(
    ("healths", "expected"),
    [
        ([], UNKNOWN),
        ([Health.DONE, Health.NOT_STARTED, Health.ON_HOLD], Health.NOT_STARTED),
        ([Health.DONE, Health.ON_HOLD], Health.ON_HOLD),
        ([Health.DONE], Health.DONE),
    ],
)
def test_a_portfolio_without_rated_components_is_what_most_concerns(
    healths: list[Health], expected: Health
) -> None:
    parts = [Part(health, HUNDRED) for health in healths]
    assert portfolio_health(POLICY, parts) == PortfolioHealth(expected, None, None)


def test_components_without_budget_all_weigh_the_same() -> None:
    nothing = Decimal(0)
    parts = [Part(GREEN, nothing), Part(RED, nothing), Part(Health.DONE, HUNDRED)]
    assert severity_index(parts) == (ONE, ONE)


def test_what_is_unknown_further_down_is_unknown_here_too() -> None:
    program = Part(GREEN, HUNDRED, coverage=Decimal("0.4"))
    expected = PortfolioHealth(UNKNOWN, Decimal(0), Decimal("0.4"))
    assert portfolio_health(POLICY, [program]) == expected


def test_known_components_without_weight_do_not_make_a_known_whole() -> None:
    parts = [Part(GREEN, Decimal(0)), Part(UNKNOWN, HUNDRED)]
    assert portfolio_health(POLICY, parts) == PortfolioHealth(UNKNOWN, None, Decimal(0))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PortfolioRule.MEAN_WITH_FLOOR, AMBER),
        (PortfolioRule.WORST_OF, RED),
        (PortfolioRule.COUNT_BASED, GREEN),
    ],
)
def test_the_policy_chooses_the_rule(rule: PortfolioRule, expected: Health) -> None:
    parts = [Part(GREEN, HUNDRED)] * 19 + [Part(RED, ONE)]
    assert portfolio_health(HealthPolicy(rule=rule), parts).health == expected


@pytest.mark.parametrize("rule", PortfolioRule)
@pytest.mark.parametrize(("known", "expected"), [(49, UNKNOWN), (50, GREEN)])
def test_under_any_rule_half_of_the_weight_must_be_known(
    rule: PortfolioRule, known: int, expected: Health
) -> None:
    parts = [Part(GREEN, Decimal(known)), Part(UNKNOWN, Decimal(100 - known))]
    assert portfolio_health(HealthPolicy(rule=rule), parts).health == expected


@pytest.mark.parametrize(("green", "expected"), [(10, GREEN), (9, AMBER), (8, AMBER), (7, RED)])
def test_a_count_is_green_only_above_its_limit(green: int, expected: Health) -> None:
    parts = [Part(GREEN, ONE)] * green + [Part(AMBER, ONE)] * (10 - green)
    policy = HealthPolicy(rule=PortfolioRule.COUNT_BASED)
    assert portfolio_health(policy, parts).health == expected
