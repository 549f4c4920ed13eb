"""`run.py demo` and `run.py manage`, in a checkout of their own, in a path with a space."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.processes import ROOT
from tests.conftest import wait_until
from tests.ops.processes import descendants, is_alive

pytestmark = pytest.mark.slow

GROUPS = "from django.contrib.auth.models import Group; groups = Group.objects; "
CREATE_GROUP = f"{GROUPS} groups.create(name='survivor')"
COUNT_GROUPS = f"{GROUPS} print(groups.filter(name='survivor').count())"
NOT_COPIED = [".git", ".ppm", ".venv", "node_modules", "staticfiles", ".*_cache", "__pycache__"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Copy the repository's files, as a fresh clone has them, and set it up."""
    folder = tmp_path_factory.mktemp("a path with a space") / "ppm"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    yield folder
    services = (folder / ".ppm/services").resolve()  # elsewhere, where only root may enter
    shutil.rmtree(services)
    shutil.rmtree(folder)


def test_a_fresh_clone_shows_its_home_page(checkout: Path) -> None:
    with _demo(checkout, "--check") as (demo, _):
        words, _ = demo.communicate(timeout=120)

    assert demo.returncode == 0, words
    assert "Starting PostgreSQL, Valkey, worker and web server …" in words
    assert "The home page shows" in words


def test_a_killed_demo_leaves_no_process_and_keeps_its_data(checkout: Path) -> None:
    with _demo(checkout) as (demo, _):
        _wait_until_ready(demo)
        processes = descendants(demo.pid)
        assert len(processes) > 8, "PostgreSQL, Valkey, worker, beat, web and their children"
        assert _manage(checkout, "shell", "--no-imports", "-c", CREATE_GROUP).returncode == 0

        demo.kill()

        wait_until(lambda: not any(map(is_alive, processes)), seconds=30, what=processes)
    assert _manage(checkout, "shell", "--no-imports", "-c", COUNT_GROUPS).stdout.strip() == "1"


def test_a_taken_port_is_a_clear_error(checkout: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with _demo(checkout, port=port) as (demo, _):
            words, _ = demo.communicate(timeout=30)

    assert demo.returncode == 1
    assert f"port {port} is not free" in words


@pytest.fixture(scope="module")
def running(checkout: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Let a demo run to the end of the module, for the tests below; those above start their own.

    The last of them ends it.
    """
    with _demo(checkout) as (demo, port):
        _wait_until_ready(demo)
        yield demo, port


def test_a_second_demo_of_one_checkout_is_refused(
    checkout: Path, running: tuple[subprocess.Popen[str], int]
) -> None:
    _, port = running
    for wanted in (port, None):
        with _demo(checkout, port=wanted) as (second, _):
            words, _ = second.communicate(timeout=30)

        assert second.returncode == 1
        assert f"the demo already runs at http://localhost:{port}/" in words


@pytest.mark.usefixtures("running")
def test_manage_takes_paths_from_where_it_is_called(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text("code,name\n")
    (tmp_path / "map.toml").write_text(
        '[levels.unit]\nkind = "portfolio"\ncode = "{code}"\nname = "{name}"\n'
    )
    arguments = ["import_components", "bare.csv", "--mapping", "map.toml"]

    result = _manage(checkout, *arguments, folder=tmp_path)

    assert result.returncode == 1
    assert "bare.csv: the file has no rows" in result.stderr


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("code", [0, 7])
def test_manage_ends_with_the_commands_exit_code(checkout: Path, code: int) -> None:
    result = _manage(checkout, "shell", "--no-imports", "-c", f"import sys; sys.exit({code})")

    assert result.returncode == code


def test_ctrl_c_ends_everything(running: tuple[subprocess.Popen[str], int]) -> None:
    demo, _ = running
    processes = descendants(demo.pid)
    assert len(processes) > 8, "PostgreSQL, Valkey, worker, beat, web and their children"

    demo.send_signal(signal.SIGINT)
    demo.wait(30)

    assert not any(map(is_alive, processes))


@contextmanager
def _demo(
    checkout: Path, *options: str, port: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = port or _free_port()
    demo = subprocess.Popen(  # noqa: S603
        [sys.executable, "run.py", "demo", "--port", str(port), *options],
        cwd=checkout,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield demo, port
    finally:
        demo.terminate()
        demo.communicate(timeout=30)


def _wait_until_ready(demo: subprocess.Popen[str]) -> None:
    assert demo.stdout is not None
    words = ""
    while "Ctrl-C" not in words:
        line = demo.stdout.readline()
        assert line, words
        words += line
    assert re.search(r"PPM runs at http://localhost:\d+/", words)


def _manage(
    checkout: Path, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, checkout / "run.py", "manage", *arguments],
        cwd=folder or checkout,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _environment() -> dict[str, str]:
    """Return the environment of somebody who runs no test."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
