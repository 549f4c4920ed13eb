"""Files without errors: what they make, and that making it again changes nothing."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError

from portfolios.models import Portfolio
from ppm.core.models import Component, DirtyMark, Estimate, State, StatusReport
from projects.models import Baseline, Progress, Project
from tests.factories import make_cost, make_portfolio, make_program, make_project, make_task
from tests.importing.running import (
    MAPPING,
    row,
    run_import,
    run_import_as_json,
    write_csv,
    write_mapping,
    write_xlsx,
)

pytestmark = pytest.mark.django_db

AS_OF = date(2026, 3, 31)
NONE = {"created": 0, "updated": 0, "unchanged": 0, "moved": 0, "rejected": 0}


def test_a_row_becomes_a_project_with_baseline_estimate_and_report(
    tmp_path: Path, mapping: Path
) -> None:
    cells = row(1, title="  One\n  project ", light="A", remark="So so", finish="30.06.2026")

    outcome = run_import(write_csv(tmp_path / "one.csv", [cells]), mapping)

    assert outcome.code == 0
    project = Project.objects.get()
    assert (project.code, project.name, project.state) == ("IT-1", "One project", State.EXECUTING)
    assert (project.start_date, project.finish_date) == (date(2026, 1, 5), date(2026, 6, 30))
    assert project.budget == Decimal(100500)
    baseline = project.baselines.get()
    assert (baseline.number, baseline.finish_date) == (0, date(2026, 6, 30))
    assert baseline.tasks.get().budget == Decimal(100500)
    estimate = Estimate.objects.get()
    assert (estimate.component_id, estimate.date) == (project.pk, AS_OF)
    assert estimate.estimate_to_complete == Decimal(110000)
    report = StatusReport.objects.get()
    assert (report.date, report.health, report.narrative) == (AS_OF, "amber", "So so")
    assert report.request_id == estimate.request_id is not None
    root = Portfolio.objects.get()
    assert (root.currency, root.status_date) == ("EUR", AS_OF)


def test_the_second_run_changes_nothing(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "two.csv", [row(1, light="G"), row(2, cost_keur="")])
    run_import(file, mapping)
    before = list(Component.objects.order_by("pk").values())
    DirtyMark.objects.all().delete()

    outcome = run_import(file, mapping)

    assert outcome.numbers("unit") == NONE | {"unchanged": 1}
    assert outcome.numbers("project") == NONE | {"unchanged": 2}
    assert outcome.numbers("project estimate") == NONE | {"unchanged": 2}
    assert outcome.numbers("project report") == NONE | {"unchanged": 1}
    assert "baselines" not in outcome.output
    assert outcome.output.endswith("\nnothing to change\n")
    assert list(Component.objects.order_by("pk").values()) == before
    assert not DirtyMark.objects.exists()


def test_what_changed_in_the_file_changes_in_the_tree(tmp_path: Path, mapping: Path) -> None:
    file = tmp_path / "change.csv"
    run_import(write_csv(file, [row(1), row(2), row(3)]), mapping)

    changed = [row(1), row(2, cost_keur="200"), row(3, title="Renamed"), row(4)]
    outcome = run_import(write_csv(file, changed), mapping)

    assert outcome.numbers("project") == NONE | {"created": 1, "updated": 2, "unchanged": 1}
    assert "2 baselines taken" in outcome.output
    numbers = Baseline.objects.filter(is_current=True).order_by("project__code")
    assert list(numbers.values_list("project__code", "number")) == [
        ("IT-1", 0),
        ("IT-2", 1),
        ("IT-3", 0),
        ("IT-4", 0),
    ]


def test_an_unknown_cost_is_no_cost(tmp_path: Path, mapping: Path) -> None:
    cells = row(1, cost_keur="", forecast_keur="")

    run_import(write_csv(tmp_path / "none.csv", [cells]), mapping)

    project = Project.objects.get()
    assert project.budget is None
    assert not Baseline.objects.exists()
    assert not Estimate.objects.exists()


def test_the_estimate_is_what_is_left_after_booked_cost(tmp_path: Path, mapping: Path) -> None:
    root = make_portfolio(code="IT")
    project = make_project(root, "IT-1")
    make_cost(project, date=date(2026, 2, 1), amount=Decimal(10000))
    make_cost(project, date=date(2026, 4, 1), amount=Decimal(500))

    run_import(write_csv(tmp_path / "one.csv", [row(1)]), mapping)

    assert Estimate.objects.get().estimate_to_complete == Decimal(100000)


def test_as_of_from_the_command_line_wins(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "one.csv", [row(1)])

    run_import(file, mapping, as_of=date(2026, 5, 31))

    assert Portfolio.objects.get().status_date == date(2026, 5, 31)
    assert Estimate.objects.get().date == date(2026, 5, 31)


def test_a_workbook_with_real_dates_and_numbers_reads_like_text(
    tmp_path: Path, mapping: Path
) -> None:
    cells = row(1, id=1, start=date(2026, 1, 5), cost_keur=0.1 + 0.2, forecast_keur=110)

    outcome = run_import(write_xlsx(tmp_path / "one.xlsx", [cells]), mapping)

    assert outcome.rejections == []
    project = Project.objects.get(code="IT-1")
    assert (project.start_date, project.budget) == (date(2026, 1, 5), Decimal(300))


def test_a_byte_order_mark_is_no_text(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "bom.csv", [row(1)], encoding="utf-8-sig")

    assert run_import(file, mapping).code == 0


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_part_cells_too(tmp_path: Path, mapping: Path, delimiter: str) -> None:
    file = write_csv(tmp_path / "one.csv", [row(1, title="One, two")])
    with file.open(newline="") as source:
        records = list(csv.reader(source))
    with file.open("w", newline="") as target:
        csv.writer(target, delimiter=delimiter).writerows(records)

    assert run_import(file, mapping).code == 0
    assert Project.objects.get().name == "One, two"


def test_a_new_tree_is_said_to_be_unseen(tmp_path: Path, mapping: Path) -> None:
    file = tmp_path / "units.csv"
    rows = [row(number, unit=f"U{number}", unit_name="Unit") for number in range(1, 8)]
    words = "Nobody but administrators can see {} yet: run.py manage grant USER ROLE CODE\n"

    assert "Nobody" not in run_import(write_csv(file, rows[:1]), mapping, dry_run=True).output
    assert run_import_as_json(write_csv(file, rows[:1]), mapping)["written"]
    said = run_import(write_csv(file, rows[:2]), mapping).output
    assert said.endswith("\nwritten\n" + words.format("U2"))
    said = run_import(write_csv(file, rows), mapping).output
    assert said.endswith("\nwritten\n" + words.format("U3, U4, U5, U6, U7"))
    assert "Nobody" not in run_import(file, mapping).output


def test_no_more_new_trees_are_named_than_fit_a_line(tmp_path: Path, mapping: Path) -> None:
    rows = [row(number, unit=f"U{number}", unit_name="Unit") for number in range(1, 7)]

    said = run_import(write_csv(tmp_path / "units.csv", rows), mapping).output

    assert "can see U1, U2, U3, U4, U5, … yet" in said


def test_blank_lines_are_no_rows(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "blank.csv", [row(1)])
    file.write_text(file.read_text() + "\r\n,,,,,,,,,,,\r\n")

    assert run_import(file, mapping).output.startswith("1 rows read, 0 rejected")


def test_a_state_follows_from_dates(tmp_path: Path, mapping: Path) -> None:
    rule = """state = { start = "{start}", finish = ["{finish}", "{deadline}"],
        starts_later = "authorized", finished = "closed", otherwise = "executing" }"""
    given = 'state = { from = "{status}", map = { open = "executing", done = "closed" } }'
    write_mapping(mapping, MAPPING.replace(given, rule.replace("\n", " ")))
    rows = [
        row(1, start="2026-04-01"),
        row(2, start="2026-03-31", finish="2026-04-01"),
        row(3, finish="2026-03-31"),
        row(4, finish="", deadline="2026-03-31"),
        row(5, start="", finish="", deadline=""),
    ]

    run_import(write_csv(tmp_path / "states.csv", rows), mapping)

    states = Project.objects.order_by("code").values_list("state", flat=True)
    assert list(states) == ["authorized", "executing", "closed", "closed", "executing"]


TASKS = """
[levels.task]
kind = "task"
project = "{unit}-{id}"
wbs = "{title}"
name = "{title}"
start_date = "{start}"
finish_date = { from = "{start}", plus_days = ["{cost_keur}", "{forecast_keur}"] }
budget = "{forecast_keur}"
earning_method = "zero_hundred"
baseline = true

