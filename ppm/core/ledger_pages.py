"""Pages of costs: the download, and the reversal of an entry."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ppm.core.editing import form_options, row_of, saved, surroundings
from ppm.core.figures import known_of, root_of
from ppm.core.ledger import costs_of, write_csv
from ppm.core.ledger_forms import CostEntryForm, ReversalForm
from ppm.core.models import Component
from ppm.core.time_travel import asked_day, tells_the_past


@login_required
@require_safe
@tells_the_past
def cost_entries_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download the cost entries of a component that the filters keep, if they can be read."""
    component = get_object_or_404(Component.objects.visible_to(request.user), code=code)
    root = root_of(component)
    known = known_of(component, root, now=timezone.now(), as_of=asked_day(request))
    costs = costs_of(component, request.GET, reader=request, known=known)
    if not costs.filters.is_valid():
        raise BadRequest
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="costs-{component.code}.csv"'
    write_csv(costs.entries, response, currency=root.currency)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reverse_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the opposite of a cost entry."""
    entry = row_of(request, CostEntryForm, pk)
    form = ReversalForm(request.POST or None, entry=entry, **form_options(request))
    if request.method == "POST" and form.stored():
        return saved(request, form, "booked")
    context = {"form": form, "verb": "Reverse", **surroundings(form, entry)}
    return render(request, "editing/form.html", context)
