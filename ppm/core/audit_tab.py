"""The part of a component's history that tells who changed what, and its download."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django_filters import rest_framework as filters

from ppm.core.auditing.reading import ToldEvent, kinds_of_rows, tell, write_csv
from ppm.core.figures import known_of, root_of
from ppm.core.filter_bar import Bar, bar
from ppm.core.filters import DayFilter
from ppm.core.models import AuditEvent, Component, Known, Operation
from ppm.core.outline import LevelPaginator
from ppm.core.time_travel import asked_day, tells_the_past

PAGE_SIZE = 25
MOST = 100_000
"""How many events are downloaded at most, the newest first."""


class AuditEventFilter(filters.FilterSet):  # type: ignore[misc]  # it ships no types
    """Filters of the changes of one component."""

    kind = filters.ChoiceFilter(field_name="table_name", label="Changes of", choices=kinds_of_rows)
    operation = filters.ChoiceFilter(choices=Operation.choices, label="What was done")
    by = filters.CharFilter(method="changed_by", label="Changed by")
    since = DayFilter(field_name="at", lookup_expr="date__gte", label="Changed since")
    until = DayFilter(field_name="at", lookup_expr="date__lte", label="Changed until")

    class Meta:
        model = AuditEvent
        fields = ()

    def changed_by(self, events: QuerySet[AuditEvent], _: str, text: str) -> QuerySet[AuditEvent]:
        """Keep what somebody did whose name has these letters in it."""
        columns = ("first_name", "last_name", "username")
        named = (Q(**{f"actor__{column}__icontains": text}) for column in columns)
        return events.filter(reduce(or_, named))


ASKED = tuple(AuditEventFilter.base_filters)


@dataclass(frozen=True)
class Changes:
    """A page of changes in words, the bar that narrows them, and where to download them."""

    page: Page[AuditEvent]
    told: list[ToldEvent]
    bar: Bar
    download: str


def changes_of(component: Component, *, reader: Any, known: Known) -> Changes:
    """Read a page of the changes of a component's own rows, the newest first."""
    filtered = _filtered(component, reader.query, user=reader.user, known=known)
    events = filtered.qs if filtered.is_valid() else filtered.queryset.none()
    page = LevelPaginator(_newest(events), PAGE_SIZE).get_page(reader.query.get("changes"))
    address = reverse("audit-events-csv", args=[component.code])
    return Changes(
        page=page,
        told=tell(list(page.object_list), user=reader.user),
        bar=bar(("", filtered, ASKED), query=reader.query),
        download=f"{address}?{reader.query.urlencode()}".rstrip("?"),
    )


def _filtered(component: Component, query: Any, *, user: Any, known: Known) -> AuditEventFilter:
    events = AuditEvent.objects.visible_to(user).filter(component=component)
    if known.until is not None:
        events = events.filter(at__lt=known.until)
    return AuditEventFilter(query, events)


def _newest(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    return events.order_by("-pk")


@login_required
@require_safe
@tells_the_past
def audit_events_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Download the changes of a component that the filters keep, if they can be read."""
    component = get_object_or_404(Component.objects.visible_to(request.user), code=code)
    root = root_of(component)
    known = known_of(component, root, now=timezone.now(), as_of=asked_day(request))
    filtered = _filtered(component, request.GET, user=request.user, known=known)
    if not filtered.is_valid():
        raise BadRequest
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="changes-{component.code}.csv"'
    write_csv(_newest(filtered.qs)[:MOST], response, user=request.user)
    return response
