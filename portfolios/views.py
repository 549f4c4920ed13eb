"""Pages of portfolios."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portfolios.models import Portfolio
from portfolios.pages import TABS
from ppm.core.models import Component, Kind
from ppm.core.outline import SORTS, listed, sort_in
from ppm.core.tabs import component_page


@login_required
@require_safe
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """List the portfolios that the user sees, on whatever level they stand."""
    portfolios = Component.objects.visible_to(request.user).filter(kind=Kind.PORTFOLIO)
    sort = sort_in(request.GET)
    page, rows = listed(portfolios, sort=sort, page=request.GET.get("page"), now=timezone.now())
    context = {"page": page, "rows": rows, "sort": sort, "sorts": SORTS}
    return render(request, "portfolios/portfolio_list.html", context)


@login_required
@require_safe
def portfolio_detail(request: HttpRequest, code: str, tab: str = "") -> HttpResponse:
    """Show where a portfolio stands, what makes it so, and what it returns."""
    portfolios = Portfolio.objects.visible_to(request.user).select_related("manager")
    return component_page(request, get_object_or_404(portfolios, code=code), TABS, tab)
