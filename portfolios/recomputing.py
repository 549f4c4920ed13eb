"""Computing the figures of a component and of all below it anew, because somebody asks for it."""

from __future__ import annotations

from typing import Any

from portfolios.rollup import mark, roll_up_tree
from ppm.core.jobs import Clock, JobRefusedError, Outcome, Say, ask_for
from ppm.core.models import AnyUser, Component, DirtyMark, Job, JobKind, Subject

GONE = "The component is gone, or you may not have it computed any more."


def ask_to_recompute(component: Component, *, by: AnyUser) -> Job:
    """Queue a recomputation."""
    return ask_for(JobKind.RECOMPUTATION, component.code, {"component": component.pk}, by=by)


def recomputable_by(user: AnyUser) -> Any:
    """Keep the components whose figures the user may have computed anew."""
    return Component.objects.granting(Subject.POLICY, user)


def recompute(job: Job, say: Say, clock: Clock) -> Outcome:
    """Compute the component, what stands below it and what stands above."""
    top = recomputable_by(job.owner).filter(pk=job.asked["component"]).first()
    if top is None:
        raise JobRefusedError(GONE)
    below = list(Component.objects.within(top).values_list("pk", flat=True))
    mark(below)
    changed = 0
    marked = DirtyMark.objects.filter(component_id__in=below)
    while left := marked.values("component_id").distinct().count():
        say("computing", max(len(below) - left, 0), len(below))
        top.refresh_from_db(fields=["path"])
        changed += len(roll_up_tree(top.root_id, now=clock(), wait=True) or [])
    said = f"{len(below):,} component{'' if len(below) == 1 else 's'} computed"
    report = {"components": len(below), "snapshots": changed}
    return Outcome(f"{said}, {changed:,} figures changed.", report=report, rows_ok=len(below))
