"""What an export of every project costs: seconds, bytes, and memory beside that of an idle worker.

Each form is written by a worker of its own, after a small export that loads what all need.
"""

from time import monotonic, sleep

from portfolios.rollup import drain
from ppm.core.exporting import FileFormat
from ppm.core.jobs import wake_worker
from ppm.core.models import Component, Job, Role, User
from tests.bench._memory import peak_mb
from tests.bench._organisation import NOW, organisation
from tests.factories import give_role, make_job, make_user
from tests.proofs.result import Result
from tests.proofs.stack import Stack

PROJECTS = 100_000
MOST_MB = 150
PATIENCE = 900
"""Seconds that an export may take."""


def prove(stack: Stack) -> Result:
    """Export all projects in each form, for somebody with a role, not for an administrator."""
    result = Result()
    with organisation(stack, PROJECTS):
        drain(now=NOW)
        owner = make_user()
        for root in Component.objects.roots():
            give_role(owner, root, Role.VIEWER)
        for form in FileFormat:
            _measure(stack, result, owner, form)
    return result


def _measure(stack: Stack, result: Result, owner: User, form: str) -> None:
    worker = stack.start_worker(queues="jobs", concurrency=1)
    _exported(owner, form, "search=PROJECT-77777")
    before = peak_mb(worker)
    job = _exported(owner, form, "")
    peak = peak_mb(worker)
    stack.stop(worker)
    if job.state != "done" or not (job.report and job.started_at and job.finished_at):
        result.fail(f"{form}: {job.message}")
        return
    result.note(f"{form}_rows", job.rows_ok)
    result.note(f"{form}_seconds", (job.finished_at - job.started_at).total_seconds())
    result.note(f"{form}_megabytes", job.report["bytes"] / 1e6)
    result.note(f"{form}_memory_mb", peak - before, most=MOST_MB)


def _exported(owner: User, form: str, query: str) -> Job:
    asked = {"collection": "projects", "query": query, "fields": [], "format": form}
    job, start = make_job(owner, asked=asked), monotonic()
    wake_worker()
    while job.is_under_way and monotonic() < start + PATIENCE:
        sleep(0.1)
        job.refresh_from_db()
    return job
