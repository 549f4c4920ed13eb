"""The day that rows are about, each by its tree, as an expression for queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import (
    Case,
    DateField,
    DateTimeField,
    Expression,
    F,
    Field,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from ppm.core.figures import known_in_trees
from ppm.core.models import Component, Known
from ppm.core.reach import unscoped


@unscoped("the dates of trees")
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
    known = known_in_trees(Component.objects.roots(), now=now, as_of=as_of)
    days = {root: one.day for root, one in known.items()}
    ends = {root: one.until or now for root, one in known.items()}
    return _by_tree(path, days, DateField()), _by_tree(path, ends, DateTimeField())


def _by_tree(path: str, values: Mapping[int, date], field: Field[Any, Any]) -> Expression:
    """Look up for each row the value of its tree: one step in a map, however many trees."""
    by_root = Value({str(pk): value.isoformat() for pk, value in values.items()}, JSONField())
    root = Cast(F(f"{path}__0"), TextField())
    return Cast(Func(by_root, root, arg_joiner=" ->> ", template="(%(expressions)s)"), field)


def known_facts(path: str, *, now: datetime, as_of: date) -> Q:
    """Keep the facts that counted on a day. `path` leads from them, as for `status_day`."""
    day, until = known_days(path, now=now, as_of=as_of)
    return Q(date__lte=day, recorded_at__lt=until)


def until_of(known: Known) -> Expression | None:
    """Tell until when facts counted, as an expression; None for the present."""
    return None if known.until is None else Value(known.until, DateTimeField())
