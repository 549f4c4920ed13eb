"""Exports of other tools with the mappings that are shipped for them."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from programs.models import Program
from projects.models import Progress, Project, Task
from tests.factories import make_portfolio
from tests.importing.running import EXAMPLES, Outcome, run_import, write_mapping

pytestmark = pytest.mark.django_db

JIRA = """\
Summary,Issue key,Issue id,Issue Type,Status,Project key,Project name,Project type,Priority,\
Created,Resolved,Due date,Labels,Labels,Sprint,Sprint,Description,Original estimate,\
Custom field (Story Points),Parent,Parent summary,Status Category
Online payments,PAY-1,10001,Epic,In Progress,PAY,Payment platform,software,High,\
03/Sep/26 9:05 AM,,20/Dec/26 12:00 AM,,,,,=Why we do it,,,,,In Progress
Choose a provider,PAY-2,10002,Story,Done,PAY,Payment platform,software,High,\
03/Sep/26 9:05 AM,20/Sep/26 4:30 PM,15/Oct/26 12:00 AM,frontend,api,Sprint 1,Sprint 2,"Line
two",28800,5,10001,Online payments,Done
Compare prices,PAY-3,10003,Sub-task,Done,PAY,Payment platform,software,Low,\
03/Sep/26 9:05 AM,20/Sep/26 4:30 PM,,,,,,,,,10002,Choose a provider,Done
Broken link,PAY-4,10004,Bug,To Do,PAY,Payment platform,software,Low,\
03/Sep/26 9:05 AM,,31/Oct/26 12:00 AM,,,,,,,,,,To Do
Some day,PAY-5,10005,Task,To Do,PAY,Payment platform,software,Low,\
03/Sep/26 9:05 AM,,,,,,,,,,,,To Do
"""


def imported(tmp_path: Path, name: str, content: str, mapping: str) -> Outcome:
    """Import a file by a shipped mapping, below the portfolio HOME."""
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    text = (EXAMPLES / f"{mapping}.toml").read_text(encoding="utf-8")
    return run_import(file, write_mapping(tmp_path / "m.toml", text.replace("PORTFOLIO", "HOME")))


@pytest.fixture(autouse=True)
def home() -> None:
    make_portfolio(code="HOME")


def tasks() -> dict[str, tuple[str, str, date | None]]:
    """Return each task by its number: name, project and finish."""
    rows = Task.objects.values_list("wbs", "name", "project__code", "finish_date")
    return {wbs: (name, code, finish) for wbs, name, code, finish in rows}


def done() -> dict[str, tuple[int, date]]:
    """Return what is said to be done, by the number of the task."""
    rows = Progress.objects.values_list("task__wbs", "percent", "date")
    return {wbs: (int(percent), day) for wbs, percent, day in rows}


def jira_is_there() -> None:
    assert Program.objects.get(code="PAY").name == "Payment platform"
    states = dict(Project.objects.values_list("code", "state"))
    assert states == {"PAY-1": "executing", "PAY-0": "executing"}
    assert Project.objects.get(code="PAY-1").finish_date == date(2026, 12, 20)
    assert tasks() == {
        "PAY-2": ("Choose a provider", "PAY-1", date(2026, 10, 15)),
        "PAY-4": ("Broken link", "PAY-0", date(2026, 10, 31)),
    }
    assert done() == {"PAY-2": (100, date(2026, 9, 20))}


def test_epics_of_jira_become_projects_and_their_issues_tasks(tmp_path: Path) -> None:
    outcome = imported(tmp_path, "jira.csv", JIRA, "jira")

    assert (outcome.code, outcome.rejections) == (0, [])
    jira_is_there()
    # Texts are kept as they are written.
    assert Project.objects.get(code="PAY-1").description == "=Why we do it"
    assert Task.objects.get(wbs="PAY-2").description == "Line\ntwo"
    assert outcome.output.startswith("5 rows read, 0 rejected, 2 left out\n")
    assert "\n1 left out, as Parent.Issue Type is “Story” and Issue Type is “Sub-task”\n" in (
        outcome.output
    )
    assert "\n1 left out, as Due date is empty and Resolved is empty\n" in outcome.output


def test_importing_jira_again_changes_nothing(tmp_path: Path) -> None:
    imported(tmp_path, "jira.csv", JIRA, "jira")

    outcome = imported(tmp_path, "jira.csv", JIRA, "jira")

    assert outcome.output.endswith("\nnothing to change\n")


def test_columns_that_nobody_filled_may_be_missing(tmp_path: Path) -> None:
    rows = list(csv.DictReader(JIRA.splitlines()))
    kept = ["Summary", "Issue key", "Issue id", "Issue Type", "Project key", "Project name"]
    kept += ["Created", "Due date"]
    lines = [",".join([*kept, "Status Category"])]
    lines += [",".join([*(row[name] for name in kept), "To Do"]) for row in rows[3:4]]

    outcome = imported(tmp_path, "jira.csv", "\n".join(lines), "jira")

    assert outcome.rejections == []
    assert tasks() == {"PAY-4": ("Broken link", "PAY-0", date(2026, 10, 31))}


def test_jira_data_center_names_epics_by_a_field_of_its_own(tmp_path: Path) -> None:
    content = JIRA.replace(
        ",Parent,Parent summary,Status Category", ",Parent id,Custom field (Epic Link),x"
    )
    content = content.replace(",5,10001,Online payments,", ",5,,PAY-1,")
    content = content.replace(",10002,Choose a provider,", ",10002,,")

    outcome = imported(tmp_path, "jira.csv", content, "jira_data_center")

    assert outcome.rejections == []
    jira_is_there()
    assert "1 left out, as Parent id is not empty" in outcome.output


def issue(key: str, kind: str, summary: str, **fields: Any) -> dict[str, Any]:
    """Make an issue as the REST search of Jira writes it."""
    category = fields.pop("category", "new")
    return {
        "id": key[-1],
        "key": key,
        "fields": {
            "summary": summary,
            "issuetype": {"name": kind, "subtask": kind == "Sub-task"},
            "project": {"key": "PAY", "name": "Payment platform"},
            "status": {"name": "?", "statusCategory": {"id": 2, "key": category}},
            "created": "2026-09-03T09:05:00.000+0200",
            "labels": ["a", "b"],
            "description": None,
            "customfield_10016": 5.0,
            **fields,
        },
    }


def parent(key: str, kind: str) -> dict[str, Any]:
    return {"key": key, "fields": {"summary": "…", "issuetype": {"name": kind}}}


def test_the_answer_of_a_search_in_jira_is_imported_alike(tmp_path: Path) -> None:
    resolved = "2026-09-20T16:30:00.000+0200"
    issues = [
        issue("PAY-1", "Epic", "Online payments", duedate="2026-12-20", category="indeterminate"),
        issue(
            "PAY-2",
            "Story",
            "Choose a provider",
            duedate="2026-10-15",
            resolutiondate=resolved,
            parent=parent("PAY-1", "Epic"),
        ),
        issue("PAY-3", "Sub-task", "Compare prices", parent=parent("PAY-2", "Story")),
        issue("PAY-4", "Bug", "Broken link", duedate="2026-10-31"),
        issue("PAY-5", "Task", "Some day"),
    ]
    content = json.dumps({"startAt": 0, "total": 5, "issues": issues})

    outcome = imported(tmp_path, "search.json", content, "jira_search")

    assert outcome.rejections == []
    jira_is_there()
    assert "5 rows read, 0 rejected, 2 left out" in outcome.output


ASANA = """\
Task ID,Created At,Completed At,Last Modified,Name,Section/Column,Assignee,Assignee Email,\
Start Date,Due Date,Tags,Notes,Projects,Parent task
1201,2026-09-01,,2026-09-02,Checkout flow,Doing,Lan,l@example.org,2026-09-05,2026-09-30,web,\
Card + wallet,Web shop,
1202,2026-09-01,2026-09-10,2026-09-10,Pick a provider,Done,,,,,,,Web shop,
1203,2026-09-02,,2026-09-02,Wallet button,Doing,,,,,,,,Checkout flow
1204,2026-09-02,,2026-09-02,Mine alone,,,,,,,,,
"""


def test_projects_of_asana_become_projects_and_their_tasks_tasks(tmp_path: Path) -> None:
    outcome = imported(tmp_path, "asana.csv", ASANA, "asana")

    assert outcome.rejections == []
    assert tasks() == {
        "1201": ("Checkout flow", "ASANA-web-shop", date(2026, 9, 30)),
        "1202": ("Pick a provider", "ASANA-web-shop", date(2026, 9, 10)),
    }
    assert done() == {"1202": (100, date(2026, 9, 10))}
    assert "1 left out, as Parent task is not empty and Projects is empty" in outcome.output
    assert "1 left out, as Projects is empty" in outcome.output


TRELLO = """\
Card ID,Card Name,Card URL,Card Description,Labels,Members,Due Date,Attachment Count,List ID,\
List Name,Board ID,Board Name,Archived,Start Date
64a1,Order tiles,https://trello.com/c/1,"20 m², blue",Buy (green),,2026-10-09T08:00:00.000Z,0,\
l1,Doing,b1,House,false,
64a2,Old,https://trello.com/c/2,,,,,0,l2,Done,b1,House,true,
"""


def test_boards_of_trello_become_projects_and_their_cards_tasks(tmp_path: Path) -> None:
    outcome = imported(tmp_path, "trello.csv", TRELLO, "trello")

    assert outcome.rejections == []
    assert tasks() == {"64a1": ("Order tiles", "TRELLO-house", date(2026, 10, 9))}
    assert "1 left out, as Due Date is empty and Archived is “true”" in outcome.output


def test_a_board_of_trello_as_json_says_what_is_done(tmp_path: Path) -> None:
    due = "2026-10-09T08:00:00.000Z"
    card = {"closed": False, "desc": "", "due": None, "dueComplete": False, "idList": "l1"}
    content = {
        "id": "b1",
        "name": "House",
        "actions": [{"id": str(number), "type": "updateCard"} for number in range(9)],
        "lists": [
            {"id": "l1", "name": "Doing", "closed": False},
            {"id": "l2", "name": "Old", "closed": True},
        ],
        "cards": [
            {**card, "id": "64a1", "name": "Order tiles", "due": due, "dueComplete": True},
            {**card, "id": "64a2", "name": "Archived", "closed": True},
            {**card, "id": "64a3", "name": "On a list that is", "idList": "l2"},
            {**card, "id": "64a4", "name": "Lay tiles", "labels": [{"name": "x"}]},
        ],
    }

    outcome = imported(tmp_path, "board.json", json.dumps(content), "trello_board")

    assert outcome.rejections == []
    assert tasks() == {
        "64a1": ("Order tiles", "TRELLO-house", date(2026, 10, 9)),
    }
    assert Progress.objects.get(percent=100).task.wbs == "64a1"
    assert outcome.output.startswith("4 rows read, 0 rejected, 3 left out\n")


TWO_LINES = """
heading_rows = 2

