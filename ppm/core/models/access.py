"""Who may see and change what: users, and roles on the tree.

A role on a component holds for everything below it. Every queryset of rows that belong to a
component inherits `ScopedQuerySet`, so the rule stands in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, reduce
from operator import or_
from typing import Any, ClassVar, Self, TypeVar

from django.contrib.auth.models import AbstractUser, AnonymousUser, Group
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from ppm.core.amounts import tells_amounts, withholding
from ppm.core.beneath import AsArray, Empty
from ppm.core.constraints import known
from ppm.core.models.versioned import Versioned
from ppm.core.reach import NamelessReadError, is_answering
from ppm.core.triggers import counts_changes

AnyUser = AbstractUser | AnonymousUser
Row = TypeVar("Row", bound=models.Model)


class User(AbstractUser):
    """A person who signs in."""

    email = models.EmailField(unique=True)

    def __str__(self) -> str:
        """Show the full name, or the user name where there is none."""
        return self.get_full_name() or self.username


class Subject(models.TextChoices):
    """What a role may change; seeing is allowed to every role."""

    PORTFOLIO = "portfolio"
    PROGRAM = "program"
    PROJECT = "project"
    WORK = "work"
    PROGRESS = "progress"
    MONEY = "money"
    BENEFIT = "benefit"
    REGISTER = "register"
    REPORT = "report"
    POLICY = "policy"
    DECISION = "decision"


class Role(models.TextChoices):
    """What somebody is on a component and everything below it."""

    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    PROJECT_MANAGER = "project_manager", "Project manager"
    PROGRAM_MANAGER = "program_manager", "Program manager"
    PORTFOLIO_MANAGER = "portfolio_manager", "Portfolio manager"
    RESOURCE_MANAGER = "resource_manager", "Resource manager"
    FINANCE = "finance", "Finance"
    GOVERNANCE = "governance", "Governance"
    AUDITOR = "auditor", "Auditor"


_PROJECT_LEVEL = {
    Subject.PROJECT,
    Subject.WORK,
    Subject.PROGRESS,
    Subject.MONEY,
    Subject.REGISTER,
    Subject.REPORT,
}
_PROGRAM_LEVEL = {*_PROJECT_LEVEL, Subject.PROGRAM, Subject.BENEFIT}

CHANGES: dict[Role, set[Subject]] = {
    Role.VIEWER: set(),
    Role.CONTRIBUTOR: {Subject.PROGRESS, Subject.REGISTER},
    Role.PROJECT_MANAGER: _PROJECT_LEVEL,
    Role.PROGRAM_MANAGER: _PROGRAM_LEVEL,
    Role.PORTFOLIO_MANAGER: {
        *_PROGRAM_LEVEL,
        Subject.PORTFOLIO,
        Subject.POLICY,
        Subject.DECISION,
    },
    Role.RESOURCE_MANAGER: set(),
    Role.FINANCE: {Subject.MONEY, Subject.BENEFIT},
    Role.GOVERNANCE: {Subject.REGISTER, Subject.REPORT, Subject.POLICY, Subject.DECISION},
    Role.AUDITOR: set(),
}


HIDES_MONEY = [Role.CONTRIBUTOR, Role.RESOURCE_MANAGER]
"""The roles that see the work without its money."""
SEES_MONEY = [role for role in Role if role not in HIDES_MONEY]
"""The roles that see amounts."""


def roles_that_change(subject: Subject) -> list[Role]:
    """List the roles that may change the subject."""
    return [role for role, subjects in CHANGES.items() if subject in subjects]


class ScopedQuerySet(models.QuerySet[Row]):
    """Rows that belong to a component, and so to whoever holds a role on it or above it."""

    component: ClassVar[str] = "component"
    """The lookup from a row to its component; empty where the row is the component."""
    subject: ClassVar[Subject | None] = None
    """What one must be allowed to change in order to change such rows; None: nobody may."""
    is_money: ClassVar[bool] = False
    """Whether such rows are money altogether: they exist only for those who see amounts."""
    is_private: ClassVar[bool] = False
    """Whether only those who may change such rows see them."""

    _has_reader = False
    _for_write: bool  # these two are Django's, and not in the stubs
    _hints: Mapping[str, Any]

    @property
    def db(self) -> str:
        """Name the database, which Django asks for before it reads; refuse to read for nobody.

        Rows reached from one that was read are as visible. Writing is judged by rights and by the
        database.
        """
        if is_answering() and self._is_nameless():
            rows = self.model._meta.verbose_name_plural
            raise NamelessReadError(f"Say in whose name {rows} are read: visible_to(user).")
        return super().db

    def _is_nameless(self) -> bool:
        """Tell whether rows are read, and nothing has said for whom."""
        is_reading = not self._for_write or self.query.select_for_update
        is_allowed = self._has_reader or self.query.is_empty() or is_scoped(self._hints)
        return is_reading and not is_allowed

    def _clone(self) -> Self:
        """Keep who reads."""
        copy: Self = super()._clone()  # type: ignore[misc]  # not in the stubs
        copy._has_reader = self._has_reader
        return copy

    def read_by_somebody(self) -> Self:
        """Take note that rows are chosen by who reads them, for the methods that do so."""
        rows = self.all()
        rows._has_reader = True
        return rows

    def visible_to(self, user: AnyUser) -> Self:
        """Keep the rows the user may see: any role on the component or above it.

        They are read without their amounts where none of these roles sees money.
        """
        if self.is_private:
            return self.changeable_by(user)
        if self.is_money:
            return self.read_by_somebody().with_amounts_for(user)
        rows = self._below(user)
        if user.is_superuser or not tells_amounts(self.model):
            return rows
        # Most people hold no role that hides amounts: then no row has to be asked.
        sees_all = Q(Empty(places_held(user, HIDES_MONEY)))
        told: Self = withholding(rows, sees_all | self.shows_amounts_to(user))
        return told

    def with_amounts_for(self, user: AnyUser) -> Self:
        """Keep those of the rows, which the user may see, whose amounts he may see too."""
        if not user.is_active:
            return self.none()
        return self.all() if user.is_superuser else self.filter(self.shows_amounts_to(user))

    def shows_amounts_to(self, user: AnyUser) -> Q:
        """Say which rows show their amounts: those below a role that sees money."""
        return self._stands_below(places_held(user, SEES_MONEY))

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep the rows the user may change; none of those that only the system writes."""
        return self.none() if self.subject is None else self.granting(self.subject, user)

    def granting(self, subject: Subject, user: AnyUser) -> Self:
        """Keep the rows on whose component the user may change the subject."""
        return self._below(user, roles_that_change(subject))

    def _below(self, user: AnyUser, roles: Iterable[Role] = Role) -> Self:
        rows = self.read_by_somebody()
        if not user.is_active:
            return rows.none()
        if user.is_superuser:
            return rows
        return rows.filter(self._stands_below(places_held(user, roles)))

    def _stands_below(self, places: RawSQL) -> Q:
        # One array, computed once: `path && ARRAY(…)` neither joins nor multiplies rows.
        return Q(**{f"{self.component}__path__overlap": AsArray(places)})


