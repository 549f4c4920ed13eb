"""Pages of projects."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ppm.core.health_scale import WORST_FIRST
from ppm.core.outline import SORTS, listed, sort_in
from ppm.core.tabs import component_page
from projects.filters import ProjectListFilter
from projects.models import Project
from projects.pages import TABS


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """List the projects that the user sees, by the filters that the API has too."""
    visible = Project.objects.visible_to(request.user)
    projects = ProjectListFilter(request.GET, visible, request=request)
    page, rows = listed(
        projects.qs if projects.is_valid() else visible.none(),
        sort=sort_in(request.GET),
        page=request.GET.get("page"),
        now=timezone.now(),
    )
    context = {"page": page, "rows": rows, "sort": sort_in(request.GET), "sorts": SORTS}
    filters = {
        "healths": WORST_FIRST,
        "chosen": projects.form.cleaned_data,
        "errors": projects.errors,
    }
    return render(request, "projects/project_list.html", {**context, **filters})


@login_required
@require_safe
def project_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a project stands, why, and the facts that say so."""
    projects = Project.objects.visible_to(request.user).select_related("manager")
    return component_page(request, get_object_or_404(projects, code=code), TABS, tab)
