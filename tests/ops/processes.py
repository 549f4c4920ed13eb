"""Which processes there are, read from /proc, since a bare machine has no `ps`."""

from pathlib import Path


def descendants(ancestor: int) -> set[int]:
    """Return the process ids of a process's children, their children and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    family = {ancestor}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return family - {ancestor}


def is_alive(process: int) -> bool:
    """Say whether the process runs; one that only waits for its parent to notice does not."""
    try:
        state = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"
