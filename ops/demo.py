"""The product on this machine: private services, migrations, data, worker, beat and web."""

import fcntl
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ops.environment import PYTHON, STATE, digest, set_up
from ops.processes import (
    ROOT,
    Command,
    OpsError,
    Service,
    Supervisor,
    dying_with_parent,
    run,
    watch,
)
from ops.services import lasting_home, new_password, runtime_folder, start_postgres, start_valkey
from ops.visit import Login, front_door, is_answering, visit

MANAGE: Command = [PYTHON, ROOT / "manage.py"]
# These look at migrations or at none of the data: migrations need not be applied before them.
BEFORE_MIGRATING = {"check", "help", "makemigrations", "migrate", "showmigrations", "sqlmigrate"}
NOTICE = STATE / "demo.json"


def demo(*, port: int, is_check: bool) -> int:
    """Run the product until Ctrl-C, or with `is_check` until its home page was seen."""
    with _claimed() as is_ours:
        if not is_ours:
            raise OpsError(f"the demo already runs at {json.loads(NOTICE.read_text())['address']}")
        _refuse_taken(port)
        set_up(development=False)
        print("Starting PostgreSQL, Valkey, worker and web server …", flush=True)
        with runtime_folder() as runtime, Supervisor() as services:
            environment = _start_services(services, runtime)
            logins = _prepare(environment)
            with Supervisor() as product, _notice(front_door(port), environment):
                _start_product(product, environment, port)
                _announce(port, logins)
                if is_check:
                    print(visit(front_door(port), logins))
                else:
                    watch(services, product)
    return 0


def manage(arguments: Sequence[str]) -> int:
    """Run a management command against the demo's database and return its exit code.

    It runs where the caller stands, so that the files it is given may have relative paths.
    """
    command, folder = [*MANAGE, *arguments], Path.cwd()
    set_up(development=False)
    with _claimed() as is_ours:
        if not is_ours:
            environment = json.loads(NOTICE.read_text())["environment"]
            return run(command, environment=environment, folder=folder)
        with runtime_folder() as runtime, Supervisor() as services:
            environment = _start_services(services, runtime)
            if not BEFORE_MIGRATING.intersection(arguments[:1]):
                _must_manage(environment, "migrate", "--verbosity=0", "--skip-checks")
            return run(command, environment=environment, folder=folder)


@contextmanager
def _claimed() -> Iterator[bool]:
    """Hold the demo's data for the block; yield False when a running demo holds it.

    While another management command holds it, wait.
    """
    STATE.mkdir(exist_ok=True)
    with (STATE / "services.lock").open("a") as file:
        while not _is_locked(file.fileno()):
            if NOTICE.exists():
                yield False
                return
            time.sleep(0.1)
        NOTICE.unlink(missing_ok=True)
        yield True


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _notice(address: str, environment: dict[str, str]) -> Iterator[None]:
    """Tell management commands how to reach the services while the block lasts."""
    draft = NOTICE.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"address": address, "environment": environment}))
    draft.rename(NOTICE)
    try:
        yield
    finally:
        NOTICE.unlink(missing_ok=True)


def _start_services(supervisor: Supervisor, runtime: Path) -> dict[str, str]:
    """Start PostgreSQL and Valkey where the environment names none; return the settings."""
    home = lasting_home(runtime)
    return {
        "SECRET_KEY": os.environ.get("SECRET_KEY") or _kept_secret("secret-key"),
        "DATABASE_URL": os.environ.get("DATABASE_URL")
        or start_postgres(
            supervisor, home, password=_kept_secret("database-password"), is_durable=True
        ),
        "REDIS_URL": os.environ.get("REDIS_URL")
        or start_valkey(supervisor, home, password=new_password()),
        "PPM_HTTPS": "off",
        # For `manage webhook_receiver`, beside the demo.
        "PPM_WEBHOOK_HTTP": "on",
        "PPM_WEBHOOK_NETWORKS": os.environ.get("PPM_WEBHOOK_NETWORKS", "127.0.0.1/32"),
        "PPM_STATIC_ROOT": str(STATE / "static"),
        "PPM_MAIL_URL": os.environ.get("PPM_MAIL_URL") or (STATE / "mail").as_uri(),
    }


def _kept_secret(name: str) -> str:
    """Return the secret of that name, made at its first use and kept in `.ppm`."""
    path = STATE / name
    if not path.exists():
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        draft.rename(path)
    return path.read_text()


def _prepare(environment: dict[str, str]) -> list[Login]:
    """Migrate, collect static files and seed an empty database; return the demo's logins."""
    _collect_static(environment)
    _must_manage(environment, "migrate", "--verbosity=0", "--skip-checks")
    seeding = subprocess.run(  # noqa: S603
        [*MANAGE, "seed_demo", "--json", "--skip-checks"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=dying_with_parent(),
        check=False,
    )
    if seeding.returncode:
        raise OpsError("the demo could not be seeded; the reason stands above")
    return [Login(**login) for login in json.loads(seeding.stdout)]


def _collect_static(environment: dict[str, str]) -> None:
    """Collect and compress static files, unless none has changed: it takes seconds."""
    sources = [ROOT / "package-lock.json", ROOT / "requirements.txt"]
    sources += [path for path in sorted((ROOT / "static").rglob("*")) if path.is_file()]
    version = digest(sources, *(str(path) for path in sources))
    stamp = STATE / "static.version"
    if not (stamp.exists() and stamp.read_text() == version):
        _must_manage(environment, "collectstatic", "--no-input", "--clear", "--verbosity=0")
        stamp.write_text(version)


def _must_manage(environment: dict[str, str], *arguments: str) -> None:
    if code := run([*MANAGE, *arguments], environment=environment):
        raise OpsError(f"manage {' '.join(arguments)} ended with {code}; the reason stands above")


def _start_product(supervisor: Supervisor, environment: dict[str, str], port: int) -> None:
    """Start the workers, beat and the web server, and wait until the web server answers."""
    celery: Command = [PYTHON, "-m", "celery", "--quiet", "--app", "ppm"]
    beat: Command = ["beat", "--schedule", STATE / "beat-schedule"]
    web = ["-m", "gunicorn", "ppm.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    commands: dict[str, Command] = {
        "worker": [*celery, *_worker("rollup", concurrency=2)],
        "jobs": [*celery, *_worker("jobs", concurrency=1)],
        "beat": [*celery, *beat, "--loglevel", "INFO"],
        "web": [PYTHON, *web, "--threads", "4", "--preload", "--no-control-socket"],
    }
    logs = STATE / "log"
    logs.mkdir(exist_ok=True)
    for name, command in commands.items():
        supervisor.start(Service(name, command, logs / f"{name}.log", environment))
    supervisor.wait_until(lambda: is_answering(port), seconds=60, what="the web server")


def _worker(queue: str, *, concurrency: int) -> Command:
    """Say how a worker of one queue starts: what takes long has another than the roll-up."""
    place = ["--queues", queue, "--concurrency", str(concurrency), "--hostname", f"{queue}@%h"]
    return ["worker", *place, "--without-gossip", "--without-mingle", "--loglevel", "INFO"]


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OpsError(f"port {port} is not free ({error.strerror}); use --port") from error


def _announce(port: int, logins: list[Login]) -> None:
    print(f"\nPPM runs at {front_door(port)} — Ctrl-C ends it, its data stays.\n")
    print("  Log in as")
    for login in logins:
        print(f"  {login.username:<24} {login.password:<24} {login.role}")
    sys.stdout.flush()
