"""Pages of portfolios."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portfolios.achievement import carried_by
from portfolios.filters import PortfolioFilter
from portfolios.models import Portfolio
from portfolios.pages import TABS
from ppm.core.component_list import component_list
from ppm.core.editing import trail_of
from ppm.core.models import rights_on
from ppm.core.tabs import component_page
from ppm.core.time_travel import tells_the_past
from programs.models import Benefit
from programs.record import record_of


@login_required
@require_safe
@tells_the_past
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """List the portfolios that the user sees, on whatever level they stand."""
    visible = Portfolio.objects.visible_to(request.user)
    add = reverse("root-add") if request.user.is_superuser else ""
    filters = PortfolioFilter(request.GET, visible, request=request)
    return component_list(request, filters, add=add)


@login_required
@require_safe
@tells_the_past
def portfolio_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a portfolio stands, what makes it so, and what it returns."""
    portfolios = Portfolio.objects.visible_to(request.user).select_related("manager")
    return component_page(request, get_object_or_404(portfolios, code=code), TABS, tab)


@login_required
@require_safe
def benefit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a benefit: how it stands, what it rests on, and which objectives it carries."""
    benefits = Benefit.objects.visible_to(request.user).select_related("component", "owner")
    benefit = get_object_or_404(benefits, pk=pk)
    user = request.user
    context = {
        "record": record_of(benefit, user=user, now=timezone.now(), query=request.GET),
        "carried": carried_by(benefit, user=user),
        "trail": trail_of(benefit.component, user),
        "rights": rights_on(benefit.component.path, user),
    }
    return render(request, "portfolios/benefit_detail.html", context)
