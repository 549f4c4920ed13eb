"""The organisation of the benchmarks is one that the product itself could have made."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction

from portfolios import rollup
from ppm.core.models import AuditEvent, Component, DirtyMark, Kind, Snapshot
from ppm.core.snapshotting import VALUES
from projects.models import Progress, Task
from tests.bench._organisation import NOW, fill
from tests.oracle import differences, expected

pytestmark = pytest.mark.django_db

PROJECTS = 60


def everything() -> dict[str, Any]:
    """Read all rows of all tables but marks and trail, without the moment of their writing."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list(*_facts(model)))
        for model in apps.get_models()
        if model not in (AuditEvent, DirtyMark)
    }


def _facts(model: type[models.Model]) -> list[str]:
    fields = model._meta.local_concrete_fields
    return [f.attname for f in fields if not isinstance(f, models.DateTimeField)]


def restart_numbering() -> None:
    """Let the next row of each table have the number that it would have had at first."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
            cursor.execute(sql)


def test_with_and_without_triggers_the_same_rows_are_made() -> None:
    restart_numbering()
    with transaction.atomic():
        fill(PROJECTS, are_triggers_on=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        derived, marked = everything(), set(DirtyMark.objects.values_list("component_id"))
        transaction.set_rollback(True)

    restart_numbering()
    fill(PROJECTS)

    assert everything() == derived
    assert set(DirtyMark.objects.values_list("component_id")) == marked
    assert len(marked) == Component.objects.count()


def test_each_project_has_what_the_figures_are_about() -> None:
    fill(PROJECTS)

    projects = Component.objects.filter(kind=Kind.PROJECT)
    assert projects.count() == PROJECTS
    assert Task.objects.count() == 10 * PROJECTS
    assert Progress.objects.count() == 15 * PROJECTS
    assert projects.filter(cost_entries__isnull=False).count() == 10 * PROJECTS
    children = Component.objects.values("parent").annotate(number=models.Count("pk"))
    assert max(children.values_list("number", flat=True)) == 50


def test_its_figures_are_those_of_the_oracle() -> None:
    fill(PROJECTS)

    rollup.drain(now=NOW)

    found = {row["component_id"]: row for row in Snapshot.objects.values("component_id", *VALUES)}
    assert differences(expected(now=NOW), found) == []
    assert rollup.audit(now=NOW) == (Component.objects.count(), [])
    colours = set(Snapshot.objects.values_list("health", flat=True))
    assert {"green", "amber", "red", "done", "not_started", "on_hold"} <= colours
