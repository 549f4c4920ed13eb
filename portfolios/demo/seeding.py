"""Making the demo for a date, in one transaction."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from portfolios.demo.days import Days
from portfolios.demo.decisions import ask_for_decisions
from portfolios.demo.forecasts import record_forecasts
from portfolios.demo.history import relive
from portfolios.demo.money import record_money
from portfolios.demo.people import make_people
from portfolios.demo.plan import make_plans
from portfolios.demo.progress import record_progress
from portfolios.demo.register import record_register
from portfolios.demo.reports import record_reports
from portfolios.demo.risks import record_risks
from portfolios.demo.stage import Stage
from portfolios.demo.tree import make_tree
from portfolios.rollup import drain
from ppm.core.loading import refresh_statistics
from ppm.core.models import (
    CalendarDay,
    Component,
    CostEntry,
    Estimate,
    RiskAssessment,
    StatusReport,
)
from projects.models import Progress, Task, WeightedMilestone

TIME_ZONE = "Europe/Vienna"
GROWN = (
    CalendarDay,
    Component,
    Task,
    WeightedMilestone,
    Progress,
    CostEntry,
    Estimate,
    RiskAssessment,
    StatusReport,
)


def seed(*, now: datetime, as_of: date | None) -> bool:
    """Make the demo and roll it up, unless there are components; tell whether it was made.

    Without a date its figures are about today and go with the days; with one they stay there.
    """
    if Component.objects.exists():
        return False
    today = as_of or now.astimezone(ZoneInfo(TIME_ZONE)).date()
    with transaction.atomic():
        stage = Stage(Days(today))
        _make(stage, status_date=as_of)
    drain(now=now)
    ask_for_decisions(stage, now=now)
    return True


def _make(stage: Stage, *, status_date: date | None) -> None:
    """Write everything, in the order in which one thing rests on another."""
    stage.people = make_people()
    make_tree(stage, status_date=status_date)
    make_plans(stage)
    record_progress(stage)
    record_money(stage)
    record_forecasts(stage)
    record_risks(stage)
    record_register(stage)
    record_reports(stage)
    refresh_statistics(GROWN)
    relive(stage)
