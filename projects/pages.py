"""The tabs of a project's page that only projects have."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator

from ppm.core.common_tabs import COMMON
from ppm.core.filter_bar import bar
from ppm.core.lifecycle import ENDS
from ppm.core.models import CostEntry, Estimate, State, User
from ppm.core.outline import PAGE_SIZE
from ppm.core.reach import unscoped
from ppm.core.tabs import Matter, Reader, Tab
from projects.breakdown import breakdown, narrowed, packages, together
from projects.due_dates import due_dates
from projects.filters import TaskFilter
from projects.models import Lesson, MilestoneAccomplishment, Progress, Project, Task
from projects.performance import Performance, current_baseline, performance_of

ORDERS = {"wbs": "WBS number", "behind": "Furthest behind first"}
ASKED = (
    "search",
    "is_overdue",
    "is_milestone",
    "is_key",
    "finish_date__gte",
    "finish_date__lte",
)
NEXT_DATES = 5
FURTHEST_BEHIND = 3
SHOWN_LESSONS = 20
ENDING = (State.CLOSING, State.CLOSED, State.TERMINATED)
"""The states in which a project is judged by what it set out to do."""


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
    """Collect beside the explanation what is next, what is behind, and what was learned."""
    lessons = Lesson.objects.visible_to(reader.user).filter(project=matter.component)
    return {
        "is_silent": is_silent(matter),
        "ahead": ahead(matter, reader) if matter.component.state not in ENDS else None,
        "ending": ENDING,
        "lessons": list(lessons.select_related("owner").order_by("-pk")[:SHOWN_LESSONS]),
    }


def ahead(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the next dates of work that goes on, and what of it is furthest behind."""
    work = performance(matter, reader)
    return {
        "dates": due_dates(work, as_of=matter.as_of)[:NEXT_DATES],
        "behind": [task for task in work.tasks if (task.behind or 0) > 0][:FURTHEST_BEHIND],
    }


def performance(matter: Matter, reader: Reader) -> Performance:
    """Measure the tasks against the baseline."""
    baseline = current_baseline(matter.component, reader.user, known=matter.known)
    return performance_of(matter.component, baseline, user=reader.user, known=matter.known)


@unscoped("whether there are facts")
def is_silent(matter: Matter) -> bool:
    """Tell whether work that counts as not reported was never reported at all."""
    snapshot = matter.figures.snapshot
    if snapshot is None or snapshot.health == snapshot.computed_health:
        return False
    known = matter.known.facts
    facts = (
        Progress.objects.filter(known, task__project=matter.component),
        MilestoneAccomplishment.objects.filter(known, milestone__task__project=matter.component),
        CostEntry.objects.filter(known, component=matter.component),
        Estimate.objects.filter(known, component=matter.component),
    )
    return not any(rows.exists() for rows in facts)


def tasks(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the work breakdown against the baseline, or what of it is searched for."""
    work = performance(matter, reader)
    order = reader.query.get("sort", "")
    order = order if order in ORDERS else "wbs"
    lines = breakdown(work) if order == "wbs" else packages(work)
    visible = Task.objects.visible_to(reader.user).filter(project=matter.component)
    filterset = TaskFilter(reader.query, visible, request=reader)
    is_narrowed = any(reader.query.get(name) for name in ASKED)
    if is_narrowed:
        found = filterset.qs.values_list("pk", flat=True) if filterset.is_valid() else ()
        lines = narrowed(lines, set(found))
    return {
        "work": work,
        "shown": together(lines),
        "lines": Paginator(lines, PAGE_SIZE).get_page(reader.page),
        "bar": bar(("", filterset, ASKED), query=reader.query),
        "is_narrowed": is_narrowed,
        "sort": order,
        "sorts": ORDERS,
    }


TABS = {
    "": Tab("projects/overview.html", overview, plan),
    "tasks": Tab("projects/tasks.html", tasks),
    **COMMON,
}
