"""The roll-up in plain Python: what every snapshot must hold, from the rows as they are.

An independent specification: it reads the tables through the ORM, walks the tree from each
component down, and takes every formula from the pure modules. It neither reads nor runs the SQL
of the roll-up, which the tests hold to it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ppm.core.models import Component, Kind
from ppm.core.snapshotting import VALUES
from projects.models import Project
from tests.oracle.facts import Facts, Figures
from tests.oracle.project import ProjectOracle
from tests.oracle.whole import WholeOracle


def expected(*, now: datetime) -> dict[int, Figures]:
    """Compute every component's snapshot for its tree's status date."""
    return _Organisation(Facts(now)).everything()


def differences(wanted: Mapping[int, Figures], found: Mapping[int, Figures]) -> list[Any]:
    """List component, column, and what is wanted and found where they are not the same."""
    return [
        (component, column, figures[column], found.get(component, {}).get(column))
        for component, figures in wanted.items()
        for column in VALUES
        if component not in found or figures[column] != found[component][column]
    ]


class _Organisation:
    """All trees; each component is computed once, its children first."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.done: dict[int, Figures] = {}

    def everything(self) -> dict[int, Figures]:
        return {row["id"]: self.figures(row) for row in self.facts.all(Component)}

    def figures(self, component: dict[str, Any]) -> Figures:
        id_ = component["id"]
        if id_ not in self.done:
            self.done[id_] = self._compute(component, self._status_date(component))
        return self.done[id_]

    def known(self, component_id: int, as_of: date) -> Figures | None:
        """What is known by a date: nothing of a tree whose figures are of a later one."""
        component = self.facts.one(Component, component_id)
        return self.figures(component) if self._status_date(component) <= as_of else None

    def _status_date(self, component: dict[str, Any]) -> date:
        return self.facts.status_dates[component["path"][0]]

    def _compute(self, component: dict[str, Any], as_of: date) -> Figures:
        if component["kind"] == Kind.PROJECT:
            project = self.facts.one(Project, component["id"])
            return ProjectOracle(self.facts, project, as_of).figures()
        return WholeOracle(self.facts, component, as_of, self.known).figures()
