"""A whole stack for one proof: PostgreSQL and Valkey at once, web, workers and beat when asked.

Each of them is a service that the proof may kill and start again.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from django.db import connection

from ops.processes import ROOT, Command, OpsError, Service, Supervisor, run
from ops.services import (
    DATABASE,
    new_password,
    passing_home,
    runtime_folder,
    start_postgres,
    start_valkey,
)


@dataclass
class Stack:
    """Services by name; `environment` is what a process needs to use them."""

    supervisor: Supervisor
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def postgres(self) -> Service:
        """The database server."""
        return self.supervisor.services[0]

    @property
    def valkey(self) -> Service:
        """The broker."""
        return self.supervisor.services[1]

    def start_worker(self, *, queues: str = "rollup,jobs", concurrency: int = 2) -> Service:
        """Start a Celery worker; the demo has one for each of the queues."""
        name = f"worker-{len(self.supervisor.services)}@%h"
        command = ["worker", "--queues", queues, "--concurrency", str(concurrency)]
        quietly = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
        return self._start("worker", [*_CELERY, *command, "--hostname", name, *quietly])

    def start_beat(self) -> Service:
        """Start Celery's beat, with a schedule file of its own."""
        schedule = self.folder / f"beat-{len(self.supervisor.services)}"
        return self._start("beat", [*_CELERY, "beat", "--schedule", schedule])

    def start_web(self, *, processes: int = 2, threads: int = 4) -> tuple[Service, str]:
        """Start the web server on a free port; return it and its address when it answers."""
        if not Path(self.environment["PPM_STATIC_ROOT"]).exists():
            _must_manage("collectstatic", "--no-input")
        port = free_port()
        command: Command = [sys.executable, "-m", "gunicorn", "ppm.wsgi", "--no-control-socket"]
        shape = ["--workers", str(processes), "--threads", str(threads), "--preload"]
        service = self._start("web", [*command, "--bind", f"127.0.0.1:{port}", *shape])
        address = f"http://127.0.0.1:{port}"
        self.supervisor.wait_until(lambda: is_up(address), seconds=60, what="the web server")
        return service, address

    def stop(self, *services: Service) -> None:
        """Let services finish their work and end, for good."""
        for service in services:
            service.ask_to_end()
        for service in services:
            service.wait_for_end()
            self.supervisor.services.remove(service)

    @contextmanager
    def own_database(self, name: str) -> Iterator[None]:
        """Use a database as fresh as the first, in this process and in those started meanwhile."""
        first = self.environment["DATABASE_URL"]
        _administer(f"CREATE DATABASE {name} TEMPLATE {DATABASE}")
        self.environment["DATABASE_URL"] = f"{first.rpartition('/')[0]}/{name}"
        _use_database(name)
        try:
            yield
        finally:
            self.environment["DATABASE_URL"] = first
            _administer(f"DROP DATABASE {name} WITH (FORCE)")
            _use_database(DATABASE)

    def _start(self, name: str, command: Command) -> Service:
        number = len(self.supervisor.services)
        # The database then tells by `application_name` whose connection it is.
        environment = {**self.environment, "PGAPPNAME": name}
        service = Service(name, command, self.folder / f"{name}-{number}.log", environment)
        self.supervisor.start(service)
        return service


_CELERY: Command = [sys.executable, "-m", "celery", "--quiet", "--app", "ppm"]


@contextmanager
def running_stack(*, is_durable: bool) -> Iterator[Stack]:
    """Start PostgreSQL and Valkey, migrate, and put the way to them into this process too."""
    with runtime_folder() as runtime, Supervisor() as supervisor:
        home = passing_home(runtime)
        database = start_postgres(supervisor, home, password=new_password(), is_durable=is_durable)
        broker = start_valkey(supervisor, home, password=new_password())
        environment = {
            "DJANGO_SETTINGS_MODULE": "ppm.settings",
            "DATABASE_URL": database,
            "REDIS_URL": broker,
            "DEBUG": "off",
            "PPM_STATIC_ROOT": str(runtime / "static"),
        }
        os.environ.update(environment)
        _must_manage("migrate")
        yield Stack(supervisor, home.folder / "log", environment)


def _use_database(name: str) -> None:
    """Let this process use another database of the server."""
    connection.close()
    connection.settings_dict["NAME"] = name


def _administer(command: str) -> None:
    """Run a statement about databases that nobody uses meanwhile."""
    _use_database("postgres")
    with connection.cursor() as cursor:
        cursor.execute(command)


def _must_manage(command: str, *options: str) -> None:
    quietly = ["--verbosity=0", "--skip-checks"]
    if run([sys.executable, ROOT / "manage.py", command, *options, *quietly]):
        raise OpsError(f"manage {command} failed")


def children(service: Service) -> list[int]:
    """List the processes that a service has started, by id."""
    assert service.process is not None
    tasks = Path(f"/proc/{service.process.pid}/task").glob("*/children")
    return sorted(int(child) for task in tasks for child in task.read_text().split())


def kill(service: Service) -> None:
    """Kill a service and all its children, without a word of warning, and wait for its end."""
    assert service.process is not None
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait()


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_up(address: str) -> bool:
    """Tell whether the web server answers."""
    try:
        with urlopen(f"{address}/livez", timeout=1) as answer:  # noqa: S310 (our own address)
            return int(answer.status) == 200
    except OSError:
        return False