_USER, _ROLES = -1, "roles"
"""What stands for the id of the user and for the roles in the text that is kept."""


def places_held(user: AnyUser, roles: Iterable[Role]) -> RawSQL:
    """Choose the ids of the components on which the user holds one of the roles.

    To write the query as text takes longer than to run it, and a page needs it a dozen times: the
    text is kept.
    """
    text, parameters = _places_held()
    values = {_USER: user.pk if user.is_active else None, _ROLES: [*roles]}
    given = [values[parameter] for parameter in parameters]
    return RawSQL(text, given, models.BigIntegerField())  # noqa: S611 (Django wrote the text)


@cache
def _places_held() -> tuple[str, tuple[Any, ...]]:
    is_one_of = RawSQL("role = ANY(%s)", [_ROLES], models.BooleanField())
    held = RoleAssignment.objects.held_by(User(pk=_USER)).filter(is_one_of)
    return held.values("component_id").query.sql_with_params()


def is_money(model: type[models.Model]) -> bool:
    """Tell whether rows of a model are money altogether."""
    rows = model._default_manager.all()
    return isinstance(rows, ScopedQuerySet) and rows.is_money


def is_scoped(hints: Mapping[str, Any]) -> bool:
    """Tell whether rows are those of a protected row that was reached, by Django's hints."""
    manager = getattr(type(hints.get("instance")), "_default_manager", None)
    return isinstance(manager, models.Manager) and isinstance(manager.none(), ScopedQuerySet)


