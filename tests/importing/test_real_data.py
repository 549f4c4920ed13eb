"""The real files with the mappings that are shipped: US federal IT, 31 August 2012."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Sum
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.rollup import sweep
from ppm.core.models import Component, DirtyMark, Estimate, Snapshot, State, StatusReport
from programs.models import Program
from projects.models import Baseline, BaselineTask, Progress, Project, Task
from tests.importing.running import EXAMPLES, Outcome, run_import, write_csv

pytestmark = pytest.mark.django_db

AS_OF = date(2012, 8, 31)
MILLION = 1_000_000
NONE = {"created": 0, "updated": 0, "unchanged": 0, "moved": 0, "rejected": 0}


@pytest.fixture
def files(data_dir: Path) -> Path:
    return data_dir / "us_itdashboard"


def import_projects(files: Path) -> Outcome:
    return run_import(files / "projects_repaired.csv", EXAMPLES / "federal_it_dashboard.toml")


def import_investments(files: Path) -> Outcome:
    return run_import(files / "hhs_investments.csv", EXAMPLES / "hhs_investments.toml")


def import_activities(files: Path) -> Outcome:
    return run_import(files / "hhs_activities.csv", EXAMPLES / "hhs_activities.toml")


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def planned_costs(files: Path) -> dict[str, Decimal]:
    """Add up the planned cost of each agency's rows, in USD."""
    planned: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows_of(files / "projects_repaired.csv"):
        planned[row["agency_code"].zfill(3)] += Decimal(row["planned_cost_musd"] or 0) * MILLION
    return planned


def codes_of_roots() -> dict[int, str]:
    return dict(Component.objects.roots().values_list("pk", "code"))


def changed(outcome: Outcome) -> int:
    """Count what a run wrote of any level."""
    counts = [line for line in outcome.output.splitlines() if " created, " in line]
    assert counts
    told = [words.split() for line in counts for words in line.split("  ")[-1].split(", ")]
    return sum(int(number) for number, word in told if word in {"created", "updated", "moved"})


def test_the_federal_portfolio_is_whole_and_to_the_cent(files: Path) -> None:
    outcome = import_projects(files)

    assert (outcome.code, outcome.rejections) == (0, [])
    assert (Portfolio.objects.count(), Program.objects.count(), Project.objects.count()) == (
        26,
        599,
        2468,
    )
    assert set(Portfolio.objects.values_list("currency", "status_date")) == {("USD", AS_OF)}

    planned = planned_costs(files)
    for amounts in (
        Project.objects.values_list("path__0").annotate(Sum("budget")),
        BaselineTask.objects.filter(baseline__is_current=True)
        .values_list("baseline__project__path__0")
        .annotate(Sum("budget")),
    ):
        assert {codes_of_roots()[root]: amount for root, amount in amounts} == planned
    the_seventeen_without_a_cost_have_none()
    dates_and_states_are_those_of_the_status_date(files)


def test_every_portfolio_rolls_up_to_its_planned_cost(files: Path) -> None:
    import_projects(files)
    sweep(now=timezone.now())

    snapshots = Snapshot.objects.newest_on(AS_OF).filter(component__parent=None)
    amounts = dict(snapshots.values_list("component__code", "bac"))
    assert amounts == planned_costs(files)
    assert not DirtyMark.objects.exists()


def the_seventeen_without_a_cost_have_none() -> None:
    without = Project.objects.filter(budget=None)
    assert without.count() == 17
    assert not Baseline.objects.filter(project__in=without).exists()
    assert not Estimate.objects.filter(component__in=without).exists()
    assert Baseline.objects.filter(number=0, is_current=True).count() == 2451
    assert Estimate.objects.filter(date=AS_OF).count() == 2451


