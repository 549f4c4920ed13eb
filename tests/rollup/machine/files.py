"""Steps about files: small ones, by the product's own import."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import rule
from hypothesis.strategies import DataObject

from portfolios.importing import Report, Run, import_file
from portfolios.importing.mapping import parse_toml
from ppm.core.models import Component
from projects.models import Task as TaskRow
from tests.rollup.machine.base import BUDGETS, PERCENTS, Base, one
from tests.rollup.machine.laws import is_sound_project
from tests.rollup.machine.model import Node, Task

PROJECTS = parse_toml("""
[levels.project]
kind = "project"
code = "{code}"
parent = "{parent}"
name = "{code}"
manager = "boss"
state = "executing"
start_date = "{start}"
finish_date = "{finish}"
budget = "{budget}"
baseline = true

[levels.project.estimate]
at_completion = "{at_completion}"
""")

TASKS = parse_toml("""
[levels.task]
kind = "task"
project = "{project}"
wbs = "{wbs}"
name = "{wbs}"
start_date = "{start}"
finish_date = "{finish}"
budget = "{budget}"
earning_method = "physical_percent"
baseline = true

[levels.task.progress]
percent = "{percent}"
""")


def imported(rows: list[dict[str, Any]], mapping: Any, *, as_of: date) -> Report:
    """Write a file of the rows and import it, all or nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return import_file(path, mapping, Run(as_of=as_of, request_id=uuid4()))


class FileSteps(Base):
    """Import projects, import tasks."""

    @rule(data=st.data())
    def import_projects(self, data: DataObject) -> None:
        """Import two projects, new ones or such as are there: both, or none."""
        rows = []
        for _ in range(2):
            node = one(data, [self.a_project(data), None, None])
            parent = one(data, [node.parent if node else None, self.a_node(data)])
            start, finish = self.period(data)
            row: dict[str, Any] = {"code": node.code if node else self.new("C")}
            row |= {"parent": (parent or self.a_node(data)).code, "start": start, "finish": finish}
            row |= {name: one(data, BUDGETS) for name in ("budget", "at_completion")}
            rows.append(row)
        sound = [is_sound_project(row, self.nodes, today=self.today) for row in rows]
        is_double = rows[0]["code"] == rows[1]["code"]
        report = imported(rows, PROJECTS, as_of=self.today)
        assert report.written == (all(sound) and not is_double), [*map(str, report.rejections)]
        for row in rows if report.written else []:
            self.take_project(row)

    def take_project(self, row: dict[str, Any]) -> None:
        """Remember an imported project."""
        code, parent = row["code"], self.nodes[row["parent"]]
        node = self.nodes.setdefault(code, Node(code, "project", parent, "executing"))
        self.ids[node] = Component.objects.get(code=code).pk
        node.state, node.start, node.finish = "executing", row["start"], row["finish"]
        node.budget = Fraction(row["budget"])
        left = Fraction(row["at_completion"]) - (node.booked("actual", self.today) or 0)
        node.estimates.append((self.today, left, None))
        self.freeze_where_different(node)

    @rule(data=st.data(), number=st.integers(1, 3))
    def import_tasks(self, data: DataObject, number: int) -> None:
        """Import the tasks of a project with their progress, new ones and others."""
        project, rows = self.a_project(data), []
        for wbs in {one(data, [*project.tasks, self.new("T")]) for _ in range(number)}:
            start, finish = self.period(data)
            row: dict[str, Any] = {
                "project": project.code,
                "wbs": wbs,
                "start": start,
                "finish": finish,
            }
            rows.append(row | {"budget": one(data, BUDGETS), "percent": one(data, PERCENTS)})
        report = imported(rows, TASKS, as_of=self.today)
        assert report.written == all(Fraction(row["percent"]) <= 100 for row in rows)
        for row in rows if report.written else []:
            task = Task(row["wbs"], row["start"], row["finish"], Fraction(row["budget"]))
            task = project.tasks.setdefault(task.wbs, task)
            task.start, task.finish, task.budget = (
                row["start"],
                row["finish"],
                Fraction(row["budget"]),
            )
            task.progress.append((self.today, Fraction(row["percent"])))
            self.ids[task] = TaskRow.objects.get(project=self.ids[project], wbs=task.wbs).pk
        if report.written:
            self.freeze_where_different(project)
