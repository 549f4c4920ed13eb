"""Tables partitioned by month hold the same rows, the same guards and the same figures."""

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from ops.processes import ROOT
from portfolios import rollup
from ppm.core.models import Component, CostEntry, DirtyMark, Snapshot
from projects.models import Progress, Task
from tests.bench._organisation import A_PROJECT, AS_OF, NOW, fill
from tests.oracle import differences, expected
from tests.rollup.states import stored

pytestmark = pytest.mark.django_db

SCRIPTS = ROOT / "docs/scaling"
PARTITIONED = ("core_snapshot", "projects_progress", "core_costentry")


def run(sql: str, *values: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def run_script(name: str) -> None:
    run(Path(SCRIPTS / name).read_text())


def hanging_on(table: str) -> set[str]:
    """Name the constraints, indexes and triggers of a table."""
    found = run(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass "
        "UNION SELECT indexname FROM pg_indexes WHERE tablename = %s "
        "UNION SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
        *[table] * 3,
    )
    return {name for (name,) in found}


def rows_of(table: str) -> list[Any]:
    return run(f"TABLE {table} ORDER BY id")


@pytest.fixture
def task() -> Task:
    """Return a task of an organisation that is rolled up, then partitioned."""
    fill(60)
    rollup.drain(now=NOW)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run_script("partition_by_month.sql")
    return Task.objects.filter(project__code=A_PROJECT).order_by("pk")[0]


def test_rows_constraints_indexes_and_triggers_stay() -> None:
    fill(60)
    rollup.drain(now=NOW)
    run("SET CONSTRAINTS ALL IMMEDIATE")
    before = {table: (hanging_on(table), rows_of(table)) for table in PARTITIONED}

    run_script("partition_by_month.sql")

    assert {table: (hanging_on(table), rows_of(table)) for table in PARTITIONED} == before
    for table in PARTITIONED:
        assert run("SELECT relkind FROM pg_class WHERE oid = %s::regclass", table) == [("p",)]


def test_the_audit_agrees(task: Task) -> None:
    assert rollup.audit(now=NOW) == (Component.objects.count(), [])


def test_a_change_still_marks_and_rolls_up(task: Task) -> None:
    Progress.objects.create(task=task, date=AS_OF, percent=77)
    assert set(DirtyMark.objects.values_list("component_id", flat=True)) == {task.project_id}

    rollup.drain(now=NOW)

    assert differences(expected(now=NOW), stored(now=NOW)) == []


def test_guards_still_refuse(task: Task) -> None:
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        Progress.objects.update(percent=1)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        run("TRUNCATE core_costentry")
    with pytest.raises(IntegrityError), transaction.atomic():
        CostEntry.objects.create(component_id=task.project_id, date=AS_OF, amount=0)
    newest = Snapshot.objects.filter(component=task.project_id).get()
    with pytest.raises(IntegrityError, match="already exists"), transaction.atomic():
        Snapshot.objects.create(component_id=newest.component_id, as_of=newest.as_of)


def test_a_month_is_read_without_the_others(task: Task) -> None:
    facts = Progress.objects.filter(date__range=("2026-05-01", "2026-05-31"))
    plan = facts.explain()
    assert "projects_progress_2026_05" in plan
    assert plan.count("projects_progress_20") == plan.count("projects_progress_2026_05")


def test_months_to_come_have_partitions_once_and_rows_find_them(task: Task) -> None:
    run_script("next_months.sql")
    run_script("next_months.sql")

    Progress.objects.create(task=task, date="2027-02-03", percent=1)

    assert run("SELECT count(*) FROM projects_progress_2027_02") == [(1,)]
    assert run("SELECT count(*) FROM projects_progress_default") == [(0,)]
