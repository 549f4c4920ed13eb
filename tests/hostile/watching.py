"""What reading a file costs: time, and memory here and in the process that reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic

OWN = Path("/proc/self")
PAUSE = 0.005


@dataclass
class Cost:
    """Seconds, and the megabytes that were resident at most beyond those before."""

    seconds: float = 0
    own: float = 0
    children: float = 0

    @property
    def peak(self) -> float:
        """Return what all processes took together."""
        return self.own + self.children


@contextmanager
def watched() -> Iterator[Cost]:
    """Measure what is done meanwhile."""
    cost, ended = Cost(), Event()
    watch = Thread(target=_watch, args=(cost, ended))
    Path(OWN, "clear_refs").write_text("5")  # the highest mark begins anew
    before, start = _megabytes(OWN, "VmRSS"), monotonic()
    watch.start()
    try:
        yield cost
    finally:
        cost.seconds = monotonic() - start
        ended.set()
        watch.join()
        cost.own = max(0, _megabytes(OWN, "VmHWM") - before)


def _watch(cost: Cost, ended: Event) -> None:
    while not ended.wait(PAUSE):
        cost.children = max(cost.children, sum(_megabytes(c, "VmHWM") for c in _children()))


def _children() -> list[Path]:
    """List the processes that read files, and no other."""
    ids = (
        number for thread in OWN.glob("task/*/children") for number in thread.read_text().split()
    )
    return [path for path in (Path("/proc", number) for number in ids) if _reads(path)]


def _reads(process: Path) -> bool:
    try:
        return b"portfolios.parsing" in Path(process, "cmdline").read_bytes()
    except OSError:
        return False


def _megabytes(process: Path, field: str) -> float:
    try:
        lines = Path(process, "status").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0)
