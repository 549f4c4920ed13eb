"""/readyz: what it measures, from where on that is a problem, and what is worse than one."""

import re
import socket
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from ops.processes import ROOT
from portfolios.rollup import drain
from portfolios.tasks import audit
from ppm.celery import app
from ppm.core.condition import LIMITS, condition
from ppm.core.models import (
    AuditEvent,
    AuditSeal,
    DirtyMark,
    Heart,
    Heartbeat,
    RollupFailure,
    RollupIncident,
    Snapshot,
)
from tests.conftest import wait_until
from tests.factories import make_portfolio, make_project, make_user
from tests.proofs.stack import free_port

pytestmark = pytest.mark.django_db

SCHEDULE: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE


def readiness(*, status: int = 200) -> dict[str, Any]:
    """Ask as anybody can."""
    answer = Client().get("/readyz")
    assert answer.status_code == status
    found: dict[str, Any] = answer.json()
    return found


def ago(**age: float) -> Any:
    """Return a moment of the past."""
    return timezone.now() - timedelta(**age)


def test_where_all_is_well_nothing_is_a_problem(well: None) -> None:
    found = readiness()
    assert (found["status"], found["problems"]) == ("ok", [])
    assert found["rollup_oldest_mark"] is None
    measures = [found[name] for name in LIMITS]
    assert all(0 <= measure < 30 for measure in measures)


@pytest.mark.parametrize(
    ("heart", "measure", "limit"),
    [
        (Heart.ROLLUP, "rollup_canary_seconds", 90),
        (Heart.JOBS, "jobs_canary_seconds", 2100),
        (Heart.AUDIT, "audit_seconds", 93600),
    ],
)
def test_a_worker_that_stands_still_degrades_the_whole_by_its_age(
    heart: Heart, measure: str, limit: int, well: None
) -> None:
    Heartbeat.objects.filter(pk=heart).update(beaten_at=ago(seconds=limit - 10))
    assert readiness()["problems"] == []
    Heartbeat.objects.filter(pk=heart).update(beaten_at=ago(seconds=limit + 10))
    found = readiness()
    assert (found["status"], found["problems"]) == ("degraded", [measure])
    assert limit + 10 <= found[measure] < limit + 40


def test_a_heart_that_never_beat_is_a_problem(well: None) -> None:
    Heartbeat.objects.filter(pk=Heart.JOBS).delete()
    found = readiness()
    assert found["problems"] == ["jobs_canary_seconds"]
    assert found["jobs_canary_seconds"] is None


def test_seals_that_stop_are_a_problem_and_the_next_one_ends_it(well: None) -> None:
    make_user()
    in_time, late = (timezone.now() + timedelta(seconds=age) for age in (2090, 2110))
    assert "unsealed_seconds" not in condition(now=in_time).problems
    assert "unsealed_seconds" in condition(now=late).problems
    newest = AuditEvent.objects.latest("pk").pk
    AuditSeal.objects.create(number=1, after_id=0, up_to_id=newest, digest="0" * 64)
    assert condition(now=late).measures["unsealed_seconds"] == 0
    make_user()
    assert "unsealed_seconds" in condition(now=late).problems


def test_a_new_installation_counts_from_its_first_migration() -> None:
    assert set(Heartbeat.objects.values_list("heart", flat=True)) == set(Heart)


def test_a_mark_may_wait_a_minute(well: None) -> None:
    DirtyMark.objects.create(component_id=1, marked_at=ago(seconds=50))
    DirtyMark.objects.create(component_id=2)
    assert readiness()["problems"] == []
    oldest = ago(seconds=70)
    DirtyMark.objects.create(component_id=3, marked_at=oldest)
    found = readiness()
    assert (found["status"], found["problems"]) == ("degraded", ["rollup_lag_seconds"])
    assert 70 <= found["rollup_lag_seconds"] < 100
    assert found["rollup_marks"] == 3
    assert found["rollup_oldest_mark"] == oldest.isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )


def test_what_is_tried_again_is_no_quarantine_yet(well: None) -> None:
    failure = RollupFailure.objects.create(component=make_project(), error="x", tries=4)
    DirtyMark.objects.all().delete()
    assert readiness()["problems"] == []
    RollupFailure.objects.filter(pk=failure.pk).update(tries=5)
    found = readiness()
    assert (found["status"], found["problems"]) == ("degraded", ["rollup_quarantined"])
    assert found["rollup_quarantined"] == 1


