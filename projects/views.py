"""Pages of projects."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ppm.core.component_list import component_list
from ppm.core.editing import form_options, trail_of
from ppm.core.figures import status_date_of
from ppm.core.models import Component, Subject, rights_on
from ppm.core.outline import PAGE_SIZE
from ppm.core.tabs import component_page
from ppm.core.time_travel import tells_the_past
from projects.entry import Entrant, EntryGrid, entry_grid
from projects.filters import ProjectListFilter
from projects.forms import BaselineForm
from projects.models import Baseline, Project, Task
from projects.pages import TABS
from projects.replanning import replanning
from projects.task_page import facts_of
from projects.working_days import minutes_per_day


@login_required
@require_safe
@tells_the_past
def project_list(request: HttpRequest) -> HttpResponse:
    """List the projects that the user sees, by the filters that the API has too."""
    visible = Project.objects.visible_to(request.user)
    return component_list(request, ProjectListFilter(request.GET, visible, request=request))


@login_required
@require_safe
@tells_the_past
def project_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a project stands, why, and the facts that say so."""
    projects = Project.objects.visible_to(request.user)
    projects = projects.select_related("manager", "closure_evaluation")
    return component_page(request, get_object_or_404(projects, code=code), TABS, tab)


@login_required
@require_safe
def task_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a task, and the rows that belong to it."""
    tasks = Task.objects.visible_to(request.user).select_related("project", "parent")
    task = get_object_or_404(tasks, pk=pk)
    context = {
        "task": task,
        "facts": facts_of(task, user=request.user),
        "minutes_per_day": minutes_per_day(task.project),
        "rights": rights(request, task.project),
        "trail": trail_of(task.project, request.user),
    }
    return render(request, "projects/task_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_baseline(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a new baseline would change, and take it."""
    project = get_object_or_404(Project.objects.visible_to(request.user), code=code)
    may_take = Subject.WORK in rights(request, project)
    if request.method == "POST" and not may_take:
        raise PermissionDenied
    form = BaselineForm(request.POST or None, belongs_to=project, **form_options(request))
    if request.method == "POST" and form.stored():
        messages.success(request, f"Baseline {form.instance.number} was taken.")
        return redirect("project-baseline", code)
    context = {"form": form, "may_take": may_take, **plans(request, project)}
    return render(request, "projects/baseline.html", context)


def plans(request: HttpRequest, project: Project) -> dict[str, Any]:
    """Collect the baselines of a project, and how the present plan differs from the current."""
    shown = [project.pk] if project.shows_amounts else []
    baselines = list(
        Baseline.objects.visible_to(request.user)
        .filter(project=project)
        .annotate(budget=Sum("tasks__budget", filter=Q(project__in=shown)))
        .select_related("approved_by")
        .order_by("-number")
    )
    plan = replanning(project, user=request.user)
    return {
        "project": project,
        "trail": trail_of(project, request.user),
        "plan": plan,
        "differences": Paginator(plan.differences, PAGE_SIZE).get_page(request.GET.get("page")),
        "baselines": baselines,
        "next_number": baselines[0].number + 1 if baselines else 0,
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def project_entry(request: HttpRequest, code: str) -> HttpResponse:
    """Enter progress and cost of many tasks at once."""
    project = get_object_or_404(Project.objects.visible_to(request.user), code=code)
    entrant = Entrant(request.user, request.id, rights(request, project))  # type: ignore[arg-type, attr-defined]
    if not (entrant.may_report or entrant.may_spend):
        raise PermissionDenied
    as_of = status_date_of(project, now=timezone.now())
    grid, page = entry_grid(project, entrant, as_of=as_of, query=request.GET, data=request.POST)
    if request.method == "POST" and grid.recorded():
        return entered(request, grid)
    context = {"grid": grid, "page": page, "trail": trail_of(project, request.user)}
    return render(request, "projects/entry.html", context)


def entered(request: HttpRequest, grid: EntryGrid) -> HttpResponse:
    """Say what was recorded, and show the same rows again."""
    messages.success(request, f"Recorded: {grid.done}.")
    for sentence in grid.superseded():
        messages.info(request, sentence)
    query = request.GET.copy()
    query["date"] = request.POST["date"]
    return redirect(f"{request.path}?{query.urlencode()}")


def rights(request: HttpRequest, component: Component) -> frozenset[Subject]:
    """Tell what the user may change on a component."""
    return rights_on(component.path, request.user)
