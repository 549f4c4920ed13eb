"""Every vector of earned value, benefits and health gives the figures of the file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from projects.evm import EarnedTime, earned_schedule, planned_duration
from tests.arithmetic import benefit_cases, evm_cases, health_cases
from tests.arithmetic.reading import decimals

CASES = evm_cases.CASES | benefit_cases.CASES | health_cases.CASES
FAMILIES = ("EVM", "ES", "HLT", "BEN", "ROLL")
SINGLE = {"FIN-09", "FIN-14", "FIN-20"}
LATER = {
    "EVM-11": "management reserve and undistributed budget come with change control",
    "EVM-12": "its planned curve is not in the file; two of its readings are tested below",
    "ROLL-02": "a benefit has one home program; shares over several come with the full map",
    "ROLL-04": "inclusion by state is decided in SQL and tested with the roll-up",
    "ROLL-05": "reading as known on a date is a query over the append-only facts",
    "ROLL-06": "history across a move comes with reports over time",
    "ROLL-07": "a tree has one currency; conversion comes with reporting currencies",
    "ROLL-08": "a risk belongs to one component, so a sum cannot count it twice",
    "ROLL-09": "balances over time come with reports over time",
}


def agrees(result: Any, expected: Any, tolerance: Decimal) -> bool:
    """Whether a result is what the vector says; numbers within its tolerance."""
    if isinstance(expected, list):
        return len(result) == len(expected) and all(
            agrees(*pair, tolerance) for pair in zip(result, expected, strict=True)
        )
    if expected is None or result is None or isinstance(expected, bool | str):
        return type(result) is type(expected) and bool(result == expected)
    return abs(Decimal(result) - Decimal(str(expected))) <= tolerance


@pytest.mark.parametrize("vector_id", CASES)
def test_a_vector_gives_its_figures(vectors: Mapping[str, Any], vector_id: str) -> None:
    vector = vectors[vector_id]
    results = CASES[vector_id](vector["inputs"])
    tolerance = Decimal(str(vector["tol"]))
    assert set(vector["expected"]) <= set(results)
    # What the file computes beside the published figures is held to it too.
    for name, expected in {**vector["computed"], **vector["expected"]}.items():
        if name in results:
            assert agrees(results[name], expected, tolerance), (name, results[name], expected)


def test_no_vector_is_forgotten(vectors: Mapping[str, Any]) -> None:
    ours = {id_ for id_ in vectors if id_.split("-")[0] in FAMILIES} | SINGLE
    assert set(CASES).isdisjoint(LATER)
    assert set(CASES) | set(LATER) == ours


def test_a_real_project_reads_its_schedule(vectors: Mapping[str, Any]) -> None:
    expected = vectors["EVM-12"]["expected"]
    times, planned = decimals(*expected["AT"]), decimals(*map(str, expected["PV"]))
    duration, budget = Decimal(expected["PD"]), Decimal(str(expected["BAC"]))
    curve = [*zip(times, planned, strict=True), (duration, budget)]
    assert planned_duration(curve, budget=budget) == duration
    # In its first two periods the project had earned exactly what was planned.
    for position in (0, 1):
        earned = Decimal(str(expected["EV"][position]))
        reading = earned_schedule(curve, earned=earned, budget=budget)
        assert reading == Decimal(str(expected["ES"][position]))
        time = EarnedTime(elapsed=times[position], earned=reading, planned=duration)
        assert time.schedule_index == 1
