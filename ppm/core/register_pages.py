"""Pages of risks, issues and changes: all that one sees of a kind, and the course of each."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ppm.core.editing import trail_of
from ppm.core.filter_bar import bar, with_place
from ppm.core.filters import known_days
from ppm.core.models import Subject, rights_on
from ppm.core.registers import ISSUES, REGISTERS, course_of, listing
from ppm.core.time_travel import asked_day, tells_the_past


@login_required
@require_safe
@tells_the_past
def register_list(request: HttpRequest, slug: str) -> HttpResponse:
    """List the entries of a kind that the user sees, by the filters that the API has too."""
    register = REGISTERS[slug]
    path, as_of = f"{slug}__component__path", asked_day(request)
    day, until = known_days(path, now=timezone.now(), as_of=as_of)
    entries = register.entries_of(request.user)
    page = request.GET.get("page")
    found = listing(
        register, entries, request.GET, reader=request, day=day, until=until, page=page
    )
    asked = with_place(register.asked, request.GET)
    context = {"found": found, "bar": bar(("", found.filters, asked), query=request.GET)}
    return render(request, "registers/register.html", context)


@login_required
@require_safe
@tells_the_past
def entry_detail(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show an entry, and how it was assessed from time to time."""
    register = REGISTERS[slug]
    visible = register.entries_of(request.user)
    entry = get_object_or_404(visible.select_related("owner", "component"), pk=pk)
    as_of = asked_day(request)
    rights = frozenset() if as_of else rights_on(entry.component.path, request.user)
    context = {
        "register": register,
        "shows_amounts": entry.shows_amounts or register is ISSUES,
        "course": course_of(entry, now=timezone.now(), as_of=as_of),
        "trail": trail_of(entry.component, request.user),
        "is_changeable": Subject.REGISTER in rights,
    }
    return render(request, "registers/entry.html", context)
