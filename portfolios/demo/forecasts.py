"""What managers expect: the cost to come and the finish, month by month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from portfolios.demo.content import PROGRAMS
from portfolios.demo.days import DAY, month_ends, quarter_ends, workday
from portfolios.demo.stage import Stage
from ppm.core.models import Estimate

AFTER_MONTH_END = 6 * DAY
TO_THE = 1000
"""Managers estimate to the nearest thousand."""
MONTH = 30


def record_forecasts(stage: Stage) -> None:
    """Record the estimates of projects, and those of the programs' offices."""
    estimates = [estimate for code in stage.works for estimate in _of_project(code, stage)]
    estimates += _of_offices(stage)
    Estimate.objects.bulk_create(sorted(estimates, key=lambda estimate: estimate.date))


def _of_project(code: str, stage: Stage) -> Iterator[Estimate]:
    work = stage.works[code]
    if not (work.jobs and work.content.estimates):
        return
    for day in _mornings(work.start, work.until(work.real_finish), stage):
        rest = work.believed_cost(day) - work.cost(day)
        yield Estimate(
            component=stage.components[code],
            estimate_to_complete=max(0, round(rest / TO_THE)) * TO_THE,
            forecast_finish=workday(work.believed_finish(day)),
            **stage.said(work.content.manager, day),
        )


def _mornings(first: date, last: date, stage: Stage) -> Iterator[date]:
    """Yield the day of each month on which the books are closed and managers look ahead."""
    for end in month_ends(first, last):
        day = workday(end + AFTER_MONTH_END)
        if day <= min(last, stage.days.newest):
            yield day


def _of_offices(stage: Stage) -> Iterator[Estimate]:
    for program in PROGRAMS:
        start, finish = stage.days.day(program.start), stage.days.day(program.finish)
        for end in quarter_ends(start, stage.days.newest):
            months = (finish - end).days / MONTH
            yield Estimate(
                component=stage.components[program.code],
                estimate_to_complete=round(months * program.own_cost / TO_THE) * TO_THE,
                **stage.said(program.manager, workday(end)),
            )
