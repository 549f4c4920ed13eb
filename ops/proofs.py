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
    print(f"\n{len(figures)} of {kind}, failed: {', '.join(failed) or 'none'}")
    return bool(failed)


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
