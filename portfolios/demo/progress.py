"""What the teams report: how far each task has come, week by week, and which step is reached."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from portfolios.demo.content.words import NOTES
from portfolios.demo.course import Job, Work
from portfolios.demo.days import workday
from portfolios.demo.dice import dice
from portfolios.demo.stage import Stage
from projects.models import EarningMethod, MilestoneAccomplishment, Progress, WeightedMilestone

TEAMS = ("contributor", "florian.wolf", "jakob.maier", "maya.singh")
UNREPORTED = (EarningMethod.LEVEL_OF_EFFORT, EarningMethod.WEIGHTED_MILESTONES)
"""Tasks by these methods earn without a percentage: by time, or by their steps."""
BATCH = 2000
ALL = 100
LONG, FINE, COARSE = 18, 1, 5
"""The days from which on a task is reported to the percent; a shorter one in steps of five."""
NOTED = 0.04
"""How often a report comes with a remark."""


def record_progress(stage: Stage) -> None:
    """Record the reports of all teams in the order of their days."""
    entries = [entry for code in stage.works for entry in _entries(code, stage)]
    Progress.objects.bulk_create(sorted(entries, key=lambda entry: entry.date), batch_size=BATCH)
    MilestoneAccomplishment.objects.bulk_create(_accomplished(stage), batch_size=BATCH)


def _entries(code: str, stage: Stage) -> Iterator[Progress]:
    """Report on the tasks of a project, always by the same team."""
    work, chance = stage.works[code], dice(code, "progress")
    team = chance.choice(TEAMS)
    for job in work.jobs:
        if job.is_summary or job.method in UNREPORTED:
            continue
        for day, percent in _reports(job, work, stage):
            note = chance.choice(NOTES) if chance.random() < NOTED else ""
            yield Progress(
                task=stage.tasks[code, job.wbs],
                percent=percent,
                note=note,
                **stage.said(team, day),
            )


def _reports(job: Job, work: Work, stage: Stage) -> Iterator[tuple[date, Decimal]]:
    """Yield day and percent: once a week while something moves, and when it is done."""
    days, last = stage.days, work.until(stage.days.newest)
    done_on = workday(job.real_finish)
    step = FINE if (job.real_finish - job.real_start).days >= LONG else COARSE
    known = Decimal()
    for day in days.weekly(job.real_start, min(last, done_on)):
        percent = Decimal(round(job.done(day) * ALL / step) * step)
        if known < percent < ALL:
            known = percent
            yield day, percent
    if done_on <= last:
        yield done_on, Decimal(ALL)


def _accomplished(stage: Stage) -> Iterator[MilestoneAccomplishment]:
    codes = {task.pk: code for (code, _), task in stage.tasks.items()}
    steps = {
        (stage.tasks[code, job.wbs].pk, step.name): step
        for code, work in stage.works.items()
        for job in work.work
        for step in job.steps
    }
    for milestone in WeightedMilestone.objects.order_by("pk"):
        code = codes[milestone.task_id]
        day = workday(steps[milestone.task_id, milestone.name].real)
        if day <= stage.works[code].until(stage.days.newest):
            manager = stage.works[code].content.manager
            yield MilestoneAccomplishment(milestone=milestone, **stage.said(manager, day))
