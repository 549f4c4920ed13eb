"""Earned value and earned schedule.

Pure: no framework, no input or output, no clock. Formulas and sources: `docs/formulas.md`.
"""

from projects.evm.estimate import (
    ESTIMATE_DAYS,
    EstimateMethod,
    Headline,
    bottom_up_estimate,
    estimate_at_completion,
    headline_estimate,
    is_estimate_current,
)
from projects.evm.flags import Flag, flags
from projects.evm.numbers import exact, money, ratio, whole_minutes
from projects.evm.schedule import (
    EarnedTime,
    TimeForecasts,
    earned_schedule,
    planned_duration,
    smoothed_forecast,
    time_forecasts,
)
from projects.evm.value import (
    EarnedValue,
    EarningMethod,
    discrete_work,
    earned_value,
    planned_value,
)

__all__ = [
    "ESTIMATE_DAYS",
    "EarnedTime",
    "EarnedValue",
    "EarningMethod",
    "EstimateMethod",
    "Flag",
    "Headline",
    "TimeForecasts",
    "bottom_up_estimate",
    "discrete_work",
    "earned_schedule",
    "earned_value",
    "estimate_at_completion",
    "exact",
    "flags",
    "headline_estimate",
    "is_estimate_current",
    "money",
    "planned_duration",
    "planned_value",
    "ratio",
    "smoothed_forecast",
    "time_forecasts",
    "whole_minutes",
]
