"""The plans of projects: tasks, weighted milestones, what waits for what, and baselines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise

from portfolios.demo.content import TASK_LINKS
from portfolios.demo.course import Job
from portfolios.demo.stage import RECORDED_AT, Stage
from ppm.core.models import State
from projects.baselining import take_baselines
from projects.models import Baseline, Dependency, Link, Task, WeightedMilestone


def make_plans(stage: Stage) -> None:
    """Write the plans."""
    _make_tasks(stage)
    WeightedMilestone.objects.bulk_create(
        WeightedMilestone(
            task=stage.tasks[code, job.wbs],
            name=step.name,
            weight=step.weight,
            planned_date=step.planned,
        )
        for code, job in _jobs(stage)
        for step in job.steps
    )
    Dependency.objects.bulk_create([*_links_inside(stage), *_links_across(stage)])


def freeze(stage: Stage, day: date) -> None:
    """Take the baselines of the projects that were authorized by a day, as approved then."""
    approved_on = {}
    for code, work in stage.works.items():
        authorized = (since for since, state in stage.lives[code] if state == State.AUTHORIZED)
        since = next(authorized, None)
        if work.jobs and code not in stage.frozen and since and since <= day:
            stage.frozen.add(code)
            approved_on[stage.components[code].pk] = since
    if not approved_on:
        return
    take_baselines(list(approved_on), approved_by_id=stage.people["governance"].pk)
    baselines = list(Baseline.objects.filter(project__in=approved_on).order_by("pk"))
    for baseline in baselines:
        since = approved_on[baseline.project_id]
        baseline.approved_at = datetime.combine(since, RECORDED_AT)
    Baseline.objects.bulk_update(baselines, ["approved_at"])


def _jobs(stage: Stage) -> Iterator[tuple[str, Job]]:
    return ((code, job) for code, work in stage.works.items() for job in work.jobs)


def _make_tasks(stage: Stage) -> None:
    """Write the summaries first: what is below names them."""
    for is_summary in (True, False):
        written = Task.objects.bulk_create(
            Task(
                project_id=stage.components[code].pk,
                parent=stage.tasks.get((code, job.parent)),
                wbs=job.wbs,
                name=job.name,
                start_date=job.start,
                finish_date=job.finish,
                duration_minutes=0 if job.is_milestone else None,
                is_key=job.is_key,
                budget=job.budget,
                earning_method=job.method,
            )
            for code, job in _jobs(stage)
            if job.is_summary == is_summary
        )
        codes = {component.pk: code for code, component in stage.components.items()}
        stage.tasks |= {(codes[task.project_id], task.wbs): task for task in written}


def _links_inside(stage: Stage) -> Iterator[Dependency]:
    """Let each task of a phase wait for the one before it, as far as the dates say so."""
    for code, work in stage.works.items():
        for first, then in pairwise(work.jobs):
            if first.is_summary or then.is_summary or then.parent != first.parent:
                continue
            yield Dependency(
                predecessor=stage.tasks[code, first.wbs],
                successor=stage.tasks[code, then.wbs],
                link=_link(first, then),
            )


def _link(first: Job, then: Job) -> Link:
    if then.is_milestone:
        return Link.FF
    return Link.FS if first.finish < then.start else Link.SS


def _links_across(stage: Stage) -> Iterator[Dependency]:
    named = {(code, job.name): stage.tasks[code, job.wbs] for code, job in _jobs(stage)}
    for link in TASK_LINKS:
        first, then = named[link.first], named[link.then]
        yield Dependency(predecessor=first, successor=then, is_hard=link.is_hard)


def replan(stage: Stage, day: date) -> None:
    """Let managers give late tasks the dates that they believe in on a day."""
    Task.objects.bulk_update(_replanned(stage, day), ["start_date", "finish_date"])


def _replanned(stage: Stage, day: date) -> Iterator[Task]:
    """Yield the tasks that get other dates. Nobody touches what is stopped, or not begun."""
    for code, work in stage.works.items():
        if work.is_late and work.content.replans and work.start <= day == work.until(day):
            for job in work.jobs:
                task, dates = stage.tasks[code, job.wbs], work.believed_dates(job, day)
                if (task.start_date, task.finish_date) != dates and job.real_finish > day:
                    task.start_date, task.finish_date = dates
                    yield task
