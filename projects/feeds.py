"""The feed of dates that a calendar program reads: milestones and deadlines of tasks.

Whoever has the address sees what its owner sees at that moment. An address that is unknown or
revoked, of somebody who is disabled, or about what its owner sees no more, answers like no page.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from http import HTTPStatus
from math import ceil
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from ppm.core.models import CalendarFeed, Calls, Component, State
from projects.formats.icalendar import CONTENT_TYPE, DatedEvent, calendar_of
from projects.models import Task

SPAN = timedelta(hours=1)
MOST_READINGS = 60
"""How often a feed may be read within the span."""
GONE_BY = timedelta(days=365)
"""What was due earlier is left out."""
MOST_DATES = 5_000
NO_PLAN = (State.REJECTED, State.TERMINATED)
"""States of projects whose dates are nobody's plan any more."""


@require_safe
@transaction.non_atomic_requests
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Answer the dates. The reading is counted before, by itself: no reading waits for another."""
    digest = CalendarFeed.digest_of(secret)
    quota = Calls.objects.of_feed(digest, most=MOST_READINGS, span=SPAN)
    if quota is None:
        raise Http404
    if quota.left is None:
        return _too_often(ceil(quota.seconds))
    with transaction.atomic():
        return _answer(request, digest)


def _too_often(wait: int) -> HttpResponse:
    said = "This calendar is read too often. Try again later."
    status, headers = HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(wait)}
    return HttpResponse(said, content_type="text/plain", status=status, headers=headers)


def _answer(request: HttpRequest, digest: str) -> HttpResponse:
    feed = CalendarFeed.objects.select_related("owner").filter(digest=digest).first()
    if feed is None or not feed.owner.is_active:
        raise Http404
    component = Component.objects.visible_to(feed.owner).filter(pk=feed.component_id).first()
    if component is None:
        raise Http404
    feed.note_reading(now=timezone.now())
    dates = dates_of(feed.owner, component, site=request.build_absolute_uri("/")[:-1])
    content = calendar_of(component.name, dates, since=feed.created_at)
    tag = quote_etag(CalendarFeed.digest_of(content.decode()))
    response = HttpResponse(content, content_type=CONTENT_TYPE, headers={"ETag": tag})
    answer: Any = get_conditional_response(request, etag=tag, response=response)
    return answer  # type: ignore[no-any-return]


def dates_of(owner: Any, component: Component, *, site: str) -> Iterator[DatedEvent]:
    """List the milestones and deadlines below a component, as far as the owner sees them."""
    tasks = Task.objects.visible_to(owner).filter(
        project__in=Component.objects.within(component).exclude(state__in=NO_PLAN).values("pk")
    )
    early = timezone.localdate() - GONE_BY
    kinds = {
        "Milestone": ("finish_date", tasks.filter(duration_minutes=0, finish_date__gte=early)),
        "Deadline": ("deadline", tasks.filter(deadline__gte=early)),
    }
    for kind, (column, rows) in kinds.items():
        for task in rows.select_related("project").order_by(column, "pk")[:MOST_DATES]:
            yield _event(task, kind, getattr(task, column), site)


def _event(task: Task, kind: str, day: date, site: str) -> DatedEvent:
    return DatedEvent(
        key=f"task-{task.pk}-{kind.lower()}",
        day=day,
        title=f"{task.name} ({kind.lower()}, {task.project.name})",
        about=f"{kind} of task {task.wbs} in {task.project.code}, {task.project.name}",
        address=site + reverse("task-detail", args=[task.pk]),
        category=kind,
        version=task.version,
    )