def test_an_audit_that_finds_a_difference_alarms_until_somebody_settles_it(
    well: None, caplog: pytest.LogCaptureFixture
) -> None:
    project = make_project(make_portfolio(status_date=date(2026, 1, 20)))
    drain(now=timezone.now())
    Heartbeat.objects.filter(pk=Heart.AUDIT).update(beaten_at=ago(days=2))
    audit()
    assert readiness()["problems"] == []
    Snapshot.objects.filter(component=project).update(coverage="0.5")
    audit()
    found = readiness()
    assert (found["status"], found["problems"]) == ("degraded", ["rollup_incidents"])
    assert found["rollup_incidents"] == 1
    [alarm] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert str(project.pk) in alarm.getMessage()
    RollupIncident.objects.update(settled_by=make_user(), settled_at=timezone.now())
    assert readiness()["problems"] == []


def test_without_the_broker_pages_are_served_all_the_same(well: None, no_broker: None) -> None:
    found = readiness()
    assert (found["status"], found["problems"]) == ("degraded", ["broker_down"])


def test_a_missing_migration_is_worse_than_a_problem(well: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="core", name="0001_initial").delete()
    found = readiness(status=503)
    assert (found["status"], found["problems"]) == ("down", ["migrations_missing"])
    assert found["migrations_missing"] == 1


def test_a_migration_of_a_newer_release_does_no_harm(well: None) -> None:
    MigrationRecorder.Migration.objects.create(app="core", name="9999_of_tomorrow")
    assert readiness()["status"] == "ok"


def test_without_the_database_it_still_answers(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as outage:
        connection.close()
        outage.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        outage.setitem(connection.settings_dict, "PORT", str(free_port()))
        found = readiness(status=503)
        assert Client().get("/livez").content == b"ok"
    assert (found["status"], found["problems"]) == ("down", ["database_down"])
    assert found["rollup_lag_seconds"] is None
    assert readiness()["database_down"] == 0


def test_nobody_learns_a_name_or_a_text(well: None) -> None:
    project = make_project(name="Secret merger", code="MERGER")
    RollupFailure.objects.create(component=project, error="Secret reason", tries=5)
    RollupIncident.objects.create(component=project, as_of=date(2026, 1, 1), differences={"a": 1})
    answer = Client().get("/readyz")
    assert b"ecret" not in answer.content
    assert b"MERGER" not in answer.content
    assert {type(v) for k, v in answer.json().items() if k in LIMITS} <= {int, float}


def test_the_canaries_of_beat_come_back_through_a_real_worker(
    transactional_db: None, worker: Path
) -> None:
    Heartbeat.objects.update(beaten_at=ago(hours=1))
    canaries = [entry for name, entry in SCHEDULE.items() if "canary" in name]
    for canary in canaries:
        app.send_task(canary["task"], kwargs=canary["kwargs"], **canary["options"])
    young = Heartbeat.objects.filter(beaten_at__gt=ago(minutes=1))
    wait_until(lambda: young.count() == len(canaries), seconds=20, what="the canaries")
    assert set(young.values_list("heart", flat=True)) == {Heart.ROLLUP, Heart.JOBS}


def test_a_canary_goes_through_every_queue_that_has_work() -> None:
    schedule = SCHEDULE.values()
    canaries = {e["kwargs"]["queue"]: e["options"]["queue"] for e in schedule if "kwargs" in e}
    routes: dict[str, Any] = settings.CELERY_TASK_ROUTES
    queues = {
        routes.get(e["task"], {}).get("queue", settings.CELERY_TASK_DEFAULT_QUEUE)
        for e in schedule
    }
    assert canaries == {queue: queue for queue in queues}


def test_the_manual_has_every_limit_as_it_is() -> None:
    manual = (ROOT / "docs/operations.md").read_text().split("| measure |")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+)(?:: `down`)? \|", manual, flags=re.MULTILINE)
    assert {name: float(limit.replace(",", "")) for name, limit in rows} == LIMITS


def test_a_database_server_that_hangs_is_an_error_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        asking = connection.copy()
        asking.settings_dict |= {"HOST": "127.0.0.1", "PORT": mute.getsockname()[1]}
        with pytest.raises(OperationalError, match="timeout expired"):
            asking.ensure_connection()
