"""Loading many rows and facts at once."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from ppm.core.loading import Loaded, load_facts, load_rows
from ppm.core.models import DirtyMark, Estimate
from projects.models import Project, Task
from tests.factories import make_estimate, make_project

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 31)
REQUEST = uuid4()


@pytest.fixture
def project() -> Project:
    return make_project()


def task(project: Project, wbs: str, **fields: Any) -> dict[str, Any]:
    return {
        "project_id": project.pk,
        "wbs": wbs,
        "name": f"Task {wbs}",
        "start_date": date(2026, 1, 5),
        "finish_date": date(2026, 1, 30),
        "budget": Decimal(100),
        "earning_method": "zero_hundred",
        **fields,
    }


def load_tasks(*rows: dict[str, Any]) -> Loaded:
    return load_rows(Task, ("project_id", "wbs"), enumerate(rows, start=2))


def load_estimates(rows: Iterable[dict[str, Any]]) -> Loaded:
    return load_facts(Estimate, "component_id", enumerate(rows, start=2), request_id=REQUEST)


def estimate(project: Project, amount: int, **fields: Any) -> dict[str, Any]:
    return {
        "component_id": project.pk,
        "date": DAY,
        "estimate_to_complete": Decimal(amount),
        "forecast_finish": None,
        **fields,
    }


def test_tasks_are_created_changed_and_left_alone(project: Project) -> None:
    load_tasks(task(project, "1"), task(project, "2"))

    loaded = load_tasks(
        task(project, "1"), task(project, "2", budget=Decimal(5)), task(project, "3")
    )

    assert (len(loaded.created), len(loaded.updated), loaded.unchanged) == (1, 1, 1)
    budgets = dict(project.tasks.values_list("wbs", "budget"))
    assert budgets == {"1": Decimal(100), "2": Decimal(5), "3": Decimal(100)}


def test_bad_tasks_are_named_and_nothing_is_written(project: Project) -> None:
    loaded = load_tasks(
        task(project, "1"),
        task(project, "2", finish_date=date(2025, 1, 1)),
        task(project, "3", earning_method=None),
        task(project, "4"),
        task(project, "4"),
        task(project, "5", name=""),
    )

    assert [(error.row, error.reason) for error in loaded.errors] == [
        (3, "A task cannot finish before it starts."),
        (4, "A budget needs an earning method, and a method a budget."),
        (5, "“4” is in row 6 too."),
        (6, "“4” is in row 5 too."),
        (7, "This field cannot be blank."),
    ]
    assert not Task.objects.exists()


def test_a_fact_is_recorded_with_its_request(project: Project) -> None:
    loaded = load_estimates([estimate(project, 100)])

    recorded = Estimate.objects.get()
    assert loaded.created == {recorded.pk}
    assert (recorded.component_id, recorded.estimate_to_complete) == (project.pk, Decimal(100))
    assert (recorded.request_id, recorded.recorded_by_id, recorded.note) == (REQUEST, None, "")


def test_the_same_fact_is_recorded_once(project: Project) -> None:
    load_estimates([estimate(project, 100)])
    DirtyMark.objects.all().delete()

    loaded = load_estimates([estimate(project, 100)])

    assert (loaded.created, loaded.unchanged) == (frozenset(), 1)
    assert Estimate.objects.count() == 1
    assert not DirtyMark.objects.exists()


@pytest.mark.parametrize(
    "change",
    [{"estimate_to_complete": Decimal(7)}, {"forecast_finish": DAY}, {"date": date(2026, 4, 30)}],
)
def test_another_fact_is_added(project: Project, change: dict[str, Any]) -> None:
    load_estimates([estimate(project, 100)])

    loaded = load_estimates([estimate(project, 100, **change)])

    assert len(loaded.created) == 1
    assert Estimate.objects.count() == 2


def test_the_newest_fact_of_the_date_is_compared(project: Project) -> None:
    make_estimate(project, date=DAY, estimate_to_complete=Decimal(100))
    make_estimate(project, date=DAY, estimate_to_complete=Decimal(200))

    assert load_estimates([estimate(project, 200)]).unchanged == 1
    assert len(load_estimates([estimate(project, 100)]).created) == 1


def test_bad_facts_are_named_and_nothing_is_written(project: Project) -> None:
    other = make_project()

    loaded = load_estimates([estimate(project, 1), estimate(other, -1)])

    assert [(error.row, error.fields, error.reason) for error in loaded.errors] == [
        (3, ("estimate_to_complete",), "The estimate to complete cannot be negative.")
    ]
    assert not Estimate.objects.exists()
