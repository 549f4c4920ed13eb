"""Events are chained after they are committed: nothing can be changed unseen, and nobody waits."""

from io import StringIO
from threading import Thread
from time import monotonic

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ppm.core.auditing import sealing
from ppm.core.auditing.sealing import seal, verify
from ppm.core.models import AuditEvent, AuditSeal
from ppm.core.tasks import seal_audit
from projects.models import Task
from tests.factories import START, make_progress, make_project, make_task
from tests.sessions import sessions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal ten events at a time, so that a few of them make a chain."""
    monkeypatch.setattr(sealing, "BLOCK", 10)


@pytest.fixture
def trail() -> int:
    """Leave a trail of many events; return how many."""
    project = make_project()
    Task.objects.bulk_create(
        Task(project=project, wbs=str(n), name="Dig", start_date=START, finish_date=START)
        for n in range(30)
    )
    for n in range(5):
        Task.objects.filter(wbs=str(n)).update(name=f"Dig {n}")
    return AuditEvent.objects.count()


def secretly(sql: str) -> None:
    """Do what only the owner of the database can: write past all triggers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)


def verified() -> tuple[str, str]:
    """Run the command; return what it prints, and why it ended with 1."""
    output = StringIO()
    try:
        call_command("verify_audit", stdout=output)
    except CommandError as error:
        return output.getvalue().splitlines()[0], str(error)
    return output.getvalue().splitlines()[0], ""


def test_all_that_is_committed_is_sealed(trail: int) -> None:
    assert verify().unsealed == trail
    assert seal() == trail
    assert seal() == 0
    assert AuditSeal.objects.count() == -(-trail // 10)
    assert verified() == (f"{trail} events, 0 breaks", "")
    make_task(make_project())
    seal_audit()
    assert verify().unsealed == 0
    assert verify().breaks == []


def test_one_bit_that_is_changed_is_found(trail: int) -> None:
    seal()
    event = AuditEvent.objects.filter(operation="update").order_by("pk")[2]
    secretly(
        "UPDATE core_auditevent SET after = jsonb_set(after, '{name}', '\"Dig 3\"') "  # noqa: S608
        f"WHERE id = {event.pk}"
    )
    line, why = verified()
    assert line == f"{trail} events, 1 breaks"
    assert "they are not as they were sealed" in why
    first, last = map(int, why.split(":")[0].removeprefix("events ").split(" to "))
    assert first <= event.pk <= last


@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 1",
        "request_id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "database_role = 'somebody'",
        "table_name = 'core_risk'",
        "row_id = row_id + 1",
        "component_id = NULL",
        "operation = 'delete'",
        "before = '{}'",
        "after = NULL",
    ],
)
def test_whatever_is_changed_of_an_event_is_found(trail: int, change: str) -> None:
    seal()
    event = AuditEvent.objects.filter(operation="insert").order_by("pk")[4]
    secretly(f"UPDATE core_auditevent SET {change} WHERE id = {event.pk}")  # noqa: S608
    assert len(verify().breaks) == 1


def test_an_event_that_is_left_out_or_slipped_in_is_found(trail: int) -> None:
    seal()
    gone = AuditEvent.objects.order_by("pk")[3].pk
    secretly(f"DELETE FROM core_auditevent WHERE id = {gone}")  # noqa: S608
    assert len(verify().breaks) == 1
    columns = "at, database_role, table_name, row_id, operation"
    secretly(
        f"INSERT INTO core_auditevent (id, {columns}) "  # noqa: S608
        f"SELECT {gone}, {columns} FROM core_auditevent ORDER BY id DESC LIMIT 1"
    )
    assert len(verify().breaks) == 1


def test_a_seal_that_is_changed_or_left_out_is_found(trail: int) -> None:
    seal()
    secretly("UPDATE core_auditseal SET digest = repeat('0', 64) WHERE number = 2")
    assert len(verify().breaks) == 2
    secretly("DELETE FROM core_auditseal WHERE number = 2")
    assert any("does not follow" in reason for reason in verify().breaks)


def test_a_trigger_that_is_switched_off_is_found(trail: int) -> None:
    seal()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_risk DISABLE TRIGGER ALL")
        assert verified()[1] == "table core_risk: its changes are not audited"
        cursor.execute("ALTER TABLE core_risk ENABLE TRIGGER ALL")
    assert verified()[1] == ""


def test_the_log_has_what_a_chain_made_anew_does_not_fit(
    trail: int,
) -> None:
    with structlog.testing.capture_logs() as told:
        seal()
    (line,) = (line for line in told if line["event"] == "sealed")
    assert (line["digest"], line["events"]) == (verify().head, trail)
    secretly("UPDATE core_auditevent SET before = NULL")
    secretly("TRUNCATE core_auditseal")
    seal()
    assert verify().breaks == []
    assert line["digest"] != verify().head


def test_what_is_not_committed_yet_is_waited_for(trail: int) -> None:
    tasks = Task.objects.order_by("pk")
    with sessions(1) as (slow,):
        slow.do(tasks.filter(pk=tasks[0].pk).update, name="Slow")
        tasks.filter(pk=tasks[1].pk).update(name="Quick")
        assert seal(patience=0.2) == 0
        slow.commit()
    assert seal() == trail + 2
    assert verify().breaks == []


def test_who_writes_no_event_is_not_waited_for(trail: int) -> None:
    project = Task.objects.all()[0].project
    with sessions(1) as (slow,):
        slow.do(make_progress, Task.objects.filter(project=project)[0])
        assert seal(patience=0.2) == trail
        slow.commit()
    assert verify().breaks == []


def test_writers_never_wait_for_each_other_nor_for_the_sealer(trail: int) -> None:
    tasks = Task.objects.order_by("pk")
    with sessions(1) as (slow,):
        slow.do(tasks.filter(pk=tasks[0].pk).update, name="Slow")
        sealer = Thread(target=_seal_and_close)
        sealer.start()
        start = monotonic()
        tasks.filter(pk=tasks[1].pk).update(name="Quick")
        assert monotonic() - start < 1
        slow.commit()
        sealer.join()
    seal()
    verdict = verify()
    assert (verdict.events, verdict.unsealed, verdict.breaks) == (trail + 2, 0, [])


def _seal_and_close() -> None:
    seal(patience=5)
    connection.close()


def test_of_two_sealers_one_seals(trail: int) -> None:
    threads = [Thread(target=_seal_and_close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify().unsealed == 0
    assert verify().breaks == []
    assert AuditSeal.objects.count() == -(-trail // 10)
