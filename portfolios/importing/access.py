"""What the user of a page may import: only what that user may change.

What the user may not see is told like what does not exist. Codes are unique over all trees, so
one that is in use out of sight is said to be taken, and nothing more. Every question is asked
once for all rows of a level.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q

from portfolios.importing.facts import FactKind
from ppm.core.amounts import amounts_of
from ppm.core.loading import Loaded
from ppm.core.models import (
    CHANGES,
    AnyUser,
    Component,
    ComponentQuerySet,
    RoleAssignment,
    ScopedQuerySet,
    Subject,
    User,
)
from ppm.core.people import people_near
from ppm.core.staging import RowError
from projects.models import Project, Task

IMPORTED = {
    Subject.PORTFOLIO,
    Subject.PROGRAM,
    Subject.PROJECT,
    Subject.WORK,
    Subject.PROGRESS,
    Subject.MONEY,
    Subject.REPORT,
}
"""What an import can change."""

ABOVE = {
    "portfolio": ["portfolio"],
    "program": ["portfolio", "program"],
    "project": ["portfolio", "program"],
    "task": ["project"],
}
"""What each kind of thing can stand under."""

Rows = dict[int, dict[str, Any]]
"""Rows for one table, by the number of the row in the file."""
Element = TypeVar("Element", bound=Model)


def may_import(user: AnyUser) -> bool:
    """Tell whether there is anything that the user could add to or change by an import."""
    roles = [role for role, subjects in CHANGES.items() if subjects & IMPORTED]
    held = RoleAssignment.objects.held_by(user).filter(role__in=roles)
    return user.is_active and (user.is_superuser or held.exists())


def places_for(kind: str, user: AnyUser) -> ComponentQuerySet[Component]:
    """Keep the components that the user may add things of a kind below."""
    subject = Subject.WORK if kind == "task" else Subject(kind)
    return Component.objects.filter(kind__in=ABOVE[kind]).granting(subject, user)


@dataclass(frozen=True)
class Access:
    """What an import by a user may see and change; without a user, as by a command, all."""

    by: User | None = None

    @property
    def by_id(self) -> int | None:
        """The user's id, for the records."""
        return self.by.pk if self.by else None

    def hidden_codes(self, rows: Rows) -> frozenset[str]:
        """Name the codes out of sight: of the rows, of their parents, and right above them."""
        if self.by is None:
            return frozenset()
        codes = {code for row in rows.values() for code in (row["code"], row["parent"]) if code}
        near = Component.objects.filter(Q(code__in=codes) | Q(children__code__in=codes))
        visible = near.visible_to(self.by).values_list("code", flat=True)
        return frozenset(near.values_list("code", flat=True)) - frozenset(visible)

    def projects(self, codes: Collection[str | None]) -> dict[str, int]:
        """Return the ids of the projects by code, of those in sight."""
        projects = Project.objects.filter(code__in=codes)
        seen = projects if self.by is None else projects.visible_to(self.by)
        return dict(seen.values_list("code", "pk"))

    def people(self, names: Collection[str]) -> dict[str, int]:
        """Return the ids of people by user name and by e-mail address, of those in sight."""
        people = User.objects.all() if self.by is None else people_near(self.by)
        named = people.filter(Q(username__in=names) | Q(email__in=names))
        rows = named.values_list("email", "username", "pk")
        return {name: pk for *both, pk in rows for name in both if name in names}

    def decided(self, rows: Rows) -> Iterator[RowError]:
        """Find the rows that would change the state of what is there: that takes a decision."""
        if self.by is None:
            return
        present = Component.objects.visible_to(self.by)
        codes = [row["code"] for row in rows.values() if "state" in row]
        states = dict(present.filter(code__in=codes).values_list("code", "state"))
        for number, row in rows.items():
            if states.get(row["code"], row.get("state")) != row.get("state"):
                sentence = f"The state of “{row['code']}” is changed on its page."
                yield RowError(number, ("state",), sentence)

    def unseen_amounts(
        self, model: type[Model], rows: Rows, place: str, lookup: str
    ) -> Iterator[RowError]:
        """Find the rows with amounts where the user sees none: whether they fit would tell them.

        `place` is what in a row names its component, `lookup` how it is found by that.
        """
        names = [name for name in amounts_of(model) if any(name in row for row in rows.values())]
        if self.by is None or not names:
            return
        named = {row[place] for row in rows.values()}
        found = Component.objects.visible_to(self.by).filter(**{f"{lookup}__in": named})
        blind = {getattr(one, lookup): one.code for one in found if not one.shows_amounts}
        for number, row in rows.items():
            if code := blind.get(row[place]):
                sentence = f"Amounts of “{code}” are not shown to you: leave them out."
                yield RowError(number, tuple(name for name in names if name in row), sentence)

    def barred_components(self, kind: str, rows: Rows, loaded: Loaded) -> Iterator[RowError]:
        """Find the rows by which components were added or changed where the user may not."""
        barred = self.barred(Component.objects.filter(pk__in=loaded.created | loaded.updated))
        ids = dict(barred.values_list("code", "pk"))
        for number, row in rows.items():
            if (component_id := ids.get(row["code"])) in loaded.created:
                yield RowError(number, ("parent",), _not_under(kind, row["parent"]))
            elif component_id:
                yield RowError(number, ("code",), f"You may not change “{row['code']}”.")

    def barred_moves(
        self, kind: str, elsewhere: dict[int, Component], rows: Rows
    ) -> Iterator[RowError]:
        """Find the rows that would move a component from or to where the user may not change."""
        if self.by is None or self.by.is_superuser:
            return
        ids = {component.pk for component in elsewhere.values()}
        barred = self.barred(Component.objects.filter(pk__in=ids))
        kept = set(barred.values_list("pk", flat=True))
        places = {rows[number]["parent"] for number in elsewhere}
        places |= {component.parent and component.parent.code for component in elsewhere.values()}
        granted = Component.objects.filter(code__in=places).granting(Subject(kind), self.by)
        allowed = set(granted.values_list("code", flat=True))
        for number, component in elsewhere.items():
            parent = component.parent
            if component.pk in kept or parent is None or parent.code not in allowed:
                yield RowError(number, ("code",), f"You may not move “{component.code}”.")
            elif rows[number]["parent"] not in allowed:
                yield RowError(number, ("parent",), _not_under(kind, rows[number]["parent"]))

    def barred_tasks(self, rows: Rows, loaded: Loaded) -> Iterator[RowError]:
        """Find the rows by which tasks were added or changed where the user may not."""
        barred = self.barred(Task.objects.filter(pk__in=loaded.created | loaded.updated))
        projects = {
            (project, wbs): code
            for project, wbs, code in barred.values_list("project_id", "wbs", "project__code")
        }
        for number, row in rows.items():
            if code := projects.get((row["project_id"], row["wbs"])):
                sentence = f"You may not change the tasks of “{code}”."
                yield RowError(number, ("project_id",), sentence)

    def barred_facts(
        self, kind: FactKind, column: str, rows: Rows, loaded: Loaded
    ) -> Iterator[RowError]:
        """Find the rows by which facts were recorded where the user may not."""
        facts: ScopedQuerySet[Any] = kind.model._default_manager.all()  # type: ignore[assignment]
        recorded = facts.filter(pk__in=loaded.created)
        owners = set(self.barred(recorded).values_list(kind.owner, flat=True))
        for number, row in rows.items():
            if row[kind.owner] in owners:
                what = kind.model._meta.verbose_name
                yield RowError(number, (column,), f"You may not record this {what}.")

    def barred_baselines(self, project_ids: Collection[int]) -> list[str]:
        """Name the projects whose baseline the user may not take."""
        if self.by is None:
            return []
        projects = Component.objects.filter(pk__in=project_ids)
        granted = projects.granting(Subject.WORK, self.by).values("pk")
        return list(projects.exclude(pk__in=granted).values_list("code", flat=True))

    def bars_components(self, components: ScopedQuerySet[Component]) -> bool:
        """Tell whether the user may not change one of the components."""
        return self.barred(components).exists()

    def barred(self, rows: ScopedQuerySet[Element]) -> ScopedQuerySet[Element]:
        """Keep the rows that the user may not change."""
        if self.by is None:
            return rows.none()
        return rows.exclude(pk__in=rows.changeable_by(self.by).values("pk"))


def _not_under(kind: str, parent: str | None) -> str:
    if parent is None:
        return "Only administrators add the root of a tree: name a parent."
    return f"You may not add a {kind} under “{parent}”."