[levels.task.progress]
percent = { from = "{status}", map = { open = "", done = 100 } }
date = "{finish}"
"""


def test_tasks_join_a_project_that_is_there(tmp_path: Path, mapping: Path) -> None:
    project = make_project(make_portfolio(code="IT"), "IT-1")
    rows = [
        row(1, title="1.1", cost_keur="10", status="done", finish="2026-02-01"),
        row(1, title="1.2", cost_keur="20"),
        row(2, title="1.1", cost_keur="20"),
    ]
    write_mapping(mapping, TASKS)
    file = tmp_path / "tasks.csv"

    outcome = run_import(write_csv(file, rows), mapping)
    assert outcome.rejections == ["row 4, column unit, id: There is no project “IT-2”."]
    assert not project.tasks.exists()

    outcome = run_import(write_csv(file, rows[:2]), mapping)
    assert outcome.numbers("task") == NONE | {"created": 2}
    finishes = dict(project.tasks.values_list("wbs", "finish_date"))
    assert finishes == {"1.1": date(2026, 5, 5), "1.2": date(2026, 5, 15)}
    progress = Progress.objects.get()
    assert (progress.task.wbs, progress.date) == ("1.1", date(2026, 2, 1))
    assert project.baselines.get().tasks.count() == 2

    outcome = run_import(file, mapping)
    assert outcome.numbers("task") == NONE | {"unchanged": 2}
    assert outcome.numbers("task progress") == NONE | {"unchanged": 1}
    assert "baselines" not in outcome.output


def test_what_only_the_database_knows_is_said_too(tmp_path: Path, mapping: Path) -> None:
    project = make_project(make_portfolio(code="IT"), "IT-1")
    summary = make_task(project, wbs="1", budget=None, earning_method=None)
    make_task(project, wbs="1.1", parent=summary)
    write_mapping(mapping, TASKS)
    file = write_csv(tmp_path / "tasks.csv", [row(1, title="1", cost_keur="1")])

    with pytest.raises(CommandError, match="task: A summary task has no budget"):
        run_import(file, mapping)


def placed(placement: str) -> str:
    return MAPPING.replace('parent = "{unit}"', f'parent = "{{unit}}"\nplacement = "{placement}"')


def test_below_leaves_a_component_where_it_is(tmp_path: Path, mapping: Path) -> None:
    root = make_portfolio(code="IT", name="Information Technology")
    program = make_program(root)
    make_project(program, "IT-1")
    make_project(make_portfolio(), "IT-2")
    write_mapping(mapping, placed("below"))
    file = tmp_path / "rows.csv"

    outcome = run_import(write_csv(file, [row(1), row(2)]), mapping)
    assert len(outcome.rejections) == 1
    assert "row 3, column unit: “IT-2” stands elsewhere" in outcome.rejections[0]

    outcome = run_import(write_csv(file, [row(1)]), mapping)
    assert outcome.numbers("project") == NONE | {"updated": 1}
    assert Project.objects.get(code="IT-1").parent_id == program.pk


def test_move_moves_and_says_so(tmp_path: Path, mapping: Path) -> None:
    root = make_portfolio(code="IT", name="Information Technology")
    make_project(make_program(root), "IT-1")
    write_mapping(mapping, placed("move"))
    file = write_csv(tmp_path / "rows.csv", [row(1)])

    outcome = run_import(file, mapping)
    assert outcome.numbers("project") == NONE | {"moved": 1}
    moved = Project.objects.get(code="IT-1")
    assert moved.path == [root.pk, moved.pk]

    assert run_import(file, mapping).numbers("project") == NONE | {"unchanged": 1}


def test_a_move_into_another_currency_is_refused(tmp_path: Path, mapping: Path) -> None:
    other = make_portfolio(currency="USD")
    make_project(other, "IT-1")
    write_mapping(mapping, placed("move"))

    outcome = run_import(write_csv(tmp_path / "rows.csv", [row(1)]), mapping)

    assert outcome.rejections == [
        "row 2, column unit: A component cannot move into a tree of another currency."
    ]
    assert Project.objects.get(code="IT-1").parent_id == other.pk
