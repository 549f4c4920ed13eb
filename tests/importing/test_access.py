"""Imports by a user: no more than the user may do on pages, and nothing told of the rest."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolios.importing import RefusedError, Report, Run, import_file
from portfolios.importing.mapping import parse_toml
from ppm.core.models import Component, Estimate, Role, State, User
from programs.models import Program
from projects.models import Baseline, Progress, Project, Task
from tests.factories import (
    give_role,
    make_baseline,
    make_portfolio,
    make_program,
    make_project,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 31)
REQUEST = UUID(int=1)
PROJECTS = """
[levels.project]
kind = "project"
code = "{code}"
parent = "{parent}"
name = "{name}"
budget = "{budget}"
state = "executing"
"""
TASKS = """
[levels.task]
kind = "task"
project = "{project}"
wbs = "{wbs}"
name = "{name}"
start_date = "2026-01-05"
finish_date = "2026-01-30"

[levels.task.progress]
percent = "{percent}"
"""
ESTIMATES = '\n[levels.project.estimate]\nat_completion = "{budget}"\n'


@pytest.fixture
def tree() -> Program:
    """Return the program PAY with the project LATE, in the portfolio HOME."""
    program = make_program(make_portfolio(code="HOME"), "PAY")
    make_project(program, "LATE", name="Late", budget=100)
    return program


@pytest.fixture
def foreign() -> Program:
    """Return the program SECRET with the project HIDDEN, in a portfolio of others."""
    program = make_program(make_portfolio(code="OTHERS"), "SECRET")
    make_project(program, "HIDDEN", name="Hidden", budget=100, start_date=date(2030, 1, 1))
    return program


def holder(component: Component, role: Role) -> User:
    """Make somebody with a role."""
    user = make_user()
    give_role(user, component, role)
    return user


def bring(folder: Path, lines: str, mapping: str, by: User | None, **options: Any) -> Report:
    """Import the lines of a file for a user."""
    file = folder / "rows.csv"
    file.write_text(lines, encoding="utf-8")
    run = Run(as_of=AS_OF, request_id=REQUEST, by=by, **options)
    return import_file(file, parse_toml(mapping), run)


def project(code: str, parent: str, name: str = "New", budget: str = "1") -> str:
    """Make a file of one project."""
    return f"code,parent,name,budget\n{code},{parent},{name},{budget}\n"


def task(code: str, wbs: str = "1", name: str = "Task", percent: str = "") -> str:
    """Make a file of one task."""
    return f"project,wbs,name,percent\n{code},{wbs},{name},{percent}\n"


def said(report: Report) -> list[str]:
    """Return what is said of the rejected rows; then nothing may be written."""
    assert not report.written
    return [str(rejection) for rejection in report.rejections]


def test_who_may_adds_and_changes_in_their_own_name(tree: Program, tmp_path: Path) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    lines = project("NEW", "PAY") + "LATE,PAY,Late,90\n"

    report = bring(tmp_path, lines, PROJECTS + ESTIMATES, manager)

    assert report.rejections == []
    assert Project.objects.get(code="LATE").budget == 90
    estimates = Estimate.objects.filter(component__code__in=["NEW", "LATE"])
    assert {(e.recorded_by, e.request_id) for e in estimates} == {(manager, REQUEST)}


def test_whoever_takes_a_baseline_is_named(tree: Program, tmp_path: Path) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    make_task(Project.objects.get(code="LATE"))
    lines = "project,wbs,name,percent\nLATE,2,Second,\n"
    mapping = TASKS.replace("[levels.task.progress]", "baseline = true\n[levels.task.progress]")

    bring(tmp_path, lines, mapping, manager)

    assert Baseline.objects.get().approved_by == manager


@pytest.mark.parametrize("role", [Role.VIEWER, Role.GOVERNANCE, Role.FINANCE, Role.AUDITOR])
def test_who_only_looks_is_refused_by_row_and_reason(
    tree: Program, tmp_path: Path, role: Role
) -> None:
    user = holder(tree, role)

    report = bring(tmp_path, project("NEW", "PAY") + "LATE,PAY,Other,100\n", PROJECTS, user)

    assert said(report) == [
        "row 2, column parent: You may not add a project under “PAY”.",
        "row 3, column code: You may not change “LATE”.",
    ]
    assert not Project.objects.filter(code="NEW").exists()


def test_what_a_file_only_repeats_takes_no_right(tree: Program, tmp_path: Path) -> None:
    viewer = holder(tree, Role.VIEWER)

    report = bring(tmp_path, project("LATE", "PAY", "Late", "100"), PROJECTS, viewer)

    assert report.written
    assert report.counts["project"].unchanged == 1


def test_the_sound_rows_are_those_that_one_may(tree: Program, tmp_path: Path) -> None:
    manager = holder(make_program(tree, "SUB"), Role.PROGRAM_MANAGER)
    give_role(manager, tree, Role.VIEWER)
    lines = project("ONE", "SUB") + "TWO,PAY,Two,1\nTHREE,SUB,Three,1\n"

    report = bring(tmp_path, lines, PROJECTS, manager, partial=True)

    assert [r.row for r in report.rejections] == [3]
    assert set(Project.objects.values_list("code", flat=True)) == {"LATE", "ONE", "THREE"}
    assert report.counts["project"].created == 2


@pytest.mark.parametrize("budget", ["1", "-1"])
@pytest.mark.parametrize("placement", ["exact", "below", "move"])
@pytest.mark.parametrize("code", ["NEW", "LATE", "bad code"])
def test_a_hidden_parent_is_told_like_none(
    tree: Program, foreign: Program, tmp_path: Path, code: str, placement: str, budget: str
) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    mapping = f'{PROJECTS}placement = "{placement}"\n'

    def told(parent: str) -> list[str]:
        lines = project(code, parent, budget=budget)
        reasons = said(bring(tmp_path, lines, mapping, manager))
        assert reasons
        return [reason.replace(parent, "X") for reason in reasons]

    assert told("SECRET") == told("NOWHERE")
    assert told("HIDDEN") == told("NOWHERE")


@pytest.mark.parametrize("placement", ["exact", "below", "move"])
@pytest.mark.parametrize("parent", ["PAY", "SECRET"])
@pytest.mark.parametrize("code", ["HIDDEN", "SECRET"])
def test_a_hidden_code_is_taken_and_no_more_is_told(
    tree: Program, foreign: Program, tmp_path: Path, code: str, parent: str, placement: str
) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    # A finish before the hidden start would break a rule that only the hidden row can break.
    rule = 'finish_date = "2029-01-01"\n'

    report = bring(
        tmp_path, project(code, parent), f'{PROJECTS}{rule}placement = "{placement}"\n', manager
    )

    assert "row 2, column code: Another component has this code already." in said(report)
    assert "There is no component “PAY”" not in str(said(report))
    assert "2029" not in str(said(report))
    assert len(said(report)) == 1
    assert Project.objects.get(code="HIDDEN").parent == Component.objects.get(pk=foreign.pk)


def test_the_place_of_what_one_sees_is_not_told_where_that_is_hidden(
    tree: Program, foreign: Program, tmp_path: Path
) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    give_role(manager, Component.objects.get(code="HIDDEN"), Role.PROJECT_MANAGER)

    report = bring(tmp_path, project("HIDDEN", "PAY"), PROJECTS, manager)

    assert said(report) == [
        "row 2, column parent: “HIDDEN” stands elsewhere: move it first.",
    ]


def test_a_move_takes_rights_on_both_places(
    tree: Program, foreign: Program, tmp_path: Path
) -> None:
    mapping = f'{PROJECTS}placement = "move"\n'
    manager = holder(tree, Role.PROGRAM_MANAGER)
    there = give_role(manager, foreign, Role.VIEWER)
    lines = project("LATE", "SECRET", "Late", "100")

    assert said(bring(tmp_path, lines, mapping, manager)) == [
        "row 2, column parent: You may not add a project under “SECRET”."
    ]
    taken = project("HIDDEN", "PAY", "Hidden", "100")
    assert said(bring(tmp_path, taken, mapping, manager)) == [
        "row 2, column code: You may not move “HIDDEN”."
    ]
    there.role = Role.PROGRAM_MANAGER
    there.save()
    assert bring(tmp_path, lines, mapping, manager).counts["project"].moved == 1


def test_only_administrators_make_roots(tree: Program, tmp_path: Path) -> None:
    mapping = """
    [levels.unit]
    kind = "portfolio"
    code = "{code}"
    name = "{code}"
    state = "active"
    currency = "EUR"
    time_zone = "Europe/Vienna"
    """
    manager = holder(tree, Role.PORTFOLIO_MANAGER)

    assert said(bring(tmp_path, "code\nROOT\n", mapping, manager)) == [
        "row 2, column levels.unit.parent: "
        "Only administrators add the root of a tree: name a parent."
    ]
    assert bring(tmp_path, "code\nROOT\n", mapping, make_user(superuser=True)).written


def test_the_state_of_what_is_there_takes_a_decision(tree: Program, tmp_path: Path) -> None:
    late = Project.objects.get(code="LATE")
    late.state = State.CLOSING
    late.save()
    lines = project("LATE", "PAY", "Late", "100")
    for user in (holder(tree, Role.PORTFOLIO_MANAGER), make_user(superuser=True)):
        assert said(bring(tmp_path, lines, PROJECTS, user)) == [
            "row 2, column levels.project.state: The state of “LATE” is changed on its page."
        ]
    assert bring(tmp_path, lines, PROJECTS, None).written


def test_a_hidden_project_has_no_tasks_to_add_to(
    tree: Program, foreign: Program, tmp_path: Path
) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    told = [
        [reason.replace(code, "X") for reason in said(bring(tmp_path, task(code), TASKS, manager))]
        for code in ("HIDDEN", "NOWHERE")
    ]
    assert told[0] == told[1] == ["row 2, column project: There is no project “X”."]


def test_progress_takes_less_than_tasks(tree: Program, tmp_path: Path) -> None:
    late = Project.objects.get(code="LATE")
    make_task(late, wbs="1", name="Task", budget=None)
    crew, viewer = holder(tree, Role.CONTRIBUTOR), holder(tree, Role.VIEWER)

    assert bring(tmp_path, task("LATE", percent="50"), TASKS, crew).written
    assert Progress.objects.get().recorded_by == crew
    assert said(bring(tmp_path, task("LATE", name="Another"), TASKS, crew)) == [
        "row 2, column project: You may not change the tasks of “LATE”."
    ]
    assert said(bring(tmp_path, task("LATE", percent="60"), TASKS, viewer)) == [
        "row 2, column percent: You may not record this progress."
    ]
    assert (Task.objects.get().name, Progress.objects.count()) == ("Task", 1)


def test_money_takes_less_than_the_project(tree: Program, tmp_path: Path) -> None:
    finance, body = holder(tree, Role.FINANCE), holder(tree, Role.GOVERNANCE)
    lines = project("LATE", "PAY", "Late", "100")

    assert said(bring(tmp_path, lines, PROJECTS + ESTIMATES, body)) == [
        "row 2, column budget: You may not record this estimate."
    ]
    assert bring(tmp_path, lines, PROJECTS + ESTIMATES, finance).written
    assert Estimate.objects.get().recorded_by == finance


def test_whether_an_amount_fits_is_not_told_to_whoever_sees_none(
    tree: Program, tmp_path: Path
) -> None:
    crew = holder(tree, Role.CONTRIBUTOR)
    refused = ["row 2, column budget: Amounts of “LATE” are not shown to you: leave them out."]
    for budget in ("100", "101"):
        lines = project("LATE", "PAY", "Late", budget)
        assert said(bring(tmp_path, lines, PROJECTS, crew)) == refused, budget
        assert said(bring(tmp_path, lines, PROJECTS + ESTIMATES, crew)) == refused, budget


def test_a_baseline_takes_the_right_to_plan(tree: Program, tmp_path: Path) -> None:
    late = Project.objects.get(code="LATE")
    make_task(late, wbs="1", name="Task", budget=None)
    mapping = TASKS.replace("[levels.task.progress]", "baseline = true\n[levels.task.progress]")

    with pytest.raises(RefusedError, match="You may not take a baseline of “LATE”"):
        bring(tmp_path, task("LATE"), mapping, holder(tree, Role.VIEWER))
    make_baseline(late)
    assert bring(tmp_path, task("LATE"), mapping, holder(tree, Role.VIEWER)).written


def test_a_status_date_takes_the_right_to_the_root(tree: Program, tmp_path: Path) -> None:
    lines = project("LATE", "PAY", "Late", "100")
    root = Component.objects.get(code="HOME")

    with pytest.raises(RefusedError, match="You may not set the status date"):
        bring(tmp_path, lines, PROJECTS, holder(tree, Role.PROGRAM_MANAGER), sets_status_date=True)
    bring(tmp_path, lines, PROJECTS, holder(root, Role.PORTFOLIO_MANAGER), sets_status_date=True)
    root.refresh_from_db()
    assert root.status_date == AS_OF


def test_a_manager_is_named_by_user_name_or_address(tree: Program, tmp_path: Path) -> None:
    ines, jan = make_user("ines", email="ines@example.org"), make_user("jan")
    mapping = f'{PROJECTS}manager = "{{name}}"\n'
    lines = project("A", "PAY", "ines@example.org") + "B,PAY,jan,1\n"

    assert bring(tmp_path, lines, mapping, None).written
    managers = dict(Project.objects.exclude(code="LATE").values_list("code", "manager"))
    assert managers == {"A": ines.pk, "B": jan.pk}
    assert said(bring(tmp_path, project("C", "PAY", "nobody"), mapping, None)) == [
        "row 2, column name: There is no user “nobody”."
    ]


def test_people_out_of_sight_are_told_like_nobody(
    tree: Program, foreign: Program, tmp_path: Path
) -> None:
    manager, stranger = holder(tree, Role.PROGRAM_MANAGER), holder(foreign, Role.VIEWER)
    mapping = f'{PROJECTS}manager = "{{name}}"\n'
    told = [
        said(bring(tmp_path, project("A", "PAY", name), mapping, manager))[0].replace(name, "X")
        for name in (stranger.username, "nobody")
    ]
    assert told[0] == told[1] == "row 2, column name: There is no user “X”."
    assert bring(tmp_path, project("A", "PAY", manager.username), mapping, manager).written


def test_no_row_costs_a_query(tree: Program, foreign: Program, tmp_path: Path) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)

    def queries(start: int, number: int) -> int:
        lines = project("LATE", "PAY", "Late", "100") + "".join(
            f"P{n},{'PAY' if n % 3 else 'SECRET'},Project {n},{n}\n"
            for n in range(start, start + number)
        )
        with CaptureQueriesContext(connection) as asked:
            report = bring(tmp_path, lines, PROJECTS + ESTIMATES, manager, partial=True)
        assert report.counts["project"].created == number * 2 // 3
        return len(asked)

    assert queries(0, 3) == queries(3, 300)


def test_a_user_who_left_imports_nothing(tree: Program, tmp_path: Path) -> None:
    manager = holder(tree, Role.PROGRAM_MANAGER)
    manager.is_active = False

    assert said(bring(tmp_path, project("NEW", "PAY"), PROJECTS, manager)) == [
        "row 2, column parent: There is no component “PAY”."
    ]
