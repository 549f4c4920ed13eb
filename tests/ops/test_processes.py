"""What `run.py` starts runs while it should, and no longer."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ops.processes import ROOT, OpsError, Service, Supervisor, watch
from tests.conftest import wait_until
from tests.ops.processes import descendants, is_alive

START_SERVICES = """
import time
from ops.processes import Supervisor
from ops.services import *
with runtime_folder() as runtime, Supervisor() as supervisor:
    home = passing_home(runtime)
    start_postgres(supervisor, home, password=new_password(), is_durable=False)
    start_valkey(supervisor, home, password=new_password())
    print(runtime, flush=True)
    time.sleep(600)
"""


def test_services_end_when_their_starter_is_killed() -> None:
    with _started_services() as starter:
        assert starter.stdout is not None
        runtime = Path(starter.stdout.readline().strip())
        processes = descendants(starter.pid)
        assert len(processes) >= 2

        starter.kill()

        wait_until(lambda: not any(map(is_alive, processes)), seconds=20, what=processes)
    assert runtime.exists()
    with _started_services() as successor:
        assert successor.stdout is not None
        successor.stdout.readline()
        assert not runtime.exists(), "the next start clears away what a killed one left"
        successor.kill()


def test_services_end_in_order_on_ctrl_c() -> None:
    with _started_services() as starter:
        assert starter.stdout is not None
        runtime = Path(starter.stdout.readline().strip())
        processes = descendants(starter.pid)

        starter.send_signal(signal.SIGINT)
        starter.wait(20)

    assert not any(map(is_alive, processes))
    assert not runtime.exists()


def test_a_service_that_ends_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    sentence = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    service = Service("sleeper", [sys.executable, "-c", sentence], log)
    with Supervisor() as supervisor:
        supervisor.start(service)
        wait_until(lambda: log.exists() and log.read_text() != "", seconds=10, what=log)
        first = service.process
        assert first is not None
        first.kill()
        first.wait()

        supervisor.restart_ended()

        assert service.process is not first
        wait_until(lambda: len(log.read_text().split()) == 2, seconds=10, what=log)
    assert service.has_ended()


def test_a_service_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    sentence = "raise SystemExit('no such luck')"
    service = Service("unlucky", [sys.executable, "-c", sentence], tmp_path / "log")
    with Supervisor() as supervisor:
        supervisor.start(service)
        with pytest.raises(OpsError, match="unlucky keeps ending:\nno such luck"):
            watch(supervisor)


def _started_services() -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", START_SERVICES],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
