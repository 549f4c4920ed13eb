"""Facts are added, never changed and never deleted; tables that feed the roll-up stay."""

import pgtrigger
import pytest
from django.db import connection, models
from django.db.models import F

from ppm.core.models import AuditEvent, AuditSeal, Fact
from tests.facts.attacks import FACTS
from tests.refusals import refused
from tests.rows import ROWS, World

pytestmark = pytest.mark.django_db

APPEND_ONLY = "append_only"
SENTENCE = "A recorded fact is never changed or deleted: record a correcting one."
MARKED = {
    model
    for model, trigger in pgtrigger.registered()
    if trigger.name == "no_truncate" and model._meta.model not in (AuditEvent, AuditSeal)
}


def test_every_fact_is_tried() -> None:
    assert set(Fact.__subclasses__()) == set(FACTS)


def recorded(model: type[models.Model]) -> models.Model:
    """Record one."""
    row = ROWS[model](World())
    row.save()
    return row


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_is_not_changed(model: type[models.Model]) -> None:
    row = recorded(model)
    rows = model._default_manager.filter(pk=row.pk)
    with refused(APPEND_ONLY, SENTENCE):
        row.save()
    with refused(APPEND_ONLY, SENTENCE):
        rows.update(date=F("date"))
    with refused(APPEND_ONLY, SENTENCE):
        model._default_manager.bulk_update([row], ["date"])
    with refused(APPEND_ONLY, SENTENCE):
        model._default_manager.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["date"]
        )
    with refused(APPEND_ONLY, SENTENCE), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {model._meta.db_table} SET date = date")  # noqa: S608


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_is_not_deleted(model: type[models.Model]) -> None:
    row = recorded(model)
    with refused(APPEND_ONLY, SENTENCE):
        model._default_manager.get(pk=row.pk).delete()
    with refused(APPEND_ONLY, SENTENCE):
        model._default_manager.filter(pk=row.pk).delete()
    with refused(APPEND_ONLY, SENTENCE), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_knows_when_it_was_recorded(model: type[models.Model]) -> None:
    row = recorded(model)
    row.refresh_from_db()
    assert isinstance(row, Fact)
    assert row.recorded_at is not None


@pytest.mark.parametrize("model", sorted(MARKED | set(FACTS), key=str))
def test_a_table_that_feeds_the_roll_up_is_not_truncated(model: type[models.Model]) -> None:
    with (
        refused(
            "no_truncate", "This table feeds the roll-up and cannot be truncated: delete its rows."
        ),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
