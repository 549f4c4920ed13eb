"""A worker outlives every hostile file, and goes on."""

from pathlib import Path

import pytest

from portfolios.models import ImportRun, ImportState
from ppm.celery import app
from ppm.core.models import Component
from tests.factories import make_portfolio, make_user
from tests.hostile.files import FILES, HEADINGS, MAPPING, SOUND
from tests.importing.test_jobs import fresh, job_of, sent_to_worker
from tests.importing.uploads import queued

CHOSEN = ("flat bomb", "one text in 99990 cells", "cells in both corners", "two million tables")


def processes() -> set[int]:
    """Ask the worker for the numbers of its processes."""
    told = app.control.inspect(timeout=5).stats() or {}
    return {number for worker in told.values() for number in worker["pool"]["processes"]}


@pytest.mark.django_db(transaction=True)
def test_a_worker_outlives_hostile_files_and_goes_on(worker: Path) -> None:
    make_portfolio(code="PAY")
    owner = make_user(superuser=True)
    before = processes()
    hostile = [file for file in FILES if file.name in CHOSEN]
    assert len(hostile) == len(CHOSEN)
    for file in hostile:
        run = ImportRun.objects.create(
            owner=owner,
            file_name=f"file{file.ending}",
            content=file.content(),
            mapping=MAPPING,
        )
        queued(run, dry_run=False)
        sent_to_worker(run)
        ended = fresh(run)
        assert (ended.state, job_of(ended).attempts) == (ImportState.FAILED, 1)
        assert file.sentence in fresh(run).message
    assert not Component.objects.exclude(code="PAY").exists()
    assert before
    assert processes() == before

    sound = "\n".join(",".join(row) for row in (HEADINGS, SOUND)).encode()
    run = ImportRun.objects.create(
        owner=owner,
        file_name="sound.csv",
        content=sound,
        mapping=MAPPING,
    )
    queued(run, dry_run=False)
    sent_to_worker(run)
    assert fresh(run).state == ImportState.DONE
