"""Pages of projects."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ppm.core.briefing import briefing
from ppm.core.facts import facts_of
from ppm.core.figures import figures_of
from ppm.core.outline import PAGE_SIZE
from projects.models import Baseline, Project
from projects.performance import current_baseline, performance_of


@login_required
@require_safe
def project_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show where a project stands, why, and the facts that say so."""
    projects = Project.objects.visible_to(request.user).select_related("manager")
    project = get_object_or_404(projects, code=code)
    figures = figures_of([project], now=timezone.now())[project.pk]
    known: dict[str, Any] = {"user": request.user, "as_of": figures.as_of}
    baseline = current_baseline(project, request.user)
    work = performance_of(project, baseline, **known)
    context = {
        "briefing": briefing(project, figures, user=request.user, **_plan(baseline)),
        "work": work,
        "tasks": Paginator(work.tasks, PAGE_SIZE).get_page(request.GET.get("page")),
        "facts": facts_of(project, **known),
    }
    return render(request, "projects/project_detail.html", context)


def _plan(baseline: Baseline | None) -> dict[str, Any]:
    """What an explanation needs of the baseline."""
    if baseline is None:
        return {}
    return {
        "baseline_start": baseline.start_date,
        "baseline_finish": baseline.finish_date,
        "minutes_per_day": baseline.calendar.minutes_per_day,
    }
