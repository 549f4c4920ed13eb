"""Every write that a figure depends on marks the right components, whoever writes and however."""

from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest
from django.db import connection, models, transaction
from django.db.models import F

from portfolios.models import Portfolio
from ppm.core.models import (
    CalendarDay,
    Component,
    CostEntry,
    DirtyMark,
    Estimate,
    Fact,
    HealthPolicy,
    Risk,
)
from programs.models import BenefitLink, BenefitPlan, Program
from projects.models import Baseline, Dependency, Project
from tests.factories import (
    START,
    make_benefit,
    make_portfolio,
    make_program,
    make_progress,
    make_project,
    make_task,
)
from tests.rows import ROWS, World, insert_by_sql, tables_of
from tests.sessions import sessions

pytestmark = pytest.mark.django_db

KINDS: list[type[models.Model]] = [Portfolio, Program, Project]
MARKING: set[Any] = {
    model for model, trigger in pgtrigger.registered() if trigger.name == "mark_insert"
}
UNMARKED = {
    "core_user": "people are no figures",
    "core_apitoken": "nor are tokens",
    "core_answeredcall": "nor are kept answers",
    "core_calendarfeed": "nor are addresses of calendars",
    "core_job": "an import marks by the rows that it writes",
    "core_jobpart": "a part of a file",
    "core_jobrow": "a reason why a row was not written",
    "core_webhook": "nor are webhooks",
    "core_webhookdelivery": "tells of figures, and makes none",
    "core_roleassignment": "nor are roles",
    "core_workcalendar": "its days are marked: core_calendarday",
    "core_snapshot": "written by the roll-up",
    "core_dayturn": "written by the roll-up",
    "core_move": "written with the move, which marks",
    "core_monthclose": "holds figures of the past still",
    "core_restatement": "written with the figures of a past date",
    "core_heartbeat": "signs of life",
    "core_attempts": "nor are attempts to sign in",
    "core_calls": "nor are calls of the API",
    "core_auditevent": "written with the change, which marks",
    "core_auditseal": "digests of the trail",
    "core_dirtymark": "the marks themselves",
    "core_rollupfailure": "written by the roll-up",
    "core_rollupincident": "written by the nightly audit",
    "core_staterequest": "words; the state itself is marked",
    "core_decision": "words; the state itself is marked",
    "programs_program": "its own columns feed no figure; the component's do",
    "portfolios_portfolio": "its own columns feed no figure; the component's do",
    "portfolios_importrun": "what it imports is marked",
    "portfolios_budgetenvelope": "shown beside the figures",
    "portfolios_objective": "shown beside the figures",
    "portfolios_objectivecontribution": "shown beside the figures",
    "projects_lesson": "words",
    "projects_closureevaluation": "words",
}
TRIED = [model for model in ROWS if model in MARKING or model in KINDS]
CHANGEABLE = [model for model in TRIED if not issubclass(model, Fact)]


def expected(row: models.Model, world: World) -> set[int]:
    """Tell which components a write to the row must mark."""
    if isinstance(row, Component):
        return {row.pk, row.parent_id or row.pk}
    if isinstance(row, HealthPolicy):
        return {world.program.pk, world.project.pk}
    if isinstance(row, Dependency):
        return {world.project.pk, world.neighbour.pk}
    if isinstance(row, Baseline):
        return {world.neighbour.pk}
    if isinstance(row, BenefitLink):
        return {world.program.pk, row.project_id}
    of_benefits = type(row).__module__.startswith("programs")
    return {world.program.pk if of_benefits else world.project.pk}


def marked() -> set[int]:
    """Take the marks away and tell which components they named."""
    ids = set(DirtyMark.objects.values_list("component_id", flat=True))
    DirtyMark.objects.all().delete()
    return ids


def test_every_table_is_marked_or_has_a_reason_not_to_be() -> None:
    tables = {model._meta.db_table for model in ROWS} | {Component._meta.db_table}
    assert {model._meta.db_table for model in MARKING} == tables - set(UNMARKED)


def _by_saving(row: models.Model) -> None:
    row.save()


@pytest.mark.parametrize("insert", [_by_saving, insert_by_sql])
@pytest.mark.parametrize("model", TRIED)
def test_an_insert_marks(
    model: type[models.Model], insert: Callable[[models.Model], None]
) -> None:
    world = World()
    row = ROWS[model](world)
    marked()
    insert(row)
    assert marked() == expected(row, world)


@pytest.mark.parametrize("model", [model for model in TRIED if model not in KINDS])
def test_an_insert_in_bulk_marks(model: type[models.Model]) -> None:
    world = World()
    row = ROWS[model](world)
    marked()
    model._default_manager.bulk_create([row])
    assert marked() == expected(row, world)


