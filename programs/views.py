"""Pages of programs, and of the benefits that projects serve."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from ppm.core.tabs import component_page
from programs.models import Program
from programs.pages import TABS


@login_required
@require_safe
def program_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a program stands, what makes it so, and the benefits it is for."""
    programs = Program.objects.visible_to(request.user).select_related("manager", "sponsor")
    return component_page(request, get_object_or_404(programs, code=code), TABS, tab)
