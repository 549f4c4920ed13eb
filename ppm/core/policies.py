"""Versions of health policies: a change is a new version, so that old figures stay explained."""

from __future__ import annotations

from ppm.core.explanation import policy_of
from ppm.core.models import Component, HealthPolicy
from ppm.core.reach import unscoped

THRESHOLDS = tuple(
    field.name
    for field in HealthPolicy._meta.concrete_fields
    if field.name not in ("id", "component", "version", "recorded_at")
)


@unscoped("the number of the newest version")
def next_policy(component: Component | None) -> HealthPolicy:
    """Build the next version of a component's own policy, or of the default; it is not saved.

    It begins as what holds there so far, be it the policy of an ancestor.
    """
    own = HealthPolicy.objects.filter(component=component).order_by("version").last()
    so_far = policy_of(component) if component else own
    return HealthPolicy(
        component=component,
        version=own.version + 1 if own else 1,
        **{name: getattr(so_far, name) for name in THRESHOLDS},
    )
