"""Health in words: sentences, limits and remedies for every measure the roll-up knows."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from ppm.core.explanation import Line, explain, headline, policy_of, short_reason
from ppm.core.measures import MEASURES, Basis
from ppm.core.models import Health, HealthPolicy, PortfolioRule, Snapshot
from tests.factories import make_policy, make_portfolio, make_program

START, FINISH = date(2026, 1, 1), date(2026, 4, 10)
ROOT = Path(__file__).parents[2]
STATEMENTS = (
    "projects/measurement.sql",
    "programs/aggregate.sql",
    "programs/rollup.sql",
    "portfolios/rollup.sql",
)
# 'cost', 'eac_over_bac' and 'dimension', 'cost', 'measure', 'eac_over_bac'
MEASURED = re.compile(
    r"'(?:schedule|cost|scope|risk|issues|benefits|overall)',\s*(?:'measure',\s*)?'(?!measure')(\w+)'"
)


def told(measure: str, value: str, health: str, **figures: Decimal) -> Line:
    """Explain one measure of a snapshot with these figures."""
    entry = {"dimension": "cost", "measure": measure, "value": value, "health": health}
    snapshot = Snapshot(as_of=date(2026, 2, 13), reasons={"health": [entry]}, **figures)
    basis = Basis(snapshot, HealthPolicy(), "EUR", baseline_start=START, baseline_finish=FINISH)
    [line] = explain(basis)
    return line


def test_the_catalogue_has_the_measures_of_the_roll_up_and_no_others() -> None:
    text = "".join((ROOT / path).read_text() for path in STATEMENTS)
    rules = {rule.value for rule in PortfolioRule}
    assert {*MEASURED.findall(text), "schedule_index", "driving_path", *rules} == set(MEASURES)
    assert "CASE WHEN driving IS NULL THEN 'schedule_index' ELSE 'driving_path' END" in text


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("health", ["green", "amber", "red"])
def test_every_measure_can_be_told_without_figures(name: str, health: str) -> None:
    line = told(name, "3", health)
    assert line.health == health
    assert "{" not in line.sentence + line.limits + line.remedy
    assert (line.remedy == "") or health != "green"


@pytest.mark.parametrize(
    ("measure", "value", "sentence", "limits", "remedy"),
    [
        (
            "spi_t",
            "0.800000",
            "Work is earned at 0.80 of the planned pace",
            "on track from 0.95, off track below 0.85",
            "Catch up 15.0 working days of the plan.",
        ),
        (
            "finish_slip",
            "0.120000",
            "The forecast finish is late by 12 % of the planned duration",
            "on track up to 5 %, off track above 10 %",
            "Finish by 15 Apr 2026.",
        ),
        (
            "milestone_slip_days",
            "95",
            "The latest key milestone is 95 days late",
            "on track below 30 days, off track from 90 days",
            "Bring the latest key milestone to less than 30 days late.",
        ),
        (
            "eac_over_bac",
            "1.200000",
            "The forecast cost is 120 % of the budget",
            "on track up to 105 %, off track above 110 %",
            "Lower the forecast by EUR 150,000.",
        ),
        (
            "change_share",
            "0.250000",
            "Changes come to 25 % of the budget",
            "on track up to 10 %, off track above 20 %",
            "Reduce the changes by EUR 150,000.",
        ),
        (
            "exposure_over_etc",
            "0.160000",
            "The open risks come to 16 % of the cost still to come",
            "on track up to 5 %, off track above 10 %",
            "Lower the risk exposure by EUR 55,000.",
        ),
        (
            "contingency_coverage",
            "0.500000",
            "The contingency covers 50 % of the risk exposure",
            "on track from 100 %, off track below 80 %",
            "Add EUR 40,000 of contingency, or lower the exposure.",
        ),
        (
            "forecast_over_target",
            "0.500000",
            "The benefit forecast is 50 % of the target",
            "on track from 95 %, off track below 80 %",
            "Raise the benefit forecast by EUR 900,000.",
        ),
        (
            "coverage",
            "0.400000",
            "Only 40 % of the work, by budget, is rated",
            "on track from 50 %, off track below 50 %",
            "Record progress, cost and estimates of what is not rated.",
        ),
    ],
)
def test_what_is_wrong_and_what_would_mend_it(
    measure: str, value: str, sentence: str, limits: str, remedy: str
) -> None:
    line = told(
        measure,
        value,
        "red",
        bac=Decimal(1_000_000),
        vac=Decimal(-200_000),
        etc=Decimal(500_000),
        risk_exposure=Decimal(80_000),
        earned_schedule=Decimal(38_400),
        actual_time=Decimal(48_000),
        benefit_target=Decimal(2_000_000),
        benefit_forecast=Decimal(1_000_000),
    )
    assert (line.sentence, line.limits, line.remedy) == (sentence, limits, remedy)


def test_a_limit_that_has_passed_is_not_advised() -> None:
    snapshot = Snapshot(as_of=date(2026, 6, 1), reasons={"health": []})
    basis = Basis(snapshot, HealthPolicy(), baseline_start=START, baseline_finish=FINISH)
    remedy = MEASURES["finish_slip"].remedy(basis, Decimal("0.5"), Decimal("0.05"))
    assert remedy == "15 Apr 2026 was the last day for that: agree on a new baseline."


@pytest.mark.parametrize(
    ("measure", "value", "sentence"),
    [
        (
            "finish_slip",
            "-0.100000",
            "The forecast finish is early by 10 % of the planned duration",
        ),
        ("milestone_slip_days", "-21", "The latest key milestone is 21 days early"),
    ],
)
def test_early_is_not_called_late(measure: str, value: str, sentence: str) -> None:
    assert told(measure, value, "green").sentence == sentence


def test_a_mean_that_hides_no_red_says_so() -> None:
    line = told("mean_with_floor", "0.010000", "amber")
    assert line.sentence.startswith("A component is off track, so the whole is not on track")


def test_the_line_that_judges_the_whole_leads() -> None:
    entries = [
        {"dimension": "cost", "measure": "eac_over_bac", "value": "1.3", "health": "red"},
        {"dimension": "overall", "measure": "worst_of", "value": "1", "health": "amber"},
    ]
    snapshot = Snapshot(as_of=date(2026, 1, 1), reasons={"health": entries})
    lines = explain(Basis(snapshot, HealthPolicy()))
    assert [line.dimension for line in lines] == ["Overall", "Cost"]
    leading = headline(lines, Health.AMBER)
    assert leading is lines[0]
    assert headline(lines, Health.RED) is None


def rated(dimension: str, measure: str, value: str, health: str) -> dict[str, str]:
    """Return an entry of the reasons, with a limit as of an index."""
    entry = {"dimension": dimension, "measure": measure, "value": value, "health": health}
    return {**entry, "threshold": "0.500000"}


def test_the_short_reason_names_what_is_worst() -> None:
    entries = [
        rated("schedule", "spi_t", "0.91", "amber"),
        rated("cost", "eac_over_bac", "1.182", "red"),
    ]
    red = Snapshot(health=Health.RED, reasons={"health": entries})
    assert short_reason(red) == "Forecast is 118.2 % of budget"
    assert short_reason(Snapshot(health=Health.GREEN, reasons={"health": entries})) == ""
    mean = rated("overall", "mean_with_floor", "1.42", "red")
    portfolio = Snapshot(health=Health.RED, reasons={"health": [*entries, mean]})
    assert short_reason(portfolio) == "Components, by weight: 1.42 of 2"
    for floored in (
        rated("overall", "mean_with_floor", "0.01", "amber"),
        rated("schedule", "schedule_index", "0.01", "amber"),
        rated("benefits", "pull", "0.000000", "amber"),
    ):
        amber = Snapshot(health=Health.AMBER, reasons={"health": [floored]})
        assert short_reason(amber) == "A component is off track"
    assert short_reason(None) == ""


def test_the_nearest_policy_counts_there_the_newest(db: None) -> None:
    root = make_portfolio()
    child = make_program(root)
    assert policy_of(child).component_id is None
    make_policy(root, version=1)
    newest = make_policy(root, version=2)
    assert policy_of(child) == newest
    own = make_policy(child, version=1)
    assert policy_of(child) == own
    assert policy_of(root) == newest
