"""Whoever changes a row, and however: the database keeps who, when, from what, to what."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from ppm.core.auditing.tables import (
    ALSO_AUDITED,
    NOT_AUDITED,
    audited_models,
    audited_tables,
)
from ppm.core.auditing.triggers import unaudited_tables
from ppm.core.models import (
    ApiToken,
    AuditEvent,
    Component,
    Fact,
    HealthPolicy,
    MonthClose,
    Role,
    RoleAssignment,
    User,
)
from projects.models import Task
from tests.factories import START, make_cost, make_project, make_task, make_user
from tests.refusals import refused
from tests.rows import ROWS, World, insert_by_sql, tables_of

pytestmark = pytest.mark.django_db

AUDITED = sorted(set(audited_models()) & set(ROWS), key=lambda model: model.__name__)
NO_FACTS = [model for model in AUDITED if not issubclass(model, Fact)]
FACTS = [model for model in AUDITED if issubclass(model, Fact)]
KEPT_AS_THEY_ARE = {HealthPolicy, MonthClose}
"""Models that refuse every update themselves."""


def events_of(row: models.Model, operation: str) -> list[AuditEvent]:
    """Return what was recorded about the tables of a row."""
    tables = [model._meta.db_table for model in tables_of(row)]
    found = AuditEvent.objects.filter(table_name__in=tables, row_id=row.pk, operation=operation)
    return list(found.order_by("pk"))


def stored(model: type[models.Model]) -> models.Model:
    """Store a row by SQL, past every line of Python."""
    row = ROWS[model](World())
    insert_by_sql(row)
    return row


def run(sql: str) -> int:
    """Run a statement; return how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.rowcount)


def changed_text(row: models.Model) -> str:
    """Change the first text of the row that can be changed; return its column."""
    model = type(row)
    texts = (models.CharField, models.TextField)
    for field in model._meta.local_concrete_fields:
        if isinstance(field, texts) and not field.choices:
            update = f"UPDATE {model._meta.db_table} SET {field.column} = 'other'"  # noqa: S608
            try:
                with transaction.atomic():
                    run(f"{update} WHERE {model._meta.pk.column} = {row.pk}")
            except IntegrityError:
                continue
            return str(field.column)
    return ""


def test_every_model_of_ours_is_audited_or_has_a_reason_not_to_be() -> None:
    ours = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_config.name in settings.OUR_APPS
    }
    assert set(NOT_AUDITED) <= ours
    audited = {model._meta.label for model in audited_models()}
    assert audited == (ours - set(NOT_AUDITED)) | set(ALSO_AUDITED)
    assert unaudited_tables() == []
    assert len(audited_tables()) > 40


@pytest.mark.parametrize("model", NO_FACTS)
def test_a_row_that_is_added_by_sql_is_one_event(model: type[models.Model]) -> None:
    row = stored(model)
    events = events_of(row, "insert")
    assert [event.table_name for event in events] == [m._meta.db_table for m in tables_of(row)]
    for event in events:
        assert event.before is None
        assert event.after
        assert event.database_role == connection.settings_dict["USER"]


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_that_is_added_is_its_own_record(model: type[models.Model]) -> None:
    row = stored(model)
    assert events_of(row, "insert") == []
    columns = {field.column for field in model._meta.local_concrete_fields}
    assert {"recorded_at", "recorded_by_id", "request_id"} <= columns


@pytest.mark.parametrize("model", NO_FACTS)
def test_a_row_that_is_changed_by_sql_is_one_event(model: type[models.Model]) -> None:
    row = stored(model)
    column = changed_text(row)
    events = events_of(row, "update")
    if not column:
        assert model in KEPT_AS_THEY_ARE | WITHOUT_TEXT
        return
    (event,) = events
    assert event.before is not None
    assert event.after is not None
    assert set(event.before) == set(event.after) == {column}
    assert event.after[column] in ("other", None)


@pytest.mark.parametrize("model", NO_FACTS)
def test_a_row_that_is_deleted_by_sql_is_one_event(model: type[models.Model]) -> None:
    row = stored(model)
    for part in reversed(tables_of(row)):
        run(f"DELETE FROM {part._meta.db_table} WHERE {part._meta.pk.column} = {row.pk}")  # noqa: S608
    events = events_of(row, "delete")
    assert len(events) == len(tables_of(row))
    for event in events:
        assert event.before
        assert event.after is None


WITHOUT_TEXT = {
    model
    for model in NO_FACTS
    if not any(
        isinstance(field, models.CharField | models.TextField) and not field.choices
        for field in model._meta.local_concrete_fields
    )
}


@pytest.mark.parametrize("table", [one.table for one in audited_tables()])
def test_no_audited_table_is_truncated(table: str) -> None:
    with refused("no_truncate"):
        run(f"TRUNCATE {table} CASCADE")


