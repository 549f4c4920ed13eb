"""Vectors of earned value and earned schedule, through our functions."""

from decimal import Decimal

from projects.evm import (
    EarnedTime,
    EarnedValue,
    bottom_up_estimate,
    discrete_work,
    earned_schedule,
    earned_value,
    estimate_at_completion,
    planned_duration,
    planned_value,
    smoothed_forecast,
    time_forecasts,
)
from tests.arithmetic.reading import Case, Results, decimals, number, points, series


def four_amounts(budget: object, planned: object, earned: object, actual: object) -> EarnedValue:
    """Make a value of BAC, PV, EV and AC."""
    amounts = [Decimal(str(amount)) for amount in (budget, planned, earned, actual)]
    return EarnedValue(budget=amounts[0], planned=amounts[1], earned=amounts[2], actual=amounts[3])


def measures(value: EarnedValue) -> Results:
    """Name the measures as the vectors do."""
    estimate = estimate_at_completion("CPI", value)
    assert estimate is not None
    assert value.budget is not None
    assert value.actual is not None
    return {
        "SV": value.schedule_variance,
        "CV": value.cost_variance,
        "SVpct": value.schedule_variance_rate,
        "CVpct": value.cost_variance_rate,
        "SPI": value.schedule_performance_index,
        "CPI": value.cost_performance_index,
        "pct_complete": value.complete_rate,
        "pct_spent": value.spent_rate,
        "EAC_cpi": estimate,
        "EAC_budget_rate": estimate_at_completion("PF1", value),
        "EAC_sci": estimate_at_completion("SCI", value),
        "EAC_80_20": estimate_at_completion("W8020", value),
        "ETC": estimate - value.actual,
        "VAC": value.budget - estimate,
        "TCPI_BAC": value.to_complete_index,
        "TCPI_EAC": value.to_complete_index_at(estimate),
    }


def full_set(inputs: str) -> Results:
    budget, period = number(inputs, "BAC"), int(number(inputs, "t"))
    planned = budget * series(inputs, "schedule")[period - 1]
    earned = budget * Decimal("0.40")
    actual = sum(series(inputs, "period AC"), Decimal(0))
    return measures(four_amounts(budget, planned, earned, actual))


def set_of_four(inputs: str) -> Results:
    return measures(four_amounts(*(number(inputs, name) for name in ("BAC", "PV", "EV", "AC"))))


def microsoft_task(_: str) -> Results:
    budget, elapsed, finish, percent = decimals(100, 3, 4, 60)
    planned = planned_value(
        method="physical_percent",
        budget=budget,
        elapsed=elapsed,
        start_elapsed=Decimal(0),
        finish_elapsed=finish,
    )
    earned = earned_value(
        method="physical_percent", budget=budget, percent=percent, planned=planned
    )
    value = four_amounts(budget, planned, earned, 35 * 2)
    return {
        "PV": planned,
        "AC": value.actual,
        "EV": earned,
        "SV": value.schedule_variance,
        "CV": value.cost_variance,
    }


def bottom_up(_: str) -> Results:
    budget, actual, to_complete = decimals(100 * 100, 110 * 100, 10 * 100)
    estimate = bottom_up_estimate(
        estimate_to_complete=to_complete, actual_at_estimate=actual, actual=actual
    )
    earned = earned_value(
        method="physical_percent", budget=budget, percent=actual / estimate * 100, planned=budget
    )
    return {"EV": earned, "EAC": estimate, "VAC": budget - estimate}


def three_estimates(_: str) -> Results:
    packages = [
        four_amounts(1000, 1000, 1000, 1100),
        four_amounts(1000, 1000, 500, 800),
        four_amounts(1000, 1000, 0, 0),
    ]
    total = sum(packages, EarnedValue())
    begun = estimate_at_completion("CPI", sum(packages[:2], EarnedValue()))
    not_begun = estimate_at_completion("PF1", packages[2])
    assert begun is not None
    assert not_begun is not None
    return {
        "EV": total.earned,
        "AC": total.actual,
        "EAC1": estimate_at_completion("CPI", total),
        "EAC2": begun + not_begun,
        "EAC3": estimate_at_completion("PF1", total),
    }


