"""Vectors of benefits and of the return on investment, through our functions."""

from decimal import Decimal

from portfolios.finance import (
    benefit_cost_ratio,
    go_forward_return,
    net_present_value,
    return_on_investment,
)
from programs.benefits import (
    BenefitsMap,
    Contribution,
    Link,
    attribution,
    benefit_at_risk,
    benefit_forecast,
    criticality,
    delayed,
    flow_realisation,
    goal_post_performance,
    kpi_performance,
    level_realisation,
    net_benefit,
    objective_achievement,
    planned_dependence,
    realisation_index,
    removal_impact,
)
from projects.evm import earned_schedule
from tests.arithmetic.reading import Case, Results, decimals, points

TARGET = Decimal(1000)
ADDITIVE = [
    Link("P1", "B", Decimal("0.5")),
    Link("P2", "B", Decimal("0.3")),
    Link("P3", "B", Decimal("0.2")),
]
FACTORS = dict(zip(("P1", "P2", "P3"), decimals("0.9", "0.6", "1.0"), strict=True))
FACTORS_WITH_ENABLER = {**FACTORS, "E": Decimal("0.8")}
ENABLED = BenefitsMap([*ADDITIVE, Link("E", "B")])


def additive(_: str) -> Results:
    map_ = BenefitsMap(ADDITIVE)
    at_risk = benefit_at_risk(map_, "B", target=TARGET, factors=FACTORS)
    sure = {"P1": Decimal(1), "P2": FACTORS["P2"], "P3": Decimal(1)}
    assert at_risk is not None
    return {
        "expected": TARGET - at_risk,
        "at_risk": at_risk,
        "planned_dependence_P2": planned_dependence(map_, "B", "P2", target=TARGET),
        "bar_P2": benefit_at_risk(map_, "B", target=TARGET, factors=sure),
    }


def essential(_: str) -> Results:
    at_risk = benefit_at_risk(ENABLED, "B", target=TARGET, factors=FACTORS_WITH_ENABLER)
    removed = ENABLED.without(["E"], FACTORS_WITH_ENABLER)
    rate = ENABLED.rate("B", removed)
    assert at_risk is not None
    assert rate is not None
    return {
        "expected": TARGET - at_risk,
        "benefit_if_E_removed": TARGET * rate,
        "birnbaum_E": criticality(ENABLED, "B", "E", target=TARGET, factors=FACTORS_WITH_ENABLER),
    }


def lower_is_better(_: str) -> Results:
    baseline, target, actual = decimals(40, 10, 22)
    return {"real": 100 * level_realisation(actual=actual, baseline=baseline, target=target)}


def to_date(_: str) -> Results:
    planned, realised, elapsed = decimals(100, 250, 450, 700, 1000), Decimal(330), Decimal(3)
    reading = earned_schedule(points(planned), earned=realised, budget=planned[-1])
    return {
        "bri": realisation_index(actual=realised, planned=planned[2]),
        "bes": reading,
        "lag": reading - elapsed,
        "forecast_end": benefit_forecast(
            realised=realised,
            planned=planned[2],
            target=planned[-1],
            rate=Decimal(1),
            measurements=3,
            are_contributors_closed=False,
        ),
    }


def shares(_: str) -> Results:
    result = attribution(
        {"B1": Decimal(1000), "B2": Decimal(400)},
        {
            "B1": {"P1": Decimal("0.6"), "P2": Decimal("0.4")},
            "B2": {"P1": Decimal("0.25"), "P3": Decimal("0.75")},
        },
    )
    total = sum(result.by_contributor.values()) + result.unattributed
    return {**result.by_contributor, "total": total}


def paths(_: str) -> Results:
    one = Decimal(1)
    map_ = BenefitsMap(
        [
            Link("O1", "C1", one),
            Link("O2", "C1", one),
            Link("O3", "C2", one),
            Link("C1", "U1", Decimal("0.7")),
            Link("C2", "U1", Decimal("0.3")),
            Link("U1", "B1", one),
        ]
    )
    return {output: map_.contribution("B1", output) for output in sorted(map_.outputs)}


def net(_: str) -> Results:
    return {"net": net_benefit(decimals(1000, 400), decimals(150))}


