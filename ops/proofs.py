"""The slow proofs: `chaos` breaks the product, `bench` measures it; each with its own services."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ops.environment import PYTHON, set_up
from ops.processes import ROOT, Command, OpsError, run
from ops.suite import settings


def prove(kind: str, arguments: Sequence[str]) -> int:
    """Run the scenarios of `tests/<kind>` one after the other; return 1 where one failed.

    Each prints its figures. With `--json` they are all written to a file, by scenario.
    """
    known = scenarios(kind)
    options = _parser(kind, known).parse_args(arguments)
    if unknown := set(options.names) - set(known):
        raise OpsError(f"no {kind} of that name: {', '.join(sorted(unknown))}")
    set_up(development=True)
    figures: dict[str, Any] = {}
    failed = []
    for name in options.names or known:
        code, figures[name] = _run(kind, name)
        if code:
            failed.append(name)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    if kind == "chaos":
        print(table(figures, failed))
    print(f"\n{len(figures)} of {kind}, failed: {', '.join(failed) or 'none'}")
    return bool(failed)


COLUMNS = ["faults", "writes", "differences", "marks_left", "seconds_to_converge"]
"""What every scenario of `chaos` finds."""


def table(figures: dict[str, Any], failed: Sequence[str]) -> str:
    """Lay out what the scenarios have in common, a line each; a dash is a figure not come to."""
    lines = [["", *(name.replace("_", " ") for name in COLUMNS), "verdict"]]
    for name, found in figures.items():
        written = found["figures"] if found else {}
        cells = [_cell(written.get(column)) for column in COLUMNS]
        lines.append([name, *cells, "FAILED" if name in failed else "ok"])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n" + "\n".join(
        "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )


def _cell(figure: float | str | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,.1f}" if isinstance(figure, float) else str(figure)


def scenarios(kind: str) -> list[str]:
    """List the scenarios of a kind: each is a module named after it."""
    return sorted(path.stem for path in (ROOT / "tests" / kind).glob("[a-z]*.py"))


def _parser(kind: str, known: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"run.py {kind}")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


def _run(kind: str, name: str) -> tuple[int, Any]:
    """Run one scenario in a process of its own; return its exit code and its figures."""
    print(f"\n{kind} {name}", flush=True)
    with tempfile.NamedTemporaryFile(mode="r", suffix=".json") as figures:
        command: Command = [PYTHON, "-m", "tests.proofs", kind, name, figures.name]
        code = run(command, environment=settings())
        written = figures.read()
    return code, json.loads(written) if written else None
