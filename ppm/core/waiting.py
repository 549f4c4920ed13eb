"""What waits for a decision of somebody: changes of state asked for, and overrides."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet

from ppm.core.figures import figures_of
from ppm.core.filters import status_day
from ppm.core.lifecycle import BY_ITS_MANAGER
from ppm.core.models import Kind, StateRequest, StatusReport, Subject, User
from ppm.core.overrides import Override


def requests_for(user: User) -> QuerySet[StateRequest]:
    """Keep the requests that the user may answer: not those of their own."""
    waiting: Any = StateRequest.objects.waiting().exclude(recorded_by=user)
    of_managers = reduce(or_, (Q(before=b, after=a) for b, a in sorted(BY_ITS_MANAGER)))
    for_managers = waiting.filter(of_managers)
    by_kind = (
        for_managers.filter(component__kind=kind).granting(Subject(kind), user) for kind in Kind
    )
    for_deciders = waiting.exclude(of_managers).granting(Subject.DECISION, user)
    found: QuerySet[StateRequest] = reduce(or_, by_kind, for_deciders)
    return found


def overrides_for(user: User, *, now: datetime) -> list[Override]:
    """List the overrides that the user may rule on, those that end first, in eight queries."""
    reports = StatusReport.objects.granting(Subject.DECISION, user).exclude(override_reason="")
    running = (
        reports.alias(day=status_day("component__path", now=now))
        .filter(date__lte=F("day"), valid_until__gte=F("day"))
        .order_by("component", "-date", "-pk")
        .distinct("component")
    )
    found = [
        report
        for report in running.select_related("component", "recorded_by", "ruling")
        if report.recorded_by_id != user.pk
    ]
    figures = figures_of((r.component for r in found), user=user, now=now)
    overrides = (Override(report, figures[report.component_id].snapshot) for report in found)
    waiting = [override for override in overrides if override.waits]
    return sorted(waiting, key=lambda o: (o.report.valid_until, o.report.pk))
