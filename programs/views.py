"""Pages of programs, and of the benefits that projects serve."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ppm.core.component_list import component_list
from ppm.core.editing import row_of, trail_of
from ppm.core.figures import status_date_of
from ppm.core.filter_bar import bar
from ppm.core.forms import typed
from ppm.core.tabs import component_page
from ppm.core.time_travel import tells_the_past
from programs.filters import BenefitFilter, ProgramListFilter
from programs.forms import BenefitForm
from programs.models import Benefit, Program
from programs.pages import OF_PROJECTS, TABS
from programs.plan_grid import PlanGridForm, SeriesForm, usual_series
from programs.project_choice import OFFERED, matching
from programs.ranking import SORTS, listed
from projects.models import Project

ASKED = ("search", "below", "owner", "category", "target_date__lte", "is_overdue")
"""What the page of benefits asks for, of all that the API filters by."""


@login_required
@require_safe
@tells_the_past
def program_list(request: HttpRequest) -> HttpResponse:
    """List the programs that the user sees, by the filters that the API has too."""
    visible = Program.objects.visible_to(request.user)
    return component_list(request, ProgramListFilter(request.GET, visible, request=request))


@login_required
@require_safe
@tells_the_past
def program_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a program stands, what makes it so, and the benefits it is for."""
    programs = Program.objects.visible_to(request.user).select_related("manager", "sponsor")
    return component_page(request, get_object_or_404(programs, code=code), TABS, tab)


@login_required
@require_safe
@tells_the_past
def project_benefits(request: HttpRequest, code: str) -> HttpResponse:
    """Show which benefits rest on a project."""
    projects = Project.objects.visible_to(request.user).select_related("manager")
    project = get_object_or_404(projects, code=code)
    return component_page(request, project, OF_PROJECTS, "benefits")


@login_required
@require_safe
def benefit_list(request: HttpRequest) -> HttpResponse:
    """List the benefits that the user sees, by the filters that the API has too."""
    visible = Benefit.objects.visible_to(request.user)
    filters = BenefitFilter(request.GET, visible, request=request)
    chosen = filters.qs if filters.is_valid() else visible.none()
    found = listed(chosen, user=request.user, query=request.GET, now=timezone.now())
    shown = bar(("", filters, ASKED), query=request.GET)
    context = {"bar": shown, "found": found, "sorts": SORTS}
    return render(request, "programs/benefit_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a benefit for many periods at once."""
    benefit = row_of(request, BenefitForm, pk)
    as_of = status_date_of(benefit.component, now=timezone.now())
    series = SeriesForm(request.GET or usual_series(benefit, as_of=as_of))
    data = request.POST if request.method == "POST" else None
    grid = PlanGridForm(data, benefit=benefit, ends=series.ends)
    if grid.is_bound and grid.stored():
        messages.success(request, f"The plan of “{benefit}” was saved.")
        return redirect(benefit)
    trail = trail_of(benefit.component, request.user)
    context = {"benefit": benefit, "series": series, "grid": grid, "trail": trail}
    return render(request, "programs/plan_grid.html", context)


@login_required
@require_safe
def project_offers(request: HttpRequest) -> HttpResponse:
    """Offer projects that fit what is typed, for the line in which one is chosen."""
    visible = Project.objects.visible_to(request.user)
    found = matching(visible, typed(request.GET.get("project")))[:OFFERED]
    return render(request, "programs/project_offers.html", {"projects": found})
