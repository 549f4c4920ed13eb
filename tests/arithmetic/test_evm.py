"""Earned value: the decisions that no vector states."""

from decimal import Decimal

import pytest

from projects.evm import (
    EarnedTime,
    EarnedValue,
    Flag,
    bottom_up_estimate,
    earned_schedule,
    earned_value,
    estimate_at_completion,
    flags,
    headline_estimate,
    is_estimate_current,
    money,
    planned_value,
    smoothed_forecast,
    time_forecasts,
    whole_minutes,
)

HUNDRED = Decimal(100)


def value(budget: int, planned: int, earned: int, actual: int | None) -> EarnedValue:
    return EarnedValue(
        budget=Decimal(budget),
        planned=Decimal(planned),
        earned=Decimal(earned),
        actual=None if actual is None else Decimal(actual),
    )


@pytest.mark.parametrize(
    ("amount", "stored"),
    [("1.00005", "1.0001"), ("-1.00005", "-1.0001"), ("1.00004999", "1.0000")],
)
def test_money_is_rounded_half_up_to_four_decimals(amount: str, stored: str) -> None:
    assert str(money(Decimal(amount))) == stored


def test_a_duration_is_rounded_to_the_minute() -> None:
    assert [whole_minutes(Decimal(text)) for text in ("479.5", "479.49")] == [480, 479]


@pytest.mark.parametrize(
    ("method", "elapsed", "planned"),
    [
        ("zero_hundred", 959, 0),
        ("zero_hundred", 960, 100),
        ("fifty_fifty", 480, 0),
        ("fifty_fifty", 481, 50),
        ("fifty_fifty", 960, 100),
        ("physical_percent", -480, 0),
        ("physical_percent", 720, 50),
        ("physical_percent", 2000, 100),
        ("level_of_effort", 600, 25),
        ("weighted_milestones", 600, 40),
    ],
)
def test_a_task_plans_its_value_by_its_method(method: str, elapsed: int, planned: int) -> None:
    result = planned_value(
        method=method,
        budget=HUNDRED,
        elapsed=Decimal(elapsed),
        start_elapsed=Decimal(480),
        finish_elapsed=Decimal(960),
        due_weight=Decimal(2),
        total_weight=Decimal(5),
    )
    assert result == planned


@pytest.mark.parametrize("method", ["physical_percent", "fifty_fifty", "zero_hundred"])
@pytest.mark.parametrize(("elapsed", "planned"), [(479, 0), (480, 100)])
def test_a_milestone_plans_all_of_its_value_at_once(
    method: str, elapsed: int, planned: int
) -> None:
    moment = Decimal(480)
    result = planned_value(
        method=method,
        budget=HUNDRED,
        elapsed=Decimal(elapsed),
        start_elapsed=moment,
        finish_elapsed=moment,
    )
    assert result == planned


def test_a_task_by_milestones_that_has_none_earns_nothing() -> None:
    earned = earned_value(
        method="weighted_milestones", budget=HUNDRED, percent=HUNDRED, planned=HUNDRED
    )
    assert earned == 0


def test_a_level_of_effort_earns_what_it_plans() -> None:
    planned = Decimal("33.3333")
    earned = earned_value(
        method="level_of_effort", budget=HUNDRED, percent=Decimal(0), planned=planned
    )
    assert earned == planned


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="units"):
        earned_value(method="units", budget=HUNDRED, percent=HUNDRED, planned=HUNDRED)


def test_a_cost_without_an_earned_value_is_no_performance() -> None:
    with pytest.raises(ValueError, match="earned value is known"):
        EarnedValue(budget=HUNDRED, actual=HUNDRED)


def test_nothing_known_adds_up_to_nothing_known() -> None:
    total = EarnedValue() + EarnedValue()
    assert total == EarnedValue()
    assert total.schedule_variance is None


@pytest.mark.parametrize(
    ("budget", "earned", "actual", "bottom_up", "expected"),
    [
        (100, 50, 60, "130", ("130", "BU")),
        (None, None, 60, None, (None, None)),
        (100, 50, None, None, ("100", "PLAN")),
        (100, None, 60, None, ("100", "PLAN")),
        (100, None, 160, None, ("160", "PLAN")),
        (100, 100, 120, None, ("120", "AC")),
        (0, 0, 30, None, ("30", "AC")),
        (100, 0, 20, None, ("120", "PF1")),
        (100, 50, -10, None, ("40", "PF1")),
        (100, 50, 60, None, ("115", "BLEND")),
    ],
)
def test_the_headline_estimate_says_where_it_comes_from(
    budget: int | None,
    earned: int | None,
    actual: int | None,
    bottom_up: str | None,
    expected: tuple[str | None, str | None],
) -> None:
    amounts = (None if amount is None else Decimal(amount) for amount in (budget, earned, actual))
    known_budget, known_earned, known_actual = amounts
    amount, method = headline_estimate(
        budget=known_budget,
        earned=known_earned,
        actual=known_actual,
        bottom_up=None if bottom_up is None else Decimal(bottom_up),
    )
    expected_amount, expected_method = expected
    assert amount == (None if expected_amount is None else Decimal(expected_amount))
    assert method == expected_method


