"""Pages of programs."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ppm.core.views import sort_of
from programs.models import Program
from programs.outlook import aggregate_page


@login_required
@require_safe
def program_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show where a program stands, what makes it so, and the benefits it is for."""
    programs = Program.objects.visible_to(request.user).select_related("manager", "sponsor")
    context = aggregate_page(
        get_object_or_404(programs, code=code),
        user=request.user,
        sort=sort_of(request),
        page=request.GET.get("page"),
        now=timezone.now(),
    )
    return render(request, "programs/program_detail.html", context)
