"""Who can see a component: people and groups with a role on it or above it, and from where.

Everybody who sees the component may ask: whoever holds a role above it is near, and so no name is
told that is not told elsewhere. Components above the reader's sight, and groups that the reader
knows nothing of, are not named; the roles given there, and the people in such groups, are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, Generic, TypeVar

from django.db.models import Case, Count, F, Q, QuerySet, When

from ppm.core.models import (
    CHANGES,
    SEES_MONEY,
    AnyUser,
    Component,
    Role,
    RoleAssignment,
    Subject,
    User,
)
from ppm.core.people import groups_near
from ppm.core.reach import unscoped

MOST = 100
"""How many lines of a kind are told at once."""

Entry = TypeVar("Entry")

OF_ROLE = ("pk", "role", "expires_at", "component_id", "group_id", "group__name")
OF_PERSON = ("pk", "username", "first_name", "last_name")


@dataclass(frozen=True)
class Holding:
    """A role that lets somebody see the component.

    `place` is where it was given; None above the reader's sight. `group` is its id and name, empty
    where the reader does not know the group. `person` is None on the line of a group itself, which
    then has so many `members`.
    """

    pk: int
    role: Role
    expires_at: datetime | None
    place: Component | None
    group: tuple[int, str] | None
    is_of_group: bool
    person: User | None = None
    members: int = 0

    @property
    def changes(self) -> list[Subject]:
        """List what it lets somebody change, in the order of the table of roles."""
        return [subject for subject in Subject if subject in CHANGES[self.role]]

    @property
    def sees_money(self) -> bool:
        """Tell whether it shows amounts."""
        return self.role in SEES_MONEY

    @property
    def changes_all(self) -> bool:
        """Tell whether that is everything that anybody changes."""
        return len(self.changes) == len(Subject)


@dataclass(frozen=True)
class Listed(Generic[Entry]):
    """The first lines of a list, and how many more there are."""

    lines: list[Entry]
    more: int


@dataclass(frozen=True)
class Sight:
    """Who can see a component, person by person and group by group."""

    people: Listed[Holding]
    groups: Listed[Holding]


@unscoped("whoever sees a component may know who else does; what is hidden is left out")
def who_sees(component: Component, *, user: AnyUser, search: str = "", most: int = MOST) -> Sight:
    """List who has a role on the component or above it, as far as a search names them."""
    held = RoleAssignment.objects.in_force().filter(component__in=component.path)
    people = _first(_people(held, search.split()), most)
    groups = _first(_groups(held, search.split(), _is_known(component, user)), most)
    known = _Known(component, [*people.lines, *groups.lines], user)
    return Sight(
        people=Listed([known.holding(row) for row in people.lines], people.more),
        groups=Listed([known.holding(row) for row in groups.lines], groups.more),
    )


def _people(held: QuerySet[RoleAssignment], words: list[str]) -> QuerySet[Any, Any]:
    """Read a row for each person and role: in person, and through each of the groups."""
    in_person = _persons(held.filter(group=None), "user", words)
    through = _persons(held.filter(user=None), "group__user", words)
    rows: QuerySet[Any, Any] = in_person.union(through, all=True)
    return rows.order_by(
        "person_first_name", "person_last_name", "person_username", "person_pk", "pk"
    )


def _persons(held: QuerySet[RoleAssignment], person: str, words: list[str]) -> QuerySet[Any, Any]:
    # One condition for all words: each further one would join the members once more.
    is_named = [Q(**{f"{person}__is_active": True})] + [
        reduce(or_, (Q(**{f"{person}__{column}__icontains": word}) for column in OF_PERSON[1:]))
        for word in words
    ]
    columns = {f"person_{column}": F(f"{person}__{column}") for column in OF_PERSON}
    rows: QuerySet[Any, Any] = held.filter(reduce(and_, is_named)).values(*OF_ROLE, **columns)
    return rows


def _is_known(component: Component, user: AnyUser) -> Q:
    """Say which roles are of a group whose name the reader may know."""
    places = Component.objects.visible_to(user).filter(pk__in=component.path)
    near = groups_near(user)
    return Q(component__in=places.values("pk")) | Q(group__in=near.values("pk"))


def _groups(held: QuerySet[RoleAssignment], words: list[str], known: Q) -> QuerySet[Any, Any]:
    """Read a row for each role that a group has.

    Names that the reader may not know are neither searched nor sorted by: both would tell them.
    """
    told = held.filter(user=None).annotate(told_name=Case(When(known, then="group__name")))
    for word in words:
        told = told.filter(told_name__icontains=word)
    members = Count("group__user", filter=Q(group__user__is_active=True))
    rows: QuerySet[Any, Any] = told.annotate(members=members)
    return rows.order_by("told_name", "pk").values(*OF_ROLE, "members")


def _first(rows: QuerySet[Any, Any], most: int) -> Listed[dict[str, Any]]:
    """Read the first rows; the rest is counted only where there is more."""
    first = list(rows[: most + 1])
    return Listed(first[:most], rows.count() - most if len(first) > most else 0)


class _Known:
    """What the reader may know of the components and groups that rows name."""

    def __init__(
        self, component: Component, rows: Iterable[dict[str, Any]], user: AnyUser
    ) -> None:
        seen = Component.objects.visible_to(user).filter(pk__in=component.path)
        self.places = seen.in_bulk()
        named = {row["group_id"] for row in rows if row["component_id"] not in self.places}
        near = groups_near(user).filter(pk__in=named - {None}) if named - {None} else ()
        self.groups = {group.pk for group in near}

    def holding(self, row: dict[str, Any]) -> Holding:
        """Tell of a row what may be told."""
        place, group = self.places.get(row["component_id"]), row["group_id"]
        is_known = group is not None and (place is not None or group in self.groups)
        return Holding(
            pk=row["pk"],
            role=Role(row["role"]),
            expires_at=row["expires_at"],
            place=place,
            group=(group, row["group__name"]) if is_known else None,
            is_of_group=group is not None,
            person=_person(row) if "person_pk" in row else None,
            members=row.get("members", 0),
        )


def _person(row: dict[str, Any]) -> User:
    return User(**{column: row[f"person_{column}"] for column in OF_PERSON})
