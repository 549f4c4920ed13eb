"""Pages of projects."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from projects.models import Project
from projects.performance import project_page


@login_required
@require_safe
def project_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show where a project stands, why, and the facts that say so."""
    projects = Project.objects.visible_to(request.user).select_related("manager")
    context = project_page(
        get_object_or_404(projects, code=code),
        user=request.user,
        page=request.GET.get("page"),
        now=timezone.now(),
    )
    return render(request, "projects/project_detail.html", context)