@pytest.mark.parametrize(("actual", "expected"), [(40, 100), (70, 100), (110, 110)])
def test_a_cost_after_the_estimate_uses_it_up(actual: int, expected: int) -> None:
    estimate = bottom_up_estimate(
        estimate_to_complete=Decimal(60),
        actual_at_estimate=Decimal(40),
        actual=Decimal(actual),
    )
    assert estimate == expected


@pytest.mark.parametrize(
    ("age", "has_tasks", "expected"), [(35, True, True), (36, True, False), (900, False, True)]
)
def test_an_estimate_leads_for_five_weeks(age: int, has_tasks: bool, expected: bool) -> None:
    assert is_estimate_current(age_days=age, has_tasks=has_tasks) is expected


def test_an_estimate_by_an_unknown_index_is_unknown() -> None:
    work = value(100, 50, 50, 0)
    assert estimate_at_completion("CPI", work) is None
    assert estimate_at_completion("SPIT", work) is None
    assert estimate_at_completion("SPIT", work, schedule_index_time=Decimal("0.5")) == 100


@pytest.mark.parametrize(
    ("work", "options", "expected"),
    [
        (value(100, 50, 50, 50), {}, []),
        (value(100, 50, 40, 60), {}, [Flag.BUDGET_UNATTAINABLE, Flag.LOW_COST_INDEX]),
        (value(100, 20, 10, 20), {}, [Flag.LOW_COST_INDEX]),
        (
            value(100, 80, 60, 110),
            {"estimate": Decimal(120)},
            [Flag.BUDGET_EXHAUSTED, Flag.ESTIMATE_OPTIMISTIC, Flag.LOW_COST_INDEX],
        ),
        (
            value(100, 50, 50, 50),
            {"schedule_index_time": Decimal("0.89")},
            [Flag.LOW_SCHEDULE_INDEX],
        ),
        (
            value(100, 20, 0, 5),
            {"first_cost_age_days": 31},
            [Flag.LOW_COST_INDEX, Flag.AC_WITHOUT_EV],
        ),
        (value(100, 20, 0, 5), {"first_cost_age_days": 30}, [Flag.LOW_COST_INDEX]),
        (value(100, 20, 10, None), {}, [Flag.EV_WITHOUT_AC]),
        (value(100, 90, 100, 100), {}, [Flag.PV_AFTER_FINISH]),
    ],
)
def test_figures_that_do_not_fit_together_are_flagged(
    work: EarnedValue, options: dict[str, Decimal], expected: list[Flag]
) -> None:
    assert flags(work, **options) == expected  # type: ignore[arg-type]


def test_a_plan_that_never_reaches_its_budget_is_refused() -> None:
    curve = [(Decimal(10), Decimal(50))]
    with pytest.raises(ValueError, match="does not reach"):
        earned_schedule(curve, earned=Decimal(20), budget=HUNDRED)


def test_before_the_start_there_is_no_time_index_and_no_forecast_by_it() -> None:
    time = EarnedTime(elapsed=Decimal(0), earned=Decimal(0), planned=Decimal(10))
    forecasts = time_forecasts(time, value(100, 0, 0, None))
    assert time.schedule_index is None
    assert forecasts.earned_schedule_1 == 10
    assert forecasts.earned_schedule_2 is None
    assert forecasts.planned_value_2 is None


@pytest.mark.parametrize(("elapsed", "expected"), [(4, Decimal(4) / 3), (10, None)])
def test_the_time_index_to_complete_ends_with_the_planned_time(
    elapsed: int, expected: Decimal | None
) -> None:
    time = EarnedTime(elapsed=Decimal(elapsed), earned=Decimal(2), planned=Decimal(10))
    index = time.to_complete_index
    assert (index if index is None else round(index, 20)) == (
        expected if expected is None else round(expected, 20)
    )


def test_a_trend_that_stands_still_forecasts_nothing() -> None:
    arguments = {"elapsed": Decimal(2), "planned": Decimal(9), "beta": Decimal(1)}
    assert smoothed_forecast([Decimal(1), Decimal(1)], **arguments) is None
