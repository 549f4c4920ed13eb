"""The day that rows are about, each by its tree, as an expression for queries."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from django.db.models import Case, DateField, DateTimeField, Expression, Q, Value, When

from ppm.core.figures import figures_of
from ppm.core.models import Component, Known


def status_day(path: str, *, now: datetime) -> Case:
    """Tell for each row the status date of its tree; the lookup leads to its component's path."""
    trees: dict[date, list[int]] = defaultdict(list)
    for root in Component.objects.roots():
        trees[root.status_on(now)].append(root.pk)
    return Case(
        *[When(**{f"{path}__0__in": roots}, then=Value(day)) for day, roots in trees.items()],
        default=Value(now.date()),
        output_field=DateField(),
    )


def known_days(
    path: str, *, now: datetime, as_of: date | None
) -> tuple[Expression, Expression | None]:
    """Tell for each row the day that is asked for in its tree, and until when facts counted.

    The second is None where the present is asked for. `path` is as for `status_day`.
    """
    if as_of is None:
        return status_day(path, now=now), None
    roots = list(Component.objects.roots())
    figures = figures_of(roots, now=now, as_of=as_of)
    days = [When(**{f"{path}__0": pk}, then=Value(f.as_of)) for pk, f in figures.items()]
    ends = [
        When(**{f"{path}__0": pk}, then=Value(f.known_until or now)) for pk, f in figures.items()
    ]
    return (
        Case(*days, default=Value(as_of), output_field=DateField()),
        Case(*ends, default=Value(now), output_field=DateTimeField()),
    )


def known_facts(path: str, *, now: datetime, as_of: date) -> Q:
    """Keep the facts that counted on a day. `path` leads from them, as for `status_day`."""
    day, until = known_days(path, now=now, as_of=as_of)
    return Q(date__lte=day, recorded_at__lt=until)


def until_of(known: Known) -> Expression | None:
    """Tell until when facts counted, as an expression; None for the present."""
    return None if known.until is None else Value(known.until, DateTimeField())