class RoleAssignmentQuerySet(ScopedQuerySet["RoleAssignment"]):
    """Assignments."""

    subject = Subject.POLICY

    def in_force(self) -> Self:
        """Keep the roles that have not ended; one that has gives nothing any more."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()))

    def held_by(self, user: AnyUser) -> Self:
        """Keep what the user holds now, in person or through a group."""
        rows = self.read_by_somebody()
        if not user.is_active:
            return rows.none()
        of_groups = Q(group__in=User.groups.through.objects.filter(user=user.pk).values("group"))
        return rows.in_force().filter(Q(user_id=user.pk) | of_groups)

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep the roles the user may give and take: none that may change more than his own."""
        if user.is_superuser:
            return self.granting(Subject.POLICY, user)
        givers = roles_that_change(Subject.POLICY)
        return reduce(or_, (self._given_by(role, user) for role in givers))

    def _given_by(self, giver: Role, user: AnyUser) -> Self:
        """Keep the roles that the holder of a role gives."""
        given = [role for role in Role if CHANGES[role] <= CHANGES[giver]]
        return self.filter(role__in=given)._below(user, [giver])


class RoleAssignment(Versioned):
    """A person's or a group's role on a component and everything below it.

    From `expires_at` on it gives nothing, and stays in lists until it is taken away.
    """

    component = models.ForeignKey(
        "core.Component", models.CASCADE, related_name="role_assignments"
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="role_assignments", null=True, blank=True
    )
    group = models.ForeignKey(
        Group, models.CASCADE, related_name="role_assignments", null=True, blank=True
    )
    role = models.CharField(max_length=20, choices=Role)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            known("role", Role),
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(group__isnull=True),
                name="%(app_label)s_%(class)s_names_a_user_or_a_group",
                violation_error_message="Name either a user or a group.",
            ),
            models.UniqueConstraint(
                fields=["component", "user", "group", "role", "expires_at"],
                nulls_distinct=False,
                name="%(app_label)s_%(class)s_is_given_once",
                violation_error_message="This role is given already.",
            ),
        ]
        triggers = [counts_changes()]

    def __str__(self) -> str:
        """Say who is what where."""
        return f"{self.user or self.group}: {self.get_role_display()} of {self.component}"

    def is_ended(self, *, now: datetime) -> bool:
        """Tell whether it gives nothing any more."""
        return self.expires_at is not None and self.expires_at <= now


def may_give(role: str, path: list[int], user: AnyUser, *, until: datetime | None) -> bool:
    """Tell whether the user may give a role on the component at the end of the path.

    Asked before the role is stored: one that somebody gives himself would allow itself.
    """
    return role in roles_to_give(path, user, until=until)


def roles_to_give(path: list[int], user: AnyUser, *, until: datetime | None) -> list[Role]:
    """List the roles that the user may give there until a moment; without one, for good.

    None may change more than the role by which it is given, or outlast it.
    """
    if not user.is_active:
        return []
    if user.is_superuser:
        return list(Role)
    held = RoleAssignment.objects.held_by(user).filter(component__in=path)
    givers = held.filter(role__in=roles_that_change(Subject.POLICY))
    lasting = [
        CHANGES[Role(role)]
        for role, end in givers.values_list("role", "expires_at")
        if end is None or (until is not None and until <= end)
    ]
    return [role for role in Role if any(CHANGES[role] <= changes for changes in lasting)]


def rights_on(path: list[int], user: AnyUser) -> frozenset[Subject]:
    """Tell what the user may change on the component at the end of the path, in one query."""
    if not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Subject)
    held = RoleAssignment.objects.held_by(user).filter(component__in=path)
    roles = held.values_list("role", flat=True)
    return frozenset(subject for role in roles for subject in CHANGES[Role(role)])
