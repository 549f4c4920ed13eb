"""Jobs and what may happen to their workers: killed, two at once, told to stop."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from kombu import Connection

from ops.processes import ROOT, dying_with_parent
from portfolios.importing.preview import read_preview
from portfolios.models import ImportRun
from ppm.celery import app
from ppm.core.jobs import SWITCHED_OFF, TASK, UNWANTED
from ppm.core.models import Component, Job, JobState, User
from projects.models import Project
from tests.conftest import wait_until
from tests.factories import make_job, make_portfolio, make_project, make_user
from tests.importing.uploads import queued
from tests.jobs.working import lines_of
from tests.sessions import Session, sessions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MAPPING = (
    '[levels.project]\nkind = "project"\ncode = "{code}"\nname = "{name}"\nstate = "idea"\n'
    'parent = "HOME"\n'
)
APART = 8
"""How far the broker's database of these workers is from that of all tests."""


@pytest.fixture
def owner() -> User:
    """Return an administrator of an organisation with three projects."""
    home = make_portfolio(code="HOME")
    for _ in range(3):
        make_project(home)
    return make_user(superuser=True)


def broker() -> str:
    """Return the address of a broker that no other worker listens to."""
    address, number = str(app.conf.broker_url).rsplit("/", 1)
    return f"{address}/{int(number) + APART}"


@contextmanager
def a_worker(log: Path, processes: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker of our own, that may be killed."""
    database = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{database}",
        "REDIS_URL": broker(),
    }
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "ppm", "worker"]
    command += ["--concurrency", str(processes), "--queues", "jobs"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with log.open("a") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=dying_with_parent(),
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with all its processes, as an outage would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)


def wake(times: int = 1) -> None:
    """Tell our workers that a job waits."""
    with Connection(broker()) as post:
        for _ in range(times):
            app.send_task(TASK, queue="jobs", connection=post, ignore_result=True)


def fresh(job: Job) -> Job:
    """Read a job as it is now."""
    return Job.objects.get(pk=job.pk)


def wait_for(job: Job, *states: JobState) -> Job:
    """Wait until a job has come so far."""
    wait_until(lambda: fresh(job).state in states, seconds=60, what=fresh(job))
    return fresh(job)


@contextmanager
def held(table: str) -> Iterator[Session]:
    """Let nobody read a table, so that a job stays in the midst of it."""
    with sessions(1) as (holder,):
        holder.do(lambda: lock(table))
        yield holder


def lock(table: str) -> None:
    """Lock a table until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")


def begun(job: Job, holder: Session) -> None:
    """Wait until a worker is in the midst of a job."""
    wait_for(job, JobState.RUNNING)

    def is_waited_for() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))",
                [holder.process_id],
            )
            return bool(cursor.fetchone()[0])

    wait_until(is_waited_for, seconds=30, what="a worker that waits")


def test_an_export_survives_the_death_of_its_worker(owner: User, tmp_path: Path) -> None:
    job = make_job(owner)
    with a_worker(tmp_path / "first") as worker, held("projects_project") as holder:
        wake()
        begun(job, holder)
        kill(worker)
    assert (fresh(job).state, job.parts.count()) == (JobState.RUNNING, 0)

    with a_worker(tmp_path / "second"):
        wake()
        done = wait_for(job, JobState.DONE, JobState.FAILED)
    assert (done.state, done.attempts, done.rows_ok) == (JobState.DONE, 2, 3)
    content = b"".join(job.parts.all().contents())
    assert len(lines_of(content)) == 3


def test_an_import_survives_the_death_of_its_worker(owner: User, tmp_path: Path) -> None:
    content = b"code,name\nA,One\nB,Two\n"
    preview = read_preview("rows.csv", content, "").as_json()
    run = ImportRun.objects.create(
        owner=owner, file_name="rows.csv", content=content, preview=preview, mapping=MAPPING
    )
    job = queued(run, dry_run=False)
    with a_worker(tmp_path / "first") as worker, held("projects_project") as holder:
        wake()
        begun(job, holder)
        kill(worker)
    assert fresh(job).state == JobState.RUNNING
    assert Project.objects.count() == 3

    with a_worker(tmp_path / "second"):
        wake()
        done = wait_for(job, JobState.DONE, JobState.FAILED)
    assert (done.state, done.attempts, done.rows_ok) == (JobState.DONE, 2, 2)
    assert Project.objects.count() == 5


def test_a_running_job_stops_where_it_is_cancelled(owner: User, tmp_path: Path) -> None:
    job = make_job(owner)
    with a_worker(tmp_path / "log"), held("projects_project") as holder:
        wake()
        begun(job, holder)
        assert fresh(job).cancel(now=timezone.now())
        holder.commit()
        over = wait_for(job, JobState.CANCELLED, JobState.DONE)
    assert (over.state, over.message) == (JobState.CANCELLED, UNWANTED)
    assert job.parts.count() == 0


def test_the_job_of_who_is_switched_off_stops(owner: User, tmp_path: Path) -> None:
    job = make_job(owner)
    with a_worker(tmp_path / "log"), held("projects_project") as holder:
        wake()
        begun(job, holder)
        User.objects.filter(pk=owner.pk).update(is_active=False)
        holder.commit()
        over = wait_for(job, JobState.CANCELLED, JobState.DONE)
    assert (over.state, over.message) == (JobState.CANCELLED, SWITCHED_OFF)
    waiting = make_job(owner)
    with a_worker(tmp_path / "log"):
        wake()
        assert wait_for(waiting, JobState.CANCELLED).message == SWITCHED_OFF


def test_two_workers_do_each_job_once(owner: User, tmp_path: Path) -> None:
    jobs = [make_job(owner) for _ in range(8)]
    with a_worker(tmp_path / "first", 2), a_worker(tmp_path / "second", 2):
        wake(10)
        ended = [wait_for(job, JobState.DONE, JobState.FAILED) for job in jobs]
    assert {(job.state, job.attempts, job.rows_ok) for job in ended} == {(JobState.DONE, 1, 3)}


def test_an_import_that_waits_holds_no_export_up(owner: User, tmp_path: Path) -> None:
    content = b"code,name\nA,One\n"
    preview = read_preview("rows.csv", content, "").as_json()
    run = ImportRun.objects.create(
        owner=owner, file_name="rows.csv", content=content, preview=preview, mapping=MAPPING
    )
    first, export = queued(run, dry_run=False), make_job(owner, asked=asked_people())
    with a_worker(tmp_path / "log", 2), held("projects_project") as holder:
        wake()
        begun(first, holder)
        wake()
        assert wait_for(export, JobState.DONE, JobState.FAILED).state == JobState.DONE
        assert fresh(first).state == JobState.RUNNING
        holder.commit()
        wait_for(first, JobState.DONE)
    assert Component.objects.filter(code="A").exists()


def asked_people() -> dict[str, object]:
    """Write what an export of people asks for: nothing of it is held."""
    return {"collection": "users", "query": "", "fields": [], "format": "csv"}
