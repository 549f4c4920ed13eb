"""What tests share: a database that can be emptied, a Celery worker, a browser, real data.

`python3 run.py test` starts the services and sets the environment that this file reads.
"""

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.db import connection, connections
from django.http import HttpRequest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from ops.processes import ROOT, dying_with_parent
from ppm.celery import app
from ppm.core.models import User
from tests.emptying import teach_emptying
from tests.exploring import choose_profile
from tests.keeping import prepare

choose_profile()

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure() -> None:
    """Give each xdist process its own broker database, and log in without slow hashing."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1
    address = os.environ["REDIS_URL"].rsplit("/", 1)[0]
    app.conf["broker_url"] = f"{address}/{number}"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def note_password(sender: object, request: HttpRequest, user: User, **_: object) -> None:
    """Take a client that a test signs in for one whose user has just given a password."""
    if not hasattr(request, "allauth"):
        record_authentication(request, user, method="password")


user_logged_in.connect(note_password)

LONGEST_FIRST = ["ops", "e2e", "demo", "rollup"]
"""Folders of tests that take long."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first, so that no process is left with it when the other is done."""
    places = {folder: place for place, folder in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.parent.name, len(places)))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Undo what tests share before one that commits."""
    prepare(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line what the matrix of access and hostile files did, in whichever process."""
    told: dict[str, list[Any]] = defaultdict(list)
    for report in chain(*terminalreporter.stats.values()):
        # What follows the test repeats what the test has told.
        if getattr(report, "when", "") == "call":
            for name, value in report.user_properties:
                told[name].append(value)
    if "matrix requests" in told:
        requests, leaks = sum(told["matrix requests"]), sum(told["matrix leaks"])
        missing = {*chain(*told["matrix missing"])}
        line = f"{requests:,} requests, {leaks:,} leaks, {len(missing):,} endpoints missing"
        terminalreporter.write_line(line)
    if files := told["hostile file"]:
        written, calls, peaks, seconds = zip(*files, strict=True)
        terminalreporter.write_line(
            f"{len(files)} files, {sum(written)} rows written, {sum(calls)} calls, "
            f"peak +{max(peaks):.0f} MiB, slowest {max(seconds):.1f} s"
        )


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data, which lies outside of the repository."""
    folder = ROOT / os.environ["PPM_DATA"]
    if not folder.is_dir():
        pytest.skip(f"PPM_DATA: there is no {folder}")
    return folder


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Teach Django's flush about our tables: after a test that commits they are emptied."""
    with django_db_blocker.unblock():
        teach_emptying()


@pytest.fixture(scope="session")
def worker(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Run a real Celery worker on the test database until the session ends; return its log.

    It sees committed rows only: use it together with `transactional_db` or `live_server`.
    """
    with django_db_blocker.unblock():
        database = connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "DATABASE_URL": f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{database}",
        "REDIS_URL": app.conf.broker_url,
        # A test that listens is as well reached by this worker as by itself.
        "PPM_WEBHOOK_HTTP": "on",
        "PPM_WEBHOOK_NETWORKS": "127.0.0.1/32",
    }
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "ppm", "worker"]
    command += ["--concurrency", "2", "--queues", "rollup,jobs"]
    command += ["--without-gossip", "--without-mingle"]
    log = tmp_path_factory.mktemp("worker") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--loglevel", "INFO"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=dying_with_parent(),
        )
    try:
        # On a machine that others use too, importing alone has taken half a minute.
        wait_until(lambda: bool(app.control.ping(timeout=0.2)), seconds=120, what=log)
        yield log
    finally:
        process.terminate()
        process.wait(60)


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: object) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def browser(django_db_setup: None) -> Iterator[Browser]:
    """Run a headless Chromium until the session ends."""
    database = connections["default"]
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as environment:
        # Playwright's loop runs in this thread. Django would refuse to use the database next to
        # it, and give the loop's thread a second connection.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        connections["default"] = database
        chromium = playwright.chromium.launch(
            executable_path=os.environ["PPM_CHROMIUM"], args=CHROMIUM_OPTIONS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """Open a new page on the live server; whatever its console complains about is a failure."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert complaints == []
