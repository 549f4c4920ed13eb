"""What is announced: whoever writes, in its transaction, to those who asked, and never money."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ppm.core.models import (
    EVENTS,
    Component,
    EventKind,
    Health,
    Job,
    JobState,
    RollupIncident,
    Snapshot,
    State,
    User,
    Webhook,
    WebhookDelivery,
)
from ppm.core.webhooks.message import body_of
from programs.models import BenefitMeasurement
from projects.models import Project
from tests.factories import (
    START,
    make_benefit,
    make_job,
    make_portfolio,
    make_program,
    make_project,
    make_user,
    make_webhook,
)

pytestmark = pytest.mark.django_db

DAY = START + timedelta(days=1)


def told(webhook: Webhook) -> list[tuple[str, dict[str, Any]]]:
    """Return what a webhook is to be told, in order."""
    rows = webhook.deliveries.order_by("pk").values_list("kind", "data")
    return [(kind, {k: v for k, v in data.items() if k != "component"}) for kind, data in rows]


def snapshot(component: Component, health: Health, day: date = START) -> Snapshot:
    """Store a figure."""
    return Snapshot.objects.create(component=component, as_of=day, health=health)


def test_a_change_of_health_is_told_to_those_above() -> None:
    portfolio = make_portfolio()
    project = make_project(make_program(portfolio))
    webhook, elsewhere = make_webhook(portfolio), make_webhook(make_portfolio())
    snapshot(project, Health.GREEN)
    snapshot(project, Health.RED, DAY)
    change = {"as_of": DAY.isoformat(), "before": "green", "after": "red"}
    assert told(webhook) == [("health.changed", change)]
    assert told(elsewhere) == []
    [delivery] = webhook.deliveries.all()
    assert delivery.component_id == delivery.lane == project.pk
    assert delivery.data["component"] == {
        "id": project.pk,
        "code": project.code,
        "kind": "project",
        "url": f"/api/v1/components/{project.pk}/",
    }


def test_health_that_stays_or_is_known_for_the_first_time_is_no_news() -> None:
    project = make_project()
    webhook = make_webhook(project)
    snapshot(project, Health.RED)
    snapshot(project, Health.RED, DAY)
    Snapshot.objects.filter(as_of=DAY).update(bac=5)
    assert told(webhook) == []


def test_health_that_changes_on_the_same_day_is_told() -> None:
    project = make_project()
    webhook = make_webhook(project)
    snapshot(project, Health.GREEN)
    Snapshot.objects.update(health=Health.AMBER)
    assert [data["after"] for _, data in told(webhook)] == ["amber"]


def test_figures_of_a_past_day_are_no_news() -> None:
    project = make_project()
    snapshot(project, Health.GREEN, START - timedelta(days=9))
    snapshot(project, Health.GREEN, DAY)
    webhook = make_webhook(project)
    snapshot(project, Health.RED, START)
    Snapshot.objects.filter(as_of=START).update(health=Health.AMBER)
    assert told(webhook) == []


def test_a_change_of_state_is_told_however_it_is_written() -> None:
    portfolio = make_portfolio()
    first, second = make_project(portfolio), make_project(portfolio)
    webhook = make_webhook(portfolio)
    Component.objects.filter(pk=first.pk).update(state=State.ON_HOLD)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_component SET state = 'closing' WHERE parent_id = %s", [portfolio.pk]
        )
    Project.objects.get(pk=first.pk).save()
    assert told(webhook) == [
        ("project.state_changed", {"before": "executing", "after": "on_hold"}),
        ("project.state_changed", {"before": "on_hold", "after": "closing"}),
        ("project.state_changed", {"before": "executing", "after": "closing"}),
    ]
    assert [d.component_id for d in webhook.deliveries.order_by("pk")] == [
        *(first.pk, first.pk, second.pk)
    ]


def test_what_is_taken_back_is_not_told() -> None:
    project = make_project()
    webhook = make_webhook(project)
    with transaction.atomic():
        Component.objects.filter(pk=project.pk).update(state=State.CLOSING)
        assert len(told(webhook)) == 1
        transaction.set_rollback(True)
    assert told(webhook) == []


def test_a_measurement_is_told_without_its_value() -> None:
    program = make_program()
    benefit = make_benefit(program)
    webhook = make_webhook(program)
    [measured] = BenefitMeasurement.objects.bulk_create(
        [BenefitMeasurement(benefit=benefit, date=START, value="98765.4321", evidence="Ledger")]
    )
    [(kind, data)] = told(webhook)
    assert (kind, data["benefit"]["id"]) == ("benefit.measured", benefit.pk)
    assert data["measurement"]["url"] == f"/api/v1/benefit-measurements/{measured.pk}/"
    body = body_of(webhook.deliveries.get())
    assert b"98765" not in body
    assert b"Ledger" not in body


def test_an_incident_is_told_by_its_columns_only() -> None:
    project = make_project()
    webhook = make_webhook(project)
    differences = {f"column_{n}": ["12345.0000", "54321.0000"] for n in range(60)}
    incident = RollupIncident.objects.create(
        component=project, as_of=START, differences=differences
    )
    [(_, data)] = told(webhook)
    assert (data["incident"], data["columns"]) == (incident.pk, sorted(differences))
    body = body_of(webhook.deliveries.get())
    assert b"54321" not in body
    assert len(body) < 20_000


def finished(owner: User, state: JobState, *, dry_run: bool = False) -> Job:
    """End an import as a worker does."""
    job = make_job(owner, "import", asked={"import": 7, "dry_run": dry_run})
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    job.end(state, "", now=timezone.now())
    return job


def test_an_import_is_told_to_who_started_it_and_to_administrators() -> None:
    me, other = make_user(), make_user()
    component = make_portfolio()
    mine, theirs = make_webhook(component, me), make_webhook(component, other)
    administrators = make_webhook(make_portfolio(), make_user(superuser=True))
    job = finished(me, JobState.DONE)
    finished(me, JobState.DONE, dry_run=True)
    Job.objects.filter(pk=job.pk).update(done=5)
    place = {"id": job.pk, "url": f"/api/v1/jobs/{job.pk}/"}
    said = {"import": {"id": 7}, "job": place, "before": "running", "after": "done"}
    assert told(mine) == told(administrators) == [("import.finished", said)]
    assert told(theirs) == []


@pytest.mark.parametrize("kind", EVENTS)
def test_only_what_was_asked_for_is_told(kind: EventKind) -> None:
    me = make_user(superuser=True)
    program = make_program()
    webhook = make_webhook(program, me, kind)
    silent = make_webhook(program, me, kind, is_active=False)
    snapshot(program, Health.GREEN)
    snapshot(program, Health.RED, DAY)
    Component.objects.filter(pk=program.pk).update(state=State.CLOSING)
    BenefitMeasurement.objects.create(benefit=make_benefit(program), date=START, value=1)
    RollupIncident.objects.create(component=program, as_of=START, differences={})
    finished(me, JobState.FAILED)
    assert [one for one, _ in told(webhook)] == [kind]
    assert told(silent) == []


def test_a_webhook_that_is_deleted_takes_what_waits_with_it() -> None:
    project = make_project()
    webhook = make_webhook(project)
    Component.objects.filter(pk=project.pk).update(state=State.CLOSING)
    webhook.delete()
    assert not WebhookDelivery.objects.exists()


def test_bodies_are_the_same_bytes_each_time() -> None:
    project = make_project()
    webhook = make_webhook(project)
    Component.objects.filter(pk=project.pk).update(state=State.CLOSING)
    first, again = (body_of(WebhookDelivery.objects.get(webhook=webhook)) for _ in range(2))
    assert first == again
    assert set(json.loads(first)) == {"type", "timestamp", "data"}