@pytest.mark.parametrize("model", CHANGEABLE)
def test_an_update_marks(model: type[models.Model]) -> None:
    world = World()
    row = ROWS[model](world)
    row.save()
    wanted = expected(row, world)
    column = _plain_field(model)
    marked()
    row.save()
    assert marked() == wanted
    model._default_manager.filter(pk=row.pk).update(**{column: F(column)})
    assert marked() == wanted
    table = (Component if isinstance(row, Component) else model)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {column} WHERE id = %s", [row.pk])  # noqa: S608
    assert marked() == wanted


def _plain_field(model: type[models.Model]) -> str:
    """Name a field that can be set to itself."""
    fields = model._meta.concrete_fields
    return next(f.name for f in fields if not f.primary_key and not f.is_relation)


@pytest.mark.parametrize("model", CHANGEABLE)
def test_a_delete_marks(model: type[models.Model]) -> None:
    world = World()
    for delete in (_by_instance, _by_queryset, _by_sql):
        row = ROWS[model](world)
        row.save()
        wanted = expected(row, world)
        marked()
        delete(row)
        assert marked() == wanted, delete


def _by_instance(row: models.Model) -> None:
    row.delete()


def _by_queryset(row: models.Model) -> None:
    type(row)._default_manager.filter(pk=row.pk).delete()


def _by_sql(row: models.Model) -> None:
    with connection.cursor() as cursor:
        for model in reversed(tables_of(row)):
            cursor.execute(
                f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s",  # noqa: S608
                [row.pk],
            )


def test_the_columns_of_a_project_mark_it() -> None:
    project = make_project()
    marked()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET budget = 1")
    assert marked() == {project.pk}


@pytest.mark.parametrize("model", [BenefitLink, BenefitPlan])
def test_what_moves_to_another_benefit_marks_both_homes(
    model: type[BenefitLink] | type[BenefitPlan],
) -> None:
    world = World()
    other = make_benefit(make_program())
    row = ROWS[model](world)
    row.save()
    marked()
    model._default_manager.filter(pk=row.pk).update(benefit=other)
    linked = {row.project_id} if isinstance(row, BenefitLink) else set()
    assert marked() == {world.program.pk, other.component_id} | linked


def test_a_dependency_that_is_tied_elsewhere_marks_all_three_projects() -> None:
    world = World()
    row = ROWS[Dependency](world)
    row.save()
    third = make_task(make_project())
    marked()
    Dependency.objects.filter(pk=row.pk).update(predecessor=third)
    assert marked() == {world.project.pk, world.neighbour.pk, third.project_id}


def test_the_settings_of_a_root_mark_its_whole_tree() -> None:
    root, stranger = make_portfolio(), make_portfolio()
    program = make_program(root)
    project = make_project(program)
    marked()
    for setting in ({"status_date": START}, {"time_zone": "UTC"}):
        Component.objects.filter(pk__in=[root.pk, stranger.pk]).filter(pk=root.pk).update(
            **setting
        )
        assert marked() == {root.pk, program.pk, project.pk}
    Component.objects.filter(pk=root.pk).update(name="Renamed")
    assert marked() == {root.pk}


def test_the_default_policy_marks_everything() -> None:
    root, stranger = make_portfolio(), make_project()
    marked()
    HealthPolicy.objects.filter(component=None).update(half_life_days=45)
    assert marked() == {root.pk, stranger.pk}


def test_calendar_days_mark_the_projects_whose_baselines_use_them() -> None:
    world = World()
    marked()
    CalendarDay.objects.create(calendar=world.calendar, day=START, cumulative_minutes=1)
    assert marked() == {world.project.pk}


def test_one_statement_marks_each_component_once() -> None:
    projects = [make_project() for _ in range(3)]
    marked()
    CostEntry.objects.bulk_create(
        CostEntry(component=project, date=START, amount=1) for project in projects * 50
    )
    assert DirtyMark.objects.count() == 3
    assert marked() == {project.pk for project in projects}


def test_a_write_that_is_rolled_back_leaves_no_mark() -> None:
    project = make_project()
    marked()
    with transaction.atomic():
        make_progress(make_task(project))
        transaction.set_rollback(True)
    assert marked() == set()


@pytest.mark.django_db(transaction=True)
def test_marking_waits_for_nobody() -> None:
    """Neither for another mark of the same component nor for the roll-up that takes them."""
    project = make_project(make_portfolio())
    with sessions(3) as (roller, one, other):
        roller.do(DirtyMark.objects.all().delete)
        one.do(_spend, project)
        other.do(_spend, project)
        other.commit()
        one.commit()
        roller.commit()
    assert marked() == {project.pk}


def _spend(project: Project) -> None:
    CostEntry.objects.create(component=project, date=START, amount=1)
    Estimate.objects.create(component=project, date=START, estimate_to_complete=1)
    Risk.objects.create(component=project, title="Flood")
