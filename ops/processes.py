"""Processes that end with the one that started them, whatever ends it. Linux only."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent

Command = Sequence[str | Path]

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class OpsError(Exception):
    """What went wrong, in a sentence for the person at the terminal."""


def end_on_signals() -> None:
    """Turn SIGTERM and a closed terminal into an exit that runs every `finally`.

    So does Ctrl-C, also where a shell started this in the background and had it ignored.
    """

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def dying_with_parent(signal_number: int = signal.SIGTERM) -> Callable[[], None]:
    """Return a `preexec_fn`: the kernel sends the signal when the parent ends, even by SIGKILL."""
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:  # it ended between fork and prctl
            os._exit(1)

    return prepare


def run(
    command: Command,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = ROOT,
    is_quiet: bool = False,
) -> int:
    """Run a command in the folder to its end and return its exit code."""
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL if is_quiet else None,
        preexec_fn=dying_with_parent(),
    )
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise


@dataclass
class Service:
    """A process that runs until it is stopped, and what starts it."""

    name: str
    command: Command
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: int | None = None
    stop_signal: int = signal.SIGTERM
    quick_ends: int = 0
    started_at: float = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches only `run.py`."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                cwd=ROOT if self.user is None else "/",
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                preexec_fn=dying_with_parent(self.stop_signal),
            )
        self.started_at = time.monotonic()

    def ask_to_end(self) -> None:
        """Send the signal that makes the process finish its work and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_for_end(self, *, patience: float = 15) -> None:
        """Wait for the process to end; after `patience` seconds kill it and its children."""
        if self.process is None:
            return
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def has_ended(self) -> bool:
        """Say whether the process ended without being asked."""
        return self.process is not None and self.process.poll() is not None

    def last_words(self) -> str:
        """Return the end of the log, for an error message."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


class Supervisor:
    """Keeps services running while the `with` block lasts, then stops them all at once."""

    def __init__(self) -> None:
        self.services: list[Service] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C must not leave the rest running.
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for service in self.services:
            service.ask_to_end()
        for service in self.services:
            service.wait_for_end()
        signal.signal(signal.SIGINT, previous)

    def start(self, service: Service) -> None:
        """Start a service and answer for its end."""
        self.services.append(service)
        service.start()

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Wait for a service to be ready.

        Raises `OpsError` with the log's last lines when one ends or the time is over.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            for service in self.services:
                if service.has_ended():
                    raise OpsError(f"{service.name} ended:\n{service.last_words()}")
            if time.monotonic() > deadline:
                raise OpsError(f"{what} was not ready within {seconds:g} s; logs: {self.logs()}")
            time.sleep(0.05)

    def logs(self) -> str:
        """Name the log files."""
        return ", ".join(str(service.log) for service in self.services)

    def restart_ended(self) -> None:
        """Start again what has ended.

        Raises `OpsError` when a service ends within 10 s of its start three times in a row.
        """
        for service in filter(Service.has_ended, self.services):
            is_quick = time.monotonic() - service.started_at < 10
            service.quick_ends = service.quick_ends + 1 if is_quick else 0
            if service.quick_ends == 3:
                raise OpsError(f"{service.name} keeps ending:\n{service.last_words()}")
            print(f"{service.name} ended; starting it again.", flush=True)
            service.start()


def watch(*supervisors: Supervisor) -> None:
    """Start again what ends, until a signal comes or something keeps ending."""
    while True:
        for supervisor in supervisors:
            supervisor.restart_ended()
        time.sleep(0.5)
