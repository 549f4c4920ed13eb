"""Imports that pages start, done by a worker: with progress, once, and whatever dies."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from django.db import connection
from django.utils import timezone

from portfolios.importing.jobs import KEPT, forget_uploads
from portfolios.models import ImportRun, ImportState
from portfolios.tasks import WORK
from ppm.core.jobs import ATTEMPTS, BROKEN, do_next, wake_worker
from ppm.core.locks import lock_structure
from ppm.core.models import Component, Job, Role, User
from programs.models import Program
from projects.models import Project
from tests.conftest import wait_until
from tests.factories import give_role, make_portfolio, make_program, make_user
from tests.importing.uploads import make_import, queued, worked
from tests.sessions import Session, sessions

MAPPING = """
[levels.project]
kind = "project"
code = "{code}"
parent = "PAY"
name = "{name}"
state = "executing"
"""
ROWS = b"code,name\nA,One\nB,Two\n"


@pytest.fixture
def manager() -> User:
    """Return the manager of the program PAY."""
    manager = make_user()
    give_role(manager, make_program(make_portfolio(), "PAY"), Role.PROGRAM_MANAGER)
    return manager


CHECK, IMPORT = True, False


def started(owner: User, dry_run: bool, content: bytes = ROWS, **fields: object) -> ImportRun:
    """Make an import that waits for a worker."""
    run = make_import(owner, content, **{"mapping": MAPPING, **fields})
    queued(run, dry_run=dry_run)
    return run


def job_of(run: ImportRun) -> Job:
    """Return the newest job of an import."""
    assert run.job
    return run.job


@pytest.mark.django_db
def test_a_check_tells_all_and_writes_nothing(manager: User) -> None:
    run = worked(started(manager, CHECK, ROWS + b"bad code,Three\n"))

    assert run.state == ImportState.CHECKED
    assert run.message == "3 rows read, 1 rejected. Nothing is written yet."
    assert run.report
    assert run.report["levels"][0]["created"] == job_of(run).rows_ok == 2
    assert (job_of(run).rows_failed, job_of(run).rows_skipped) == (1, 0)
    assert [row.row for row in job_of(run).rows.all()] == [4]
    assert not Project.objects.exists()
    assert run.component_ids == []


@pytest.mark.django_db
def test_an_import_writes_for_its_owner_and_drops_the_file(manager: User) -> None:
    run = worked(started(manager, IMPORT))

    assert (run.state, run.message) == (ImportState.DONE, "2 rows read, 0 rejected. Written.")
    assert set(run.component_ids) == set(Project.objects.values_list("pk", flat=True))
    assert len(run.component_ids) == 2
    assert bytes(run.content) == b""


@pytest.mark.django_db
def test_a_bad_row_stops_an_import_unless_the_rest_is_wanted(manager: User) -> None:
    rows = ROWS + b"bad code,Three\n"
    whole = worked(started(manager, IMPORT, rows))
    assert whole.state == ImportState.FAILED
    assert whole.message == "3 rows read, 1 rejected. Nothing was written."
    assert not Project.objects.exists()

    rest = worked(started(manager, IMPORT, rows, is_partial=True))
    assert rest.message == "3 rows read, 1 rejected. Written."
    assert Project.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"content": b""}, "Nothing was written: rows.csv is empty."),
        ({"mapping": "x = 1"}, "Nothing was written: the mapping has no “x”; it has: as_of, "),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(
    manager: User, fields: dict[str, object], sentence: str
) -> None:
    run = worked(started(manager, CHECK, **fields))  # type: ignore[arg-type]
    assert run.state == ImportState.FAILED
    assert run.message.startswith(sentence)


@pytest.mark.django_db
def test_an_error_of_our_own_fails_and_is_logged(
    manager: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = started(manager, IMPORT, preview={})
    ImportRun.objects.filter(pk=run.pk).update(file_name="a/b.csv")  # no such folder
    run = worked(run)
    assert run.state == ImportState.FAILED
    assert run.message == BROKEN % job_of(run).pk
    assert f"job {job_of(run).pk} failed" in caplog.text


@pytest.mark.django_db
def test_who_waits_longest_is_first_and_nobody_waits_is_nothing(manager: User) -> None:
    first, second = (started(manager, CHECK) for _ in range(2))
    worked(second)
    first.refresh_from_db()
    assert (first.is_running, second.is_running) == (False, True)
    worked(second)
    assert not do_next(WORK, clock=timezone.now)


@pytest.mark.django_db
def test_what_nobody_imports_is_forgotten(manager: User) -> None:
    kept, old = make_import(manager, ROWS), make_import(manager, ROWS)
    imported = worked(started(manager, IMPORT))
    running = started(manager, CHECK)
    long_ago = timezone.now() - KEPT - timedelta(days=1)
    for run in (old, imported, running):
        ImportRun.objects.filter(pk=run.pk).update(created_at=long_ago)
    Job.objects.filter(import_run=imported).update(finished_at=long_ago)

    forget_uploads(now=timezone.now())

    assert set(ImportRun.objects.all()) == {kept, imported, running}


def sent_to_worker(run: ImportRun) -> None:
    wake_until(lambda: not fresh(run).is_running, what="the import")


def wake_until(is_so: Callable[[], bool], *, what: object) -> None:
    """Wake the worker until something is so: a nudge may be lost, and beat sends another."""
    woken = monotonic()
    wake_worker()

    def is_so_by_now() -> bool:
        nonlocal woken
        if monotonic() > woken + 3:
            woken = monotonic()
            wake_worker()
        return is_so()

    wait_until(is_so_by_now, seconds=60, what=what)


def fresh(run: ImportRun) -> ImportRun:
    """Read the import as another connection sees it now."""
    return ImportRun.objects.get(pk=run.pk)


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_waits(manager: User, worker: Path) -> None:
    runs = [started(manager, CHECK) for _ in range(3)]

    for run in runs:
        wake_until(lambda run=run: fresh(run).state == ImportState.CHECKED, what=run)  # type: ignore[misc]


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_nothing_is_committed(manager: User, worker: Path) -> None:
    held = Program.objects.get(code="PAY")
    with sessions(1) as (session,):
        session.do(Component.objects.filter(pk=held.pk).select_for_update().get)
        run = started(manager, IMPORT, b"code,name\nPAY-1,One\n")
        wake_until(lambda: fresh(run).message == "project: 1", what="progress")
        now = fresh(run)
        assert (job_of(now).done, job_of(now).total, job_of(now).attempts) == (0, 1, 1)
        assert now.state == ImportState.IMPORTING
        assert not Project.objects.exists()
    wait_until(lambda: fresh(run).state == ImportState.DONE, seconds=20, what="the import")
    assert Project.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_being_done_is_not_done_twice(manager: User) -> None:
    run = started(manager, IMPORT)
    with sessions(2) as (holder, other):
        holder.do(lock_structure)
        doing = other.start(do_next, WORK, clock=timezone.now)
        other.wait_until_blocked(holder)
        assert not do_next(WORK, clock=timezone.now)
        holder.commit()
        assert doing.result(20)
        other.commit()
    assert fresh(run).state == ImportState.DONE
    assert not do_next(WORK, clock=timezone.now)
    assert job_of(fresh(run)).attempts == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_dying_worker_leaves_is_done_by_the_next(manager: User, worker: Path) -> None:
    run = started(manager, IMPORT)
    with sessions(1) as (holder,):
        holder.do(lock_structure)
        wake_worker()
        kill_whoever_waits_for(holder)
    assert (fresh(run).state, Project.objects.count()) == (ImportState.IMPORTING, 0)

    wake_until(lambda: fresh(run).state == ImportState.DONE, what="the import")
    assert job_of(fresh(run)).attempts == 2
    assert Project.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_ends_three_workers_is_given_up(manager: User, worker: Path) -> None:
    run = started(manager, IMPORT)
    for _ in range(ATTEMPTS):
        with sessions(1) as (holder,):
            holder.do(lock_structure)
            wake_worker()
            kill_whoever_waits_for(holder)
    wake_until(lambda: fresh(run).state == ImportState.FAILED, what="the import")
    assert "3 attempts ended before they were done" in fresh(run).message


def kill_whoever_waits_for(holder: Session) -> None:
    """End the database session that waits for the holder, and with it a worker's transaction."""
    with connection.cursor() as cursor:

        def is_killed() -> bool:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE %s = ANY(pg_blocking_pids(pid))",
                [holder.process_id],
            )
            return bool(cursor.fetchall())

        wait_until(is_killed, seconds=20, what="somebody who waits")
