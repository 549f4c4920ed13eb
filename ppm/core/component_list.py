"""The page that lists components of one kind, narrowed by the filters that the API has too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ppm.core.filter_bar import Bar, bar
from ppm.core.health_scale import WORST_FIRST
from ppm.core.models import Kind
from ppm.core.models.component import PORTFOLIO_STATES
from ppm.core.outline import listed, sort_in, sorts
from ppm.core.past import answering
from ppm.core.time_travel import asked_day

ASKED = (
    *("search", "below", "manager", "start_date__gte", "finish_date__lte"),
    *("state", "health"),
)
"""What the page asks for, of all that the API filters by."""


def component_list(request: HttpRequest, filterset: Any, *, add: str = "") -> HttpResponse:
    """List the components that a filter set keeps; none where it cannot be read.

    `add` is the address at which the reader may make a new one.
    """
    errors, sort, names = filterset.errors, sort_in(request.GET), filterset.queryset.model._meta
    as_of = asked_day(request)
    found = filterset.queryset.none() if errors else filterset.qs
    page, rows = listed(
        found if as_of is None else answering(found, as_of),
        sort=sort,
        page=request.GET.get("page"),
        user=request.user,
        now=timezone.now(),
        as_of=as_of,
    )
    shows_amounts = all(row.figures.shows_amounts for row in rows)
    context = {
        "title": names.verbose_name_plural.capitalize(),
        "what": names.verbose_name,
        "page": page,
        "rows": rows,
        "shows_amounts": shows_amounts,
        "sort": sort,
        "sorts": sorts(shows_amounts=shows_amounts),
        "bar": search(request, filterset),
        "healths": WORST_FIRST,
        "chosen": filterset.form.cleaned_data,
        "is_readable": not errors,
        "add": "" if as_of else add,
    }
    return render(request, "component_list.html", context)


def search(request: HttpRequest, filterset: Any) -> Bar:
    """Build the form; it offers the states that the kind has."""
    states = filterset.form.fields["state"].widget
    is_portfolio = filterset.queryset.model.KIND == Kind.PORTFOLIO
    states.choices = [
        choice for choice in states.choices if (choice[0] in PORTFOLIO_STATES) is is_portfolio
    ]
    return bar(("", filterset, ASKED), query=request.GET)