def weighted_milestones(_: str) -> Results:
    budget = Decimal(200)
    earned = [
        earned_value(
            method="weighted_milestones",
            budget=budget,
            percent=Decimal(0),
            planned=Decimal(0),
            accomplished_weight=weight,
            total_weight=budget,
        )
        for weight in decimals(0, 50, 50 + 90, 50 + 90 + 60)
    ]
    return {"EV": earned}


def simple_methods(_: str) -> Results:
    def states(method: str) -> list[Decimal]:
        budget = Decimal(5000)
        return [
            earned_value(method=method, budget=budget, percent=percent, planned=budget)
            for percent in decimals(0, 40, 100)
        ]

    return {"e0": states("zero_hundred"), "e50": states("fifty_fifty")}


def aggregate(_: str) -> Results:
    parts = [four_amounts(200, 80, 100, 50), four_amounts(2000, 1100, 900, 1200)]
    total = sum(parts, EarnedValue())
    indices = [part.cost_performance_index or Decimal(0) for part in parts]
    estimates = [estimate_at_completion("CPI", part) or Decimal(0) for part in parts]
    return {
        "CPI_sum": total.cost_performance_index,
        "CPI_mean": sum(indices) / 2,
        "SPI_sum": total.schedule_performance_index,
        "EAC_sum_of": sum(estimates),
        "EAC_of_sum": estimate_at_completion("CPI", total),
    }


def edges(_: str) -> Results:
    not_started = four_amounts(100, 0, 0, 0)
    late = four_amounts(100, 100, 100, 120)
    return {
        "a_CPI": not_started.cost_performance_index,
        "a_SPI": not_started.schedule_performance_index,
        "b_pct": four_amounts(0, 0, 0, 0).complete_rate,
        "c_TCPI": four_amounts(100, 80, 60, 100).to_complete_index,
        "d_CPI": four_amounts(100, 10, 10, 0).cost_performance_index,
        "e_SPI": late.schedule_performance_index,
        "e_CPI": late.cost_performance_index,
        "e_EAC": estimate_at_completion("CPI", late),
        "e_TCPI": late.to_complete_index,
        "f_TCPI": four_amounts(100, 100, 100, 80).to_complete_index,
    }


def level_of_effort(_: str) -> Results:
    parts = [
        ("physical_percent", four_amounts(100, 60, 30, 0)),
        ("level_of_effort", four_amounts(100, 60, 60, 0)),
    ]
    discrete = discrete_work(parts)
    total = sum((value for _, value in parts), EarnedValue())
    return {
        "SPI_all": total.schedule_performance_index,
        "SPI_discrete": discrete.value.schedule_performance_index,
        "loe_share": discrete.level_of_effort_share,
    }


def late_project(inputs: str) -> Results:
    planned = series(inputs, "PV cum")
    earned, elapsed, budget = number(inputs, "EV"), number(inputs, "AT"), planned[-1]
    curve = points(planned)
    time = EarnedTime(
        elapsed=elapsed,
        earned=earned_schedule(curve, earned=earned, budget=budget),
        planned=planned_duration(curve, budget=budget),
    )
    value = EarnedValue(budget=budget, planned=budget, earned=earned)
    forecasts = time_forecasts(time, value)
    return {
        "SV": value.schedule_variance,
        "SPI": value.schedule_performance_index,
        "ES": time.earned,
        "SVt": time.schedule_variance,
        "SPIt": time.schedule_index,
        "IEACt": forecasts.earned_schedule_2,
        "EACt_plan": forecasts.earned_schedule_1,
    }