def dates_and_states_are_those_of_the_status_date(files: Path) -> None:
    projects = {project.code: project for project in Project.objects.all()}
    forecasts = dict(Estimate.objects.values_list("component__code", "forecast_finish"))
    states: dict[str, int] = defaultdict(int)
    for row in rows_of(files / "projects_repaired.csv"):
        project = projects[f"P{row['project_id']}"]
        planned = row["planned_completion_b2"] or row["completion_date_b1"]
        finish = row["projected_actual_completion_b2"] or planned
        if row["start_date"] > "2012-08-31":
            state = State.AUTHORIZED
        elif finish and finish <= "2012-08-31":
            state = State.CLOSED
        else:
            state = State.EXECUTING
        assert str(project.finish_date or "") == planned
        assert project.state == state
        assert str(forecasts.get(project.code) or "") == row["projected_actual_completion_b2"]
        states[state] += 1
    assert len(states) == 3


def test_a_second_run_changes_no_row(files: Path) -> None:
    import_projects(files)
    before = list(Component.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    DirtyMark.objects.all().delete()

    outcome = import_projects(files)

    assert changed(outcome) == 0
    assert outcome.numbers("project") == NONE | {"unchanged": 2468}
    assert outcome.numbers("project estimate") == NONE | {"unchanged": 2451}
    assert "baselines" not in outcome.output
    after = list(Component.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    assert after == before
    assert not DirtyMark.objects.exists()


def test_bureaus_evaluations_and_activities_join_the_department(files: Path) -> None:
    import_projects(files)

    outcome = import_investments(files)

    assert outcome.rejections == []
    assert outcome.numbers("bureau") == NONE | {"created": 11}
    assert outcome.numbers("investment") == NONE | {"created": 669, "moved": 52}
    department = Portfolio.objects.get(code="009")
    assert Portfolio.objects.filter(parent=department).count() == 11
    assert Program.objects.below(department).count() == 721
    assert Program.objects.filter(parent=department).count() == 640
    # What was below a moved program went with it.
    assert not Project.objects.below(department).exclude(path__len=4).exists()
    healths = StatusReport.objects.values_list("health").annotate(Count("pk"))
    assert dict(healths) == {"green": 59, "amber": 19, "red": 3}
    assert not StatusReport.objects.exclude(override_reason="", date=AS_OF).exists()

    outcome = import_activities(files)

    assert outcome.rejections == []
    assert Task.objects.count() == 1102
    assert Progress.objects.filter(percent=100, date__lte=AS_OF).count() == 713
    assert Progress.objects.count() == 713
    current = Baseline.objects.filter(is_current=True, tasks__task__isnull=False).distinct()
    assert (current.count(), set(current.values_list("number", flat=True))) == (202, {1})

    for repeat in (import_projects, import_investments, import_activities):
        outcome = repeat(files)
        assert (outcome.code, changed(outcome)) == (0, 0)
        assert "baselines" not in outcome.output


def test_the_department_imports_on_its_own(files: Path) -> None:
    outcome = import_investments(files)

    assert outcome.numbers("investment") == NONE | {"created": 721}
    assert Program.objects.get(code="009-000000704").parent.code == "009-38"  # type: ignore[union-attr]


def spoilt(rows: list[dict[str, Any]]) -> list[str]:
    """Spoil rows of the federal file; return how each must be reported."""
    rows[0]["planned_cost_musd"] = "15,297"
    rows[10]["start_date"] = "BAD:04/26/2012"
    rows[20]["agency_name"] = "Departmnet of Agriculture"
    rows[30]["project_id"] = rows[40]["project_id"]
    rows[50]["planned_completion_b2"] = "1999-01-01"
    return ["row 2,", "row 12,", "row 22,", "row 32,", "row 42,", "row 52,"]


def test_a_spoilt_copy_names_each_bad_row_and_writes_nothing(files: Path, tmp_path: Path) -> None:
    rows = list(rows_of(files / "projects_repaired.csv"))
    places = spoilt(rows)
    copy = write_csv(tmp_path / "spoilt.csv", rows, headings=list(rows[0]))

    outcome = run_import(copy, EXAMPLES / "federal_it_dashboard.toml")

    assert outcome.code == 1
    assert [line.partition(",")[0] + "," for line in outcome.rejections] == places
    assert not Component.objects.exists()

    outcome = run_import(copy, EXAMPLES / "federal_it_dashboard.toml", partial=True)

    assert outcome.code == 0
    assert Project.objects.count() == 2462
