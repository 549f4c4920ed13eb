"""The tabs of a project's page that only projects have."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator

from ppm.core.common_tabs import COMMON
from ppm.core.models import CostEntry, Estimate, User
from ppm.core.outline import PAGE_SIZE
from ppm.core.tabs import Matter, Reader, Tab
from projects.models import MilestoneAccomplishment, Progress, Project
from projects.performance import current_baseline, performance_of


def plan(project: Project, user: User) -> dict[str, Any]:
    """Take what an explanation needs of the baseline."""
    baseline = current_baseline(project, user)
    if baseline is None:
        return {}
    return {
        "baseline_start": baseline.start_date,
        "baseline_finish": baseline.finish_date,
        "minutes_per_day": baseline.calendar.minutes_per_day,
    }


def overview(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Tell beside the explanation whether anybody has reported anything at all."""
    known = {"date__lte": matter.as_of}
    facts = (
        Progress.objects.filter(task__project=matter.component, **known),
        MilestoneAccomplishment.objects.filter(milestone__task__project=matter.component, **known),
        CostEntry.objects.filter(component=matter.component, **known),
        Estimate.objects.filter(component=matter.component, **known),
    )
    return {"is_silent": not any(rows.exists() for rows in facts)}


def tasks(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the work packages against the baseline."""
    baseline = current_baseline(matter.component, reader.user)
    work = performance_of(matter.component, baseline, user=reader.user, as_of=matter.as_of)
    return {"work": work, "tasks": Paginator(work.tasks, PAGE_SIZE).get_page(reader.page)}


TABS = {
    "": Tab("projects/overview.html", overview, plan),
    "tasks": Tab("projects/tasks.html", tasks),
    **COMMON,
}
