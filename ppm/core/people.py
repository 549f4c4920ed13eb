"""Which people and groups a user gets to see."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from ppm.core.models import AnyUser, Component, RoleAssignment, User
from ppm.core.reach import unscoped


@unscoped("the places of the user's own roles")
def people_near(user: AnyUser) -> QuerySet[User]:
    """List the user and everybody who sees a component that the user sees too.

    Two people share a component when one holds a role on it or above it, and the other on it,
    above it or below it: so every role is looked at that lies on a path through the user's own.
    One that has ended shows its holder nobody; who sees where it stands still reads its name.
    """
    if not user.is_active:
        return User.objects.none()
    if user.is_superuser:
        return User.objects.all()
    own = Component.objects.filter(
        pk__in=RoleAssignment.objects.held_by(user).values("component_id")
    )
    paths = list(own.values_list("path", flat=True))
    seen = RoleAssignment.objects.filter(component__path__overlap=[path[-1] for path in paths])
    above = RoleAssignment.objects.in_force().filter(
        component_id__in={ancestor for path in paths for ancestor in path}
    )
    near = seen | above
    in_groups = User.objects.filter(groups__in=near.values("group_id"))
    # Subqueries, not joins: somebody with two roles would be listed twice.
    return User.objects.filter(
        Q(pk=user.pk) | Q(pk__in=near.values("user_id")) | Q(pk__in=in_groups.values("pk"))
    )


def groups_near(user: AnyUser) -> QuerySet[Group]:
    """List the groups of the user, and those with a role on a component that the user sees."""
    if not user.is_active:
        return Group.objects.none()
    if user.is_superuser:
        return Group.objects.all()
    seen = RoleAssignment.objects.visible_to(user)
    return Group.objects.filter(Q(user=user.pk) | Q(pk__in=seen.values("group_id"))).distinct()