WEEKS = decimals(5, 10, 25, 55, 85, 120, 130, 140, 150, 150, 150)


def weekly_series(inputs: str) -> Results:
    planned, earned = series(inputs, "PV W1..11"), series(inputs, "EV")
    assert planned == WEEKS
    readings = [
        earned_schedule(points(planned), earned=value, budget=planned[-1]) for value in earned
    ]
    last = EarnedTime(elapsed=Decimal(11), earned=readings[-1], planned=Decimal(9))
    return {"ES": readings[:6], "ES_last": readings[-1], "SPIt_last": last.schedule_index}


def six_forecasts(inputs: str) -> Results:
    elapsed, budget, earned = number(inputs, "AT"), number(inputs, "BAC"), Decimal(70)
    time = EarnedTime(
        elapsed=elapsed,
        earned=earned_schedule(points(WEEKS), earned=earned, budget=budget),
        planned=number(inputs, "PD"),
    )
    value = EarnedValue(budget=budget, planned=WEEKS[int(elapsed) - 1], earned=earned)
    forecasts = time_forecasts(time, value)
    return {
        "PV1": forecasts.planned_value_1,
        "PV2": forecasts.planned_value_2,
        "ED1": forecasts.earned_duration_1,
        "ED2": forecasts.earned_duration_2,
        "ES1": forecasts.earned_schedule_1,
        "ES2": forecasts.earned_schedule_2,
    }


def small_oracle(inputs: str) -> Results:
    planned = series(inputs, "PV")
    reading = earned_schedule(points(planned[1:]), earned=number(inputs, "EV"), budget=planned[-1])
    time = EarnedTime(elapsed=number(inputs, "AT"), earned=reading, planned=Decimal(3))
    return {"ES": reading, "SVt": time.schedule_variance, "SPIt": time.schedule_index}


def schedule_edges(inputs: str) -> Results:
    planned = series(inputs, "PV")
    curve = points(planned[1:])
    readings = [
        earned_schedule(curve, earned=earned, budget=planned[-1]) for earned in decimals(0, 10, 20)
    ]
    return dict(zip("abc", readings, strict=True))


def smoothed(inputs: str) -> Results:
    earned = series(inputs, "ES")
    elapsed, planned = number(inputs, "AT"), number(inputs, "PD")
    betas = {"b0": Decimal(0), "b05": Decimal("0.5"), "b1": Decimal(1)}
    return {
        name: smoothed_forecast(earned, elapsed=elapsed, planned=planned, beta=beta)
        for name, beta in betas.items()
    }


def tree_of_sums(_: str) -> Results:
    """Add up the tree; the vector prints P2 and the totals, so P1 and P3 are made to fit."""
    before, after = four_amounts(100, 100, 60, 50), four_amounts(100, 100, 80, 70)
    first, third = four_amounts(100, 100, 90, 100), four_amounts(500, 400, 300, 450)
    program = first + after
    total = program + third
    again = sum([third, after, first], EarnedValue())
    assert first + before + third != total
    return {
        "EV": total.earned,
        "AC": total.actual,
        "CPI": total.cost_performance_index,
        "same": again == total,
        "PG1_CPI": program.cost_performance_index,
    }


CASES: dict[str, Case] = {
    "EVM-01": full_set,
    "EVM-02": set_of_four,
    "EVM-03": microsoft_task,
    "EVM-04": set_of_four,
    "EVM-05": bottom_up,
    "EVM-06": three_estimates,
    "EVM-07": weighted_milestones,
    "EVM-08": simple_methods,
    "EVM-09": aggregate,
    "EVM-10": edges,
    "EVM-13": level_of_effort,
    "ES-01": late_project,
    "ES-02": weekly_series,
    "ES-03": six_forecasts,
    "ES-04": small_oracle,
    "ES-05": schedule_edges,
    "ES-06": smoothed,
    "ROLL-01": tree_of_sums,
}
