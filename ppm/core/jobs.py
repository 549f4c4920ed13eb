"""Doing jobs: what has waited longest, once, and whatever dies.

What a job writes and how it ended are committed together: if a worker dies, neither is there, and
beat sends the next one. Progress is written on a connection of its own, else nobody would see it
before the end; the answer tells whether the job is still wanted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction

from ppm.core.auditing.acting import acting
from ppm.core.locks import lock_jobs_of
from ppm.core.models import AnyUser, Job, JobKind, JobPart, JobState
from ppm.core.nudge import nudge

logger = logging.getLogger(__name__)

TASK = "portfolios.tasks.do_next_job"
ATTEMPTS = 3
MOST_WAITING = 20
"""How many jobs of one person may wait."""

TOO_MANY = f"{MOST_WAITING} jobs of yours wait already. Try again when some are done."
GIVEN_UP = f"Nothing was written: {ATTEMPTS} attempts ended before they were done."
BROKEN = "Nothing was written: something went wrong on our side. It is in the log as job %d."
BEFORE = "cancelled before it began"
TOO_LONG = "Nothing was written: it took longer than a job may. Ask for less at once."
UNWANTED = "Cancelled while it ran. Nothing was written."
SWITCHED_OFF = "Stopped: the account that asked for it is switched off. Nothing was written."

_JOBS, _TREE = 2, 0
"""A lock of two numbers, as that of answers to facts is; ids of jobs are above zero."""
WRITING_MUCH = (JobKind.IMPORT, JobKind.REVERSAL)
"""Kinds that write into the tree, and so wait for each other."""

_NOTE = """
    UPDATE core_job SET message = %s, done = %s, total = %s WHERE id = %s
    RETURNING is_unwanted, (SELECT is_active FROM core_user WHERE id = owner_id)
"""
_BEGIN = """
    UPDATE core_job SET state = 'running', started_at = now(), attempts = attempts + 1
    WHERE id = %s AND state IN ('queued', 'running')
"""
_OVER = "SELECT FROM core_job WHERE id = %s AND state NOT IN ('queued', 'running')"

Clock = Callable[[], datetime]
Say = Callable[[str, int, int], None]
"""Is told what is being done now, and how many of how many things were done before it."""


class JobRefusedError(Exception):
    """What was asked cannot be done; the sentence says why."""


class UnwantedError(Exception):
    """Nobody wants the job any more; the sentence says why."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a sentence, a report, and what became of its rows."""

    message: str
    state: JobState = JobState.DONE
    report: Mapping[str, Any] | None = None
    rows_ok: int = 0
    rows_skipped: int = 0
    rows_failed: int = 0


Work = Callable[[Job, Say, Clock], Outcome]


def ask_for(kind: JobKind, title: str, asked: Mapping[str, Any], *, by: AnyUser) -> Job:
    """Queue a job; a worker is told after the commit."""
    owner_id: Any = by.pk
    lock_jobs_of(owner_id)
    if Job.objects.waiting().filter(owner_id=owner_id).count() >= MOST_WAITING:
        raise JobRefusedError(TOO_MANY)
    job = Job.objects.create(kind=kind, title=title, asked=dict(asked), owner_id=owner_id)
    transaction.on_commit(wake_worker)
    return job


def wake_worker() -> None:
    """Tell a worker that a job waits."""
    nudge(TASK, queue="jobs")


def do_next(work: Mapping[str, Work], *, clock: Clock) -> bool:
    """Do what has waited longest, unless another worker does; tell whether something was done."""
    JobPart.objects.forget(now=clock())
    Job.objects.forgettable(now=clock()).delete()
    for job in Job.objects.waiting():
        with transaction.atomic():
            if _is_ours(job):
                _attempt(job, work[job.kind], clock)
                return True
    return False


def _is_ours(job: Job) -> bool:
    """Take the lock of a job until the transaction ends; tell whether it is still to be done."""
    key = _TREE if job.kind in WRITING_MUCH else job.pk
    with connection.cursor() as cursor:
        # A job has limits of its own: those of the task.
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_JOBS, key])
        is_free = bool(cursor.fetchone()[0])
    return is_free and Job.objects.waiting().filter(pk=job.pk).exists()


def _attempt(job: Job, work: Work, clock: Clock) -> None:
    if job.attempts >= ATTEMPTS:
        job.end(JobState.FAILED, GIVEN_UP, now=clock())
        return
    try:
        with acting(user_id=job.owner_id, request_id=job.request_id):
            _work(job, work, clock)
    except UnwantedError as error:
        job.end(JobState.CANCELLED, str(error), now=clock())
    except JobRefusedError as error:
        job.end(JobState.FAILED, str(error), now=clock())
    except OperationalError:  # the database was away, or stopped it: the next attempt may do
        raise
    except SoftTimeLimitExceeded:
        job.end(JobState.FAILED, TOO_LONG, now=clock())
    except Exception:
        logger.exception("job %d failed", job.pk)
        job.end(JobState.FAILED, BROKEN % job.pk, now=clock())


def _work(job: Job, work: Work, clock: Clock) -> None:
    """Do it, and write down how it ended, or neither."""
    with _notes(job) as say, transaction.atomic():
        say("beginning", 0, 0)
        outcome = work(job, say, clock)
        job.end(now=clock(), **_columns(outcome))


def _columns(outcome: Outcome) -> dict[str, Any]:
    return {**asdict(outcome), "report": outcome.report}


@contextmanager
def _notes(job: Job) -> Iterator[Say]:
    """Count an attempt, and yield what notes progress: beside the transaction of the job."""
    second = connections.create_connection(DEFAULT_DB_ALIAS)

    def say(line: str, done: int, total: int) -> None:
        with second.cursor() as cursor:
            cursor.execute(_NOTE, [line, done, total, job.pk])
            is_unwanted, is_active = cursor.fetchone() or (False, True)
        if is_unwanted or not is_active:
            raise UnwantedError(UNWANTED if is_active else SWITCHED_OFF)

    try:
        with second.cursor() as cursor:
            cursor.execute(_BEGIN, [job.pk])
            cursor.execute(_OVER, [job.pk])
            if cursor.rowcount:
                raise UnwantedError(BEFORE)
        yield say
    finally:
        second.close()
