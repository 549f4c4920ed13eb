"""The table of roles: who sees, changes and gives what, read off the rule itself.

`docs/access.md` and the governance site show it; nobody writes it by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Model

from ppm.core.governance.rights import subject_of
from ppm.core.models import SEES_MONEY, Role, Subject, is_money, roles_that_change

SEEING = "See the work"
SEEING_MONEY = "See amounts of money"
GIVING = "Give and take roles that may change no more"


@dataclass(frozen=True)
class Line:
    """What is allowed, the rows that it is about, and the roles that may."""

    what: str
    rows: tuple[str, ...]
    roles: frozenset[Role]

    @property
    def marks(self) -> list[bool]:
        """Tell of each role whether it may."""
        return [role in self.roles for role in Role]


def role_matrix() -> list[Line]:
    """List what there is to allow: seeing, then each subject, then the giving of roles."""
    seeing = (
        Line(SEEING, (), frozenset(Role)),
        Line(SEEING_MONEY, money_rows(), frozenset(SEES_MONEY)),
    )
    changes = (
        Line(
            f"Change {subject.label.lower()}",
            rows_of(subject),
            frozenset(roles_that_change(subject)),
        )
        for subject in Subject
    )
    giving = frozenset(roles_that_change(Subject.POLICY))
    return [*seeing, *changes, Line(GIVING, (), giving)]


def rows_of(subject: Subject) -> tuple[str, ...]:
    """Name the kinds of rows that whoever may change the subject writes."""
    return _named(lambda model: subject_of(model) == subject)


def money_rows() -> tuple[str, ...]:
    """Name the kinds of rows that are money altogether."""
    return _named(is_money)


def _named(is_wanted: Callable[[type[Model]], bool]) -> tuple[str, ...]:
    wanted = filter(is_wanted, apps.get_models())
    return tuple(sorted(str(model._meta.verbose_name_plural) for model in wanted))


def as_markdown() -> str:
    """Write the table for the documentation."""
    head = ["", *(role.label for role in Role)]
    lines = [head, ["---", *(":-:" for _ in Role)]]
    for line in role_matrix():
        rows = f": {', '.join(line.rows)}" if line.rows else ""
        lines.append([f"**{line.what}**{rows}", *("yes" if mark else "" for mark in line.marks)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
