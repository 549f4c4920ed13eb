"""Pages about calendar feeds: one is made for a component, seen and revoked under one's name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ppm.core.models import CalendarFeed, Component
from ppm.core.signin.recency import recently_signed_in


def address_of(secret: str, request: HttpRequest) -> str:
    """Write the address that a calendar program reads."""
    return request.build_absolute_uri(reverse("calendar-feed", args=[secret]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in
def calendar_subscription(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a feed of a component is, and make one; its address is on this one answer only."""
    user: Any = request.user
    component = get_object_or_404(Component.objects.visible_to(user), code=code)
    context: dict[str, Any] = {"component": component}
    if request.method == "POST":
        _, secret = CalendarFeed.open_for(user, component)
        context["address"] = address_of(secret, request)
    return render(request, "account/calendar_subscription.html", context)


@login_required
@require_safe
def calendars(request: HttpRequest) -> HttpResponse:
    """Show the feeds that one has. What one sees no more has no name here."""
    user: Any = request.user
    feeds = list(CalendarFeed.objects.visible_to(user).order_by("-created_at"))
    named = {feed.component_id for feed in feeds}
    seen = Component.objects.visible_to(user).in_bulk(named)
    rows = [(feed, seen.get(feed.component_id)) for feed in feeds]
    return render(request, "account/calendars.html", {"rows": rows})


@login_required
@require_POST
def calendar_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a feed of one's own: from now on its address answers nothing."""
    get_object_or_404(CalendarFeed.objects.visible_to(request.user), pk=pk).delete()
    messages.success(request, "The calendar address is revoked.")
    return redirect("account-calendars")