def test_each_row_of_a_bulk_operation_is_an_event() -> None:
    project = make_project()
    tasks = Task.objects.bulk_create(
        Task(project=project, wbs=str(n), name="Dig", start_date=START, finish_date=START)
        for n in range(5)
    )
    for task in tasks[:3]:
        task.name = f"Dig {task.wbs}"
    tasks[2].description = "Deep"
    Task.objects.bulk_update(tasks, ["name", "description"])
    Task.objects.filter(pk__in=[task.pk for task in tasks[3:]]).delete()
    of_tasks = AuditEvent.objects.filter(table_name="projects_task").order_by("pk")
    told = [
        (e.operation, e.row_id, e.before, e.after) for e in of_tasks if e.operation != "insert"
    ]
    assert of_tasks.filter(operation="insert").count() == 5
    assert told[:3] == [
        ("update", tasks[0].pk, {"name": "Dig"}, {"name": "Dig 0"}),
        ("update", tasks[1].pk, {"name": "Dig"}, {"name": "Dig 1"}),
        (
            "update",
            tasks[2].pk,
            {"name": "Dig", "description": ""},
            {"name": "Dig 2", "description": "Deep"},
        ),
    ]
    assert [(operation, pk) for operation, pk, _, _ in told[3:]] == [
        ("delete", tasks[3].pk),
        ("delete", tasks[4].pk),
    ]
    assert {event.component_id for event in of_tasks} == {project.pk}


def test_a_statement_that_changes_nothing_is_no_event() -> None:
    task = make_task(make_project())
    assert run("UPDATE projects_task SET name = name") == 1
    task.save()
    Task.objects.filter(pk=0).update(name="Nobody")
    assert events_of(task, "update") == []


def test_a_null_and_a_value_are_told_apart() -> None:
    task = make_task(make_project(), deadline=START)
    Task.objects.filter(pk=task.pk).update(deadline=None, duration_minutes=480)
    (event,) = events_of(task, "update")
    assert event.before == {"deadline": "2026-01-05", "duration_minutes": None}
    assert event.after == {"deadline": None, "duration_minutes": 480}


def test_an_id_that_is_changed_by_sql_does_not_hide_the_row() -> None:
    component = make_project()
    role = RoleAssignment.objects.create(component=component, user=make_user(), role=Role.VIEWER)
    run(f"UPDATE core_roleassignment SET id = id + 1000 WHERE id = {role.pk}")  # noqa: S608
    old, new = AuditEvent.objects.filter(
        table_name="core_roleassignment", operation="update"
    ).order_by("row_id")
    assert old.before is not None
    assert new.after is not None
    assert (old.row_id, old.before["role"]) == (role.pk, "viewer")
    assert (new.row_id, new.after["role"]) == (role.pk + 1000, "viewer")
    assert {old.component_id, new.component_id} == {component.pk}


def test_what_names_a_person_or_is_secret_is_not_in_the_trail() -> None:
    user = make_user("ida", first_name="Ida", email="ida@example.org")
    user.email = "ida.new@example.org"
    user.set_password("another horse battery")
    user.is_staff = True
    user.save()
    ApiToken.issue(user, scopes=["read"], name="laptop")
    (changed,) = events_of(user, "update")
    assert changed.before == {"email": None, "password": None, "is_staff": False}
    assert changed.after == {"email": None, "password": None, "is_staff": True}
    (added,) = events_of(user, "insert")
    assert added.after is not None
    assert not {"username", "first_name", "last_name", "email", "password"} & set(added.after)
    token = AuditEvent.objects.get(table_name="core_apitoken")
    assert token.after is not None
    assert token.after["name"] == "laptop"
    assert "digest" not in token.after


def test_that_somebody_was_there_is_no_event() -> None:
    user = make_user()
    User.objects.filter(pk=user.pk).update(last_login="2026-01-05T00:00:00Z")
    assert events_of(user, "update") == []


def test_members_of_groups_are_audited() -> None:
    user, project = make_user(), make_project()
    group: Any = user.groups.create(name="Board")
    RoleAssignment.objects.create(component=project, group=group, role=Role.GOVERNANCE)
    user.groups.clear()
    told = AuditEvent.objects.filter(table_name="core_user_groups").order_by("pk")
    assert [event.operation for event in told] == ["insert", "delete"]
    assert AuditEvent.objects.filter(table_name="auth_group", operation="insert").exists()


def test_a_deleted_component_is_told_where_it_stood() -> None:
    parent = World().program
    gone = make_project(parent)
    Component.objects.get(pk=gone.pk).delete()
    event = AuditEvent.objects.get(table_name="core_component", operation="delete", row_id=gone.pk)
    assert event.component_id == parent.pk


def test_what_the_database_derives_from_a_move_is_not_told_of_all_below() -> None:
    world = World()
    world.program.move_to(None)
    moved = AuditEvent.objects.filter(table_name="core_component", operation="update")
    assert [(event.row_id, event.before["parent_id"]) for event in moved if event.before] == [
        (world.program.pk, world.portfolio.pk)
    ]


def test_events_are_only_added() -> None:
    make_cost(make_project())
    sentence = "What was audited stays: nothing changes or removes it."
    with refused("append_only", sentence):
        AuditEvent.objects.update(actor=None)
    with refused("append_only", sentence):
        AuditEvent.objects.all().delete()
    with refused("append_only", sentence):
        run("UPDATE core_auditevent SET before = NULL")
    with refused("append_only", sentence):
        run("DELETE FROM core_auditevent")
    with refused("no_truncate", sentence):
        run("TRUNCATE core_auditevent")
