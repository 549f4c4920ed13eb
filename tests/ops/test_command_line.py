"""What `run.py` refuses before it starts anything."""

import subprocess
import sys

import pytest

from ops.processes import ROOT


@pytest.mark.parametrize("port", ["99999", "65536", "0", "-1", "http"])
def test_a_port_that_cannot_be_is_a_clear_error(port: str) -> None:
    result = subprocess.run(  # noqa: S603
        [sys.executable, "run.py", "demo", f"--port={port}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert result.returncode == 2
    assert f"argument --port: “{port}” is not a port: write 1 to 65535" in result.stderr
