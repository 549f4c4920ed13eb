"""The way of a benefit: its periods, and the stage it stands at."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from programs.stages import Course, Stage, standing
from programs.timeline import Interval, Period, flow, level, month_end, period_ends

JAN, FEB, MAR = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
AS_OF = date(2026, 3, 10)


def told(period: Period) -> list[str | None]:
    """Write planned, measured, their sums and what is reached of a period."""
    values = (
        *(period.planned, period.measured),
        *(period.planned_to_date, period.measured_to_date, period.reached),
    )
    return [None if value is None else f"{value:g}" for value in values]


def test_a_flow_adds_up_what_came_in_each_period() -> None:
    plan = {JAN: Decimal(100), FEB: Decimal(150), MAR: Decimal(350)}
    measured = {date(2026, 1, 10): Decimal(30), JAN: Decimal(50), date(2026, 2, 1): Decimal(150)}
    january, february, march = flow(plan, measured, as_of=AS_OF)
    assert told(january) == ["100", "80", "100", "80", "0.8"]
    assert told(february) == ["150", "150", "250", "230", "0.92"]
    assert told(march) == ["350", None, "600", None, None]


def test_what_comes_in_a_period_that_is_not_over_has_no_index() -> None:
    [march] = flow({MAR: Decimal(300)}, {date(2026, 3, 5): Decimal(7)}, as_of=AS_OF)
    assert told(march) == ["300", "7", "300", "7", None]


def test_what_comes_after_the_plan_stands_by_its_date() -> None:
    plan, measured = {JAN: Decimal(100)}, {FEB: Decimal(40), JAN: Decimal(10)}
    january, later = flow(plan, measured, as_of=AS_OF)
    assert (january.end, later.end) == (JAN, FEB)
    assert told(later) == [None, "40", "100", "50", "0.5"]
    assert flow({}, {}, as_of=AS_OF) == []


def test_levels_do_not_add_up() -> None:
    measured = {date(2026, 1, 10): Decimal(11), date(2026, 1, 20): Decimal(9)}
    baseline, target = Decimal(12), Decimal(6)
    january, february = level(
        {JAN: Decimal(10), FEB: Decimal(8)}, measured, baseline=baseline, target=target
    )
    assert told(january) == ["10", "9", None, None, "0.5"]
    assert told(february) == ["8", None, None, None, None]
    assert level({}, measured, baseline=None, target=target)[0].reached is None


@pytest.mark.parametrize(
    ("first", "interval", "ends"),
    [
        (date(2026, 1, 31), Interval.MONTH, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        (date(2026, 1, 30), Interval.MONTH, ["2026-01-30", "2026-02-28", "2026-03-30"]),
        (date(2024, 2, 29), Interval.YEAR, ["2024-02-29", "2025-02-28", "2026-02-28"]),
        (date(2025, 11, 30), Interval.QUARTER, ["2025-11-30", "2026-02-28", "2026-05-31"]),
    ],
)
def test_the_end_of_a_month_stays_the_end_of_the_month(
    first: date, interval: Interval, ends: list[str]
) -> None:
    assert [end.isoformat() for end in period_ends(first, interval, 3)] == ends
    assert month_end(first).month == first.month


UNKNOWN: dict[str, Any] = {
    "realisation": None,
    "index": None,
    "first_end": None,
    "measured_on": None,
    "overdue_since": None,
    "target_date": None,
    "has_target": False,
    "is_wanted": True,
}


@pytest.mark.parametrize(
    ("known", "stage", "is_worrying"),
    [
        ({}, Stage.NAMED, False),
        ({"has_target": True}, Stage.TARGETED, False),
        ({"has_target": True, "first_end": MAR}, Stage.PLANNED, False),
        ({"measured_on": FEB}, Stage.REALISING, False),
        ({"measured_on": FEB, "index": Decimal("0.95")}, Stage.AHEAD, False),
        ({"measured_on": FEB, "index": Decimal("0.94")}, Stage.BEHIND, True),
        (
            {"measured_on": FEB, "index": Decimal("0.9"), "is_wanted": False},
            Stage.BEHIND,
            False,
        ),
        ({"measured_on": FEB, "target_date": FEB}, Stage.MISSED, True),
        ({"measured_on": FEB, "target_date": FEB, "is_wanted": False}, Stage.MISSED, False),
        ({"target_date": FEB, "overdue_since": JAN}, Stage.OVERDUE, True),
        ({"realisation": Decimal(1), "overdue_since": JAN}, Stage.REALISED, False),
    ],
)
def test_the_stage_names_what_calls_for_somebody_first(
    known: dict[str, Any], stage: Stage, is_worrying: bool
) -> None:
    found = standing(Course(**{**UNKNOWN, **known}), as_of=AS_OF, enough=Decimal("0.95"))
    assert (found.stage, found.is_worrying) == (stage, is_worrying)
    if stage == Stage.PLANNED:
        assert found.day == MAR
