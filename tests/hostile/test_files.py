"""Every hostile file gets a clear sentence and nothing else: no row, no memory, no call."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.test import Client

from portfolios.import_forms import LARGEST
from portfolios.models import ImportRun
from ppm.core.models import Component, Estimate, StatusReport
from projects.models import Baseline, Progress, Task
from tests.factories import make_portfolio, make_user
from tests.hostile.files import FILES, LISTENER, MAPPING, Hostile, table
from tests.hostile.watching import watched
from tests.importing.running import run_import, write_mapping
from tests.importing.uploads import worked
from tests.pages.conftest import signed_in
from tests.pages.reading import Page

pytestmark = pytest.mark.django_db

MOST_MEGABYTES = 150
MOST_SECONDS = 20
WRITTEN = (Component, Task, Progress, Estimate, StatusReport, Baseline)
PLACE = re.compile(r"^row \d+(, column \w+)?: ")
TOO_LARGE = "This file is too large for a mapping."
_BROKER = urlsplit(os.environ["REDIS_URL"])
BROKER = (_BROKER.hostname, _BROKER.port)
CALLED: list[object] = []
WARM: list[bool] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and arguments[1] != BROKER:
        CALLED.append(arguments[1])


sys.addaudithook(_note)


@pytest.fixture
def calls() -> Iterator[Callable[[], list[object]]]:
    """Return what tells who was called: from this process, and at the address in the files."""
    CALLED.clear()
    LISTENER.setblocking(False)

    def calls() -> list[object]:
        try:
            return [*CALLED, LISTENER.accept()]
        except BlockingIOError:
            return CALLED

    yield calls
    CALLED.clear()


def by_command(file: Path, mapping: str) -> str:
    """Import by the command; return what it says."""
    written = write_mapping(file.with_suffix(".toml"), mapping)
    try:
        outcome = run_import(file, written)
    except CommandError as error:
        return str(error)
    assert outcome.code == 1
    return outcome.output


def by_page(client: Client, file: Path, mapping: str) -> str:
    """Upload on the page, have a worker check and import it; return what the page says."""
    sent = SimpleUploadedFile(file.name, file.read_bytes())
    map_sent = SimpleUploadedFile("mapping.toml", mapping.encode())
    response = client.post("/imports/new/", {"file": sent, "mapping": map_sent})
    if response.status_code == 302:
        run = ImportRun.objects.get()
        client.post(f"/imports/{run.pk}/start/", {"mapping": mapping})
        if worked(run).can_be_imported:
            client.post(f"/imports/{run.pk}/start/")
            worked(run)
        response = client.get(f"/imports/{run.pk}/")
    assert response.status_code == 200
    return Page(response.content).text


def warm_up(client: Client, folder: Path) -> None:
    """Have everything loaded, once, that any file needs: it is not what a hostile one costs."""
    if not WARM:
        WARM.append(True)
        file = folder / "usual.csv"
        file.write_bytes(table(("B-1", "Name", "no day", "100", "")))
        by_command(file, MAPPING)
        by_page(client, file, MAPPING)
        ImportRun.objects.all().delete()


def number_of_rows() -> int:
    return sum(model._default_manager.count() for model in WRITTEN)


@pytest.mark.parametrize("hostile", FILES, ids=lambda hostile: hostile.name)
def test_a_hostile_file_costs_a_sentence(
    hostile: Hostile,
    tmp_path: Path,
    calls: Callable[[], list[object]],
    record_property: Callable[[str, object], None],
) -> None:
    make_portfolio(code="PAY")
    administrator = signed_in(make_user(superuser=True))
    warm_up(administrator, tmp_path)
    file = tmp_path / f"file{hostile.ending}"
    file.write_bytes(hostile.content())
    before = number_of_rows()

    with watched() as command:
        told = by_command(file, hostile.mapping)
    assert hostile.sentence in told
    costs = [command]
    if file.stat().st_size <= LARGEST:
        with watched() as page:
            told = by_page(administrator, file, hostile.mapping)
        assert any(
            reason.lower() in told.lower()
            for reason in (PLACE.sub("", hostile.sentence), TOO_LARGE)
        )
        costs.append(page)

    written, called = number_of_rows() - before, calls()
    peak, slowest = max(cost.peak for cost in costs), max(cost.seconds for cost in costs)
    record_property("hostile file", (written, len(called), peak, slowest))
    assert (written, called) == (0, [])
    assert peak < MOST_MEGABYTES
    assert slowest < MOST_SECONDS
