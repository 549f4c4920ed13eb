"""The properties of the suite on ten times as many examples, new ones each time.

`PPM_SEED` repeats those of a seed that was printed.
"""

import os
import subprocess
import sys
from pathlib import Path
from secrets import randbelow
from xml.etree import ElementTree

from ops.processes import ROOT
from tests.proofs.result import Result
from tests.proofs.stack import Stack

FACTOR = 10
PROPERTIES = [
    *("arithmetic/test_invariants.py", "tree/test_paths.py", "pages/test_figures.py"),
    *("importing/test_columns.py", "importing/test_values.py"),
    *("rollup/test_oracle.py", "rollup/test_incremental.py", "rollup/test_invariants.py"),
]


def prove(stack: Stack) -> Result:
    """Run their tests by themselves."""
    result = Result()
    seed = os.environ.get("PPM_SEED") or str(randbelow(1_000_000))
    report = stack.folder / "properties.xml"
    result.note("seed", int(seed))
    result.note("times_as_many_examples", FACTOR)
    subprocess.run(  # noqa: S603
        [*_command(report), f"--hypothesis-seed={seed}"],
        cwd=ROOT,
        env={**os.environ, "DEBUG": "on", "PPM_EXAMPLES": str(FACTOR)},
        check=False,
    )
    suite = ElementTree.parse(report).getroot()[0].attrib  # noqa: S314 (our own)
    result.note("tests", int(suite["tests"]))
    result.note("failed", int(suite["failures"]) + int(suite["errors"]), most=0)
    return result


def _command(report: Path) -> list[str | Path]:
    pytest: list[str | Path] = [sys.executable, "-m", "pytest", "-q"]
    pytest += ["-n", "2", "--dist", "worksteal"]
    return [*pytest, f"--junitxml={report}", *(ROOT / "tests" / path for path in PROPERTIES)]
