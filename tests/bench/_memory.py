"""How much memory services take."""

from pathlib import Path

from ops.processes import Service


def peak_mb(service: Service) -> float:
    """Read how much memory the service, or one of its children, had resident at most."""
    assert service.process is not None
    return max(map(_high_water_mark, _family(service.process.pid)))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _high_water_mark(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kilobytes) / 1024
