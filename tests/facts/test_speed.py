"""Triggers cost no more in a long transaction, nor in a statement of many rows."""

from collections.abc import Callable
from time import perf_counter

import pytest
from django.db import connection
from django.db.models import F

from programs.models import Program
from projects.baselining import take_baselines
from projects.models import Progress, Project, Task
from tests.bench._organisation import fill
from tests.factories import START, make_portfolio, make_program, make_project, make_task


def seconds(work: Callable[[], object]) -> float:
    """Measure how long the work takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def is_flat(insert_portion: Callable[[], object]) -> bool:
    """Tell whether the last of five portions takes less than twice the time of the first.

    A busy machine may slow one run down, but not each.
    """

    def last_to_first() -> float:
        times = [seconds(insert_portion) for _ in range(5)]
        return times[-1] / times[0]

    return any(last_to_first() < 2 for _ in range(3))


@pytest.mark.slow
@pytest.mark.django_db
def test_progress_is_inserted_as_fast_late_in_a_transaction_as_early() -> None:
    task = make_task(make_project())

    def insert_portion() -> None:
        Progress.objects.bulk_create(
            (Progress(task=task, date=START, percent=1) for _ in range(10_000)), batch_size=1_000
        )

    assert is_flat(insert_portion)


@pytest.mark.django_db
def test_components_are_inserted_as_fast_late_in_a_transaction_as_early() -> None:
    """Without the connection's `pgtrigger.ignore` each call of a row trigger costs more."""
    program = make_program()
    assert is_flat(lambda: _add_projects(program, number=4_000))


@pytest.mark.django_db
def test_an_update_of_many_tasks_costs_by_their_number() -> None:
    """Also after an update of one, whose query plans the connection keeps."""
    project = make_project()
    _add_tasks(project, number=5_000)
    tasks = Task.objects.filter(project=project)
    first = tasks.order_by("pk").values("pk")
    tasks.filter(pk__in=first[:1]).update(name=F("name"))
    on_few = seconds(lambda: tasks.filter(pk__in=first[:500]).update(name=F("name")))
    on_all = seconds(lambda: tasks.update(name=F("name")))
    assert on_all < 40 * on_few


@pytest.mark.django_db
def test_a_move_of_many_components_costs_by_their_number() -> None:
    """Also after a move of one, whose query plans the connection keeps."""
    root = make_portfolio()
    small, large = make_program(root), make_program(root)
    small.move_to(large)
    _add_projects(small, number=200)
    _add_projects(large, number=2_000)
    target = make_portfolio(root)
    on_few = seconds(lambda: small.move_to(target))
    on_all = seconds(lambda: large.move_to(target))
    assert on_all < 40 * on_few


@pytest.mark.django_db
def test_baselines_cost_by_the_number_of_projects() -> None:
    """Also where some have weighted milestones: they are looked up, not searched through."""
    fill(1_000)
    projects = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    on_few = seconds(lambda: take_baselines(projects[:50]))
    on_all = seconds(lambda: take_baselines(projects))
    assert on_all < 40 * on_few


def _add_tasks(project: Project, *, number: int) -> None:
    Task.objects.bulk_create(
        Task(
            project=project,
            wbs=str(index),
            name="Copy",
            start_date=START,
            finish_date=START,
        )
        for index in range(number)
    )


def _add_projects(program: Program, *, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_component (kind, code, name, description, parent_id, path, state, "
            "currency, time_zone, version) SELECT 'project', gen_random_uuid(), '', '', %s, '{}', "
            "'executing', '', '', 1 FROM generate_series(1, %s) AS n",
            [program.pk, number],
        )
