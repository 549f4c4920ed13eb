"""Taking baselines: the plan as it is approved, frozen for many projects in one statement."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.db import transaction

from ppm.core.defaults import STANDARD_CALENDAR
from ppm.core.sql import execute
from projects.models import Baseline

STATEMENT = Path(__file__).with_suffix(".sql")


@transaction.atomic
def take_baselines(
    project_ids: Collection[int], *, name: str = "", approved_by_id: int | None = None
) -> int:
    """Freeze the present plan of the projects as their current baseline; return how many were.

    The first baseline of a project has number 0. Projects without tasks are one work package on
    their own dates and budget; those that have none of these are left out and keep what they had.
    """
    before = list(
        Baseline.objects.filter(project__in=project_ids, is_current=True).values_list(
            "pk", flat=True
        )
    )
    Baseline.objects.filter(pk__in=before).update(is_current=False)
    execute(
        STATEMENT,
        {
            "ids": list(project_ids),
            "name": name,
            "approved_by": approved_by_id,
            "default_calendar": STANDARD_CALENDAR,
        },
    )
    taken = Baseline.objects.filter(project__in=project_ids, is_current=True)
    Baseline.objects.filter(pk__in=before).exclude(project__in=taken.values("project")).update(
        is_current=True
    )
    return taken.exclude(pk__in=before).count()