[levels.project]
kind = "project"
code = "{ID}"
parent = "HOME"
name = "{Project / Name}"
state = "idea"
start_date = "{Plan / Start}"
finish_date = "{Plan / Finish}"
budget = "{Budget}"
"""


def test_two_lines_of_merged_headings_are_joined(tmp_path: Path) -> None:
    file = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row("B2", ("Name", "Lead", "Start", "Finish"))
        sheet.merge_range("A1:A2", "ID")
        sheet.merge_range("B1:C1", "Project")
        sheet.merge_range("D1:E1", "Plan")
        sheet.merge_range("F1:F2", "Budget")
        sheet.write_row(2, 0, ("A-1", "One", "", "2026-01-05", "2026-06-30", 100))
        sheet.write_row(3, 0, ("A-2", "Two", "", "2026-01-05", "never", 100))

    outcome = run_import(file, write_mapping(tmp_path / "m.toml", TWO_LINES), partial=True)

    assert outcome.rejections == ["row 4, column Plan / Finish: “never” is not a date (%Y-%m-%d)"]
    project = Project.objects.get()
    assert (project.code, project.name, project.budget) == ("A-1", "One", 100)
    assert project.finish_date == date(2026, 6, 30)


def test_one_of_several_columns_of_a_name_can_be_named(tmp_path: Path) -> None:
    text = TWO_LINES.replace("heading_rows = 2\n", "").replace("Project / Name", "Label (2)")
    text = text.replace("Plan / Start", "Start").replace("Plan / Finish", "Finish")
    file = tmp_path / "labels.csv"
    file.write_text("ID,Label,Label,Start,Finish,Budget\nA-1,one,two,,,\n")

    outcome = run_import(file, write_mapping(tmp_path / "m.toml", text))

    assert outcome.rejections == []
    assert Project.objects.get().name == "two"