def late_start(_: str) -> Results:
    flows = decimals(*[0] * 7, *[10] * 24)
    rate = Decimal("0.005")
    fixed = delayed(flows, periods=3, horizon="fixed")
    shifted = delayed(flows, periods=3, horizon="shifting")
    return {
        "planned": sum(flows),
        "fixed": sum(fixed),
        "lost": sum(flows) - sum(fixed),
        "npv_plan": net_present_value(rate=rate, flows=flows),
        "npv_fixed": net_present_value(rate=rate, flows=fixed),
        "npv_shift": net_present_value(rate=rate, flows=shifted),
    }


def dependence(_: str) -> Results:
    def forecast(output: str) -> Decimal | None:
        return removal_impact(ENABLED, "B", [output], target=TARGET, factors=FACTORS_WITH_ENABLER)

    return {
        "planned_P2": planned_dependence(ENABLED, "B", "P2", target=TARGET),
        "forecast_P2": forecast("P2"),
        "planned_E": planned_dependence(ENABLED, "B", "E", target=TARGET),
        "forecast_E": forecast("E"),
        "BaR": benefit_at_risk(ENABLED, "B", target=TARGET, factors=FACTORS_WITH_ENABLER),
    }


def objective(_: str) -> Results:
    contributions = [
        Contribution(Decimal("0.8"), Decimal(830), Decimal(1000)),
        Contribution(Decimal("0.2"), Decimal(200), Decimal(400)),
    ]
    return {"S1": objective_achievement(contributions).rate}


def flow(_: str) -> Results:
    actual, planned = decimals(192, 268, 683), decimals(895, 1250, 917, 1144)
    rate = flow_realisation(actual=actual, target=[*actual, *planned])
    assert rate is not None
    return {
        "actual": sum(actual),
        "planned": sum(planned),
        "total": sum(actual) + sum(planned),
        "realised_pct": 100 * rate,
    }


def kpis(_: str) -> Results:
    less = kpi_performance(direction="lower", actual=Decimal(8), target=Decimal(10))
    more = kpi_performance(direction="higher", actual=Decimal(95), target=Decimal(85))
    goal = goal_post_performance(
        actual=Decimal(2_950_000), target=Decimal(3_000_000), tolerance=Decimal("0.05")
    )
    return {"less": 100 * less, "more": 100 * more, "goal": 100 * goal}


def returns(costs: list[Decimal], benefits: list[Decimal]) -> tuple[Decimal, Decimal]:
    """Return ROI of the totals, and the mean of the ROIs that must not be taken for it."""
    single = [
        return_on_investment(benefit=benefit, cost=cost) or Decimal(0)
        for cost, benefit in zip(costs, benefits, strict=True)
    ]
    total = return_on_investment(benefit=sum(benefits, Decimal(0)), cost=sum(costs, Decimal(0)))
    assert total is not None
    return total, sum(single, Decimal(0)) / len(single)


def two_projects(_: str) -> Results:
    costs, benefits = decimals(100, 900), decimals(300, 990)
    total, mean = returns(costs, benefits)
    bcr = benefit_cost_ratio(benefit=sum(benefits, Decimal(0)), cost=sum(costs, Decimal(0)))
    return {"roi": total, "mean": mean, "bcr": bcr}


def weighted_returns(_: str) -> Results:
    total, mean = returns(decimals(10, 90), decimals(10 * 6, "94.5"))
    return {"weighted": 100 * total, "mean": 100 * mean}


def going_on(_: str) -> Results:
    actual, to_complete, realised, remaining = decimals(600, 300, 50, 450)
    return {
        "lifecycle": return_on_investment(benefit=realised + remaining, cost=actual + to_complete),
        "forward": go_forward_return(
            remaining_benefit=remaining, estimate_to_complete=to_complete
        ),
    }


CASES: dict[str, Case] = {
    "BEN-01": additive,
    "BEN-02": essential,
    "BEN-03": lower_is_better,
    "BEN-04": to_date,
    "BEN-05": shares,
    "BEN-06": paths,
    "BEN-07": net,
    "BEN-08": late_start,
    "BEN-09": dependence,
    "BEN-10": objective,
    "BEN-11": flow,
    "BEN-12": kpis,
    "FIN-09": two_projects,
    "FIN-14": going_on,
    "FIN-20": weighted_returns,
}
