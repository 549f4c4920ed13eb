"""The tree: one parent link, one path, one set of guards for every level."""

from __future__ import annotations

from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Now
from django.urls import reverse

from ppm.core import tree_triggers
from ppm.core.announcing import announces_update
from ppm.core.beneath import AtOrBelow
from ppm.core.constraints import finishes_after_it_starts, known, within_calendar
from ppm.core.locks import lock_for_move, lock_trees
from ppm.core.models.access import AnyUser, ScopedQuerySet, Subject, User
from ppm.core.triggers import marks

MAX_DEPTH = 10
IS_CODE = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z",
    "A code has letters, digits, dots, dashes and underscores only.",
)

C = TypeVar("C", bound="Component")


class Kind(models.TextChoices):
    """The level of a component."""

    PORTFOLIO = "portfolio", "Portfolio"
    PROGRAM = "program", "Program"
    PROJECT = "project", "Project"


class State(models.TextChoices):
    """Where a component stands in its life; portfolios are only active or archived."""

    IDEA = "idea", "Idea"
    PROPOSAL = "proposal", "Proposal"
    AUTHORIZED = "authorized", "Authorized"
    EXECUTING = "executing", "Executing"
    ON_HOLD = "on_hold", "On hold"
    CLOSING = "closing", "Closing"
    CLOSED = "closed", "Closed"
    TERMINATED = "terminated", "Terminated"
    REJECTED = "rejected", "Rejected"
    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


PORTFOLIO_STATES = (State.ACTIVE, State.ARCHIVED)


_STATES_CHANGED = """
    SELECT n.id, jsonb_build_object('before', o.state, 'after', n.state)
    FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE n.state <> o.state ORDER BY n.id
"""


def check_time_zone(name: str) -> None:
    """Refuse a name that the time-zone database does not know."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone; write for example Europe/Vienna.")


def _as_path(ids: list[int]) -> Cast:
    """Write ids as the database's type of a path: a bare array of small numbers is another one."""
    return Cast(Value(ids), ArrayField(models.BigIntegerField()))


class ComponentQuerySet(ScopedQuerySet[C]):
    """Components of any kind."""

    component = ""

    def changeable_by(self, user: AnyUser) -> Self:
        """Keep the components the user may change, each by the right that its kind takes."""
        kinds = (self.filter(kind=kind).granting(Subject(kind), user) for kind in Kind)
        return reduce(or_, kinds)

    def _stands_below(self, places: RawSQL) -> Q:
        return Q(AtOrBelow(places))

    def roots(self) -> Self:
        """Keep the components without a parent."""
        return self.filter(parent=None)

    def below(self, component: Component) -> Self:
        """Keep the descendants."""
        return self.within(component).exclude(pk=component.pk)

    def within(self, component: Component) -> Self:
        """Keep the component and its descendants: a range of the path's b-tree."""
        last = component.path[-1]
        beyond = [*component.path[:-1], last + 1]
        return self.filter(path__gte=_as_path(component.path), path__lt=_as_path(beyond))


class Component(models.Model):
    """A portfolio, program or project: a node of the tree that figures roll up.

    The database derives `path` and `version`, and refuses cycles, misplaced kinds and mixed
    currencies (`ppm/core/tree_triggers.py`). The root carries currency, time zone and status
    date for its tree.
    """

    KIND: ClassVar[Kind]
    shows_amounts = True
    """Whether the reader sees amounts here; told by `visible_to`."""

    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    code = models.CharField(
        max_length=60,
        unique=True,
        validators=[IS_CODE],
        error_messages={"unique": "Another component has this code already."},
    )
    name = models.CharField(max_length=250)
    description = models.TextField(blank=True)

    parent = models.ForeignKey(
        "self", models.PROTECT, related_name="children", null=True, blank=True
    )
    path = ArrayField(models.BigIntegerField(), editable=False, default=list)
    manager = models.ForeignKey(
        User, models.SET_NULL, related_name="managed_components", null=True, blank=True
    )

    state = models.CharField(max_length=10, choices=State)
    start_date = models.DateField(null=True, blank=True)
    finish_date = models.DateField(null=True, blank=True)

    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", "Write the currency as three capitals: EUR.")],
    )
    time_zone = models.CharField(max_length=40, blank=True, validators=[check_time_zone])
    status_date = models.DateField(null=True, blank=True)

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ComponentQuerySet.as_manager()

    class Meta:
        constraints = [
            known("kind", Kind),
            known("state", State),
            within_calendar("start_date"),
            within_calendar("finish_date"),
            within_calendar("status_date"),
            finishes_after_it_starts("component"),
            models.CheckConstraint(
                condition=Q(kind=Kind.PORTFOLIO, state__in=PORTFOLIO_STATES)
                | (~Q(kind=Kind.PORTFOLIO) & ~Q(state__in=PORTFOLIO_STATES)),
                name="%(app_label)s_%(class)s_state_fits_the_kind",
                violation_error_message="A portfolio is active or archived; programs and "
                "projects are in one of the other states.",
            ),
            models.CheckConstraint(
                condition=(Q(parent__isnull=True) & ~Q(currency="") & ~Q(time_zone=""))
                | Q(parent__isnull=False, currency="", time_zone="", status_date__isnull=True),
                name="%(app_label)s_%(class)s_root_carries_the_tree_settings",
                violation_error_message="Currency and time zone belong to the root of a tree, "
                "which needs both; below it they and the status date stay empty.",
            ),
            models.CheckConstraint(
                condition=Q(path__len__lte=MAX_DEPTH),
                name="%(app_label)s_%(class)s_is_not_too_deep",
                violation_error_message=f"A tree has at most {MAX_DEPTH} levels.",
            ),
        ]
        indexes = [
            models.Index(fields=["path"], name="core_component_path"),
            # For what can have children, which is asked about by every list of components.
            models.Index(
                fields=["id"],
                include=["path"],
                condition=~Q(kind=Kind.PROJECT),
                name="core_component_parents",
            ),
        ]
        triggers = [
            *tree_triggers.GUARDS,
            *marks(tree_triggers.MARKED),
            announces_update("project.state_changed", _STATES_CHANGED),
        ]

    def __str__(self) -> str:
        """Show code and name."""
        return f"{self.code} {self.name}"

    def save(self, *args: Any, **options: Any) -> None:
        """Save; a new component then knows the path that the database gave it."""
        is_new = self._state.adding
        if is_new:
            self.kind = self.KIND
        super().save(*args, **options)
        if is_new:
            self.refresh_from_db(fields=["path"])

    def get_absolute_url(self) -> str:
        """Link to the page of the component's kind."""
        return reverse(f"{self.kind}-detail", args=[self.code])

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete; it waits for the tree before it locks rows, so that no move waits for it."""
        with transaction.atomic():
            lock_trees([self.pk])
            return super().delete(*args, **options)

    def move_to(self, parent: Component | None) -> None:
        """Put the component and all below it under another parent.

        A transaction of its own: it waits for the roll-ups of both trees, in the order that
        every move follows, so that moves and roll-ups never wait for each other in a circle.
        """
        with transaction.atomic():
            lock_for_move(self.pk, parent.pk if parent else None)
            Component.objects.filter(pk=self.pk).update(parent=parent)
        self.refresh_from_db()

    @property
    def root_id(self) -> int:
        """The id of the tree's root."""
        return self.path[0]

    def status_on(self, now: datetime) -> date:
        """Tell the date that a root's figures are about: its status date, else today there."""
        return self.status_date or now.astimezone(ZoneInfo(self.time_zone)).date()
