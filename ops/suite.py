"""The tests, against a PostgreSQL, a Valkey and a browser of their own."""

import os
from collections.abc import Sequence
from pathlib import Path

from ops.environment import PYTHON, digest, node, set_up
from ops.processes import ROOT, Command, OpsError, Supervisor, run
from ops.services import (
    new_password,
    passing_home,
    runtime_folder,
    start_postgres,
    start_valkey,
)

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")
# The npm package adds the shared libraries that it brings only where it takes itself to be on
# Amazon Linux, and unpacks into the temporary folder.
UNPACK = "import c from '@sparticuz/chromium'; await c.executablePath()"

# It also brings a font, for machines without any.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
START = """#!/bin/sh
here=$(dirname "$0")
export LD_LIBRARY_PATH="$here/al2023/lib" FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium" "$@"
"""


def test(arguments: Sequence[str]) -> int:
    """Run pytest with these arguments, or all tests on two cores; return its exit code."""
    set_up(development=True)
    with runtime_folder() as runtime, Supervisor() as supervisor:
        home = passing_home(runtime)
        environment = {
            "DATABASE_URL": start_postgres(
                supervisor, home, password=new_password(), is_durable=False
            ),
            "REDIS_URL": start_valkey(supervisor, home, password=new_password()),
            **settings(),
            "PPM_MAIL_URL": (runtime / "mail").as_uri(),
            "PPM_CHROMIUM": str(browser()),
        }
        selection = arguments or ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        return run([PYTHON, "-m", "pytest", *selection], environment=environment)


def settings() -> dict[str, str]:
    """Return what tests set in place of secrets, and where real data lies."""
    return {
        "SECRET_KEY": new_password() + new_password(),
        "DEBUG": "on",
        "PPM_HTTPS": "off",
        "PPM_API_CALLS_PER_MINUTE": "0",  # they call faster than people; its own test sets it
        "PPM_DATA": os.environ.get("PPM_DATA") or str(ROOT.parent / "shared/data"),
    }


def browser() -> Path:
    """Return the path of a Chromium: the system's, else that of the npm package, unpacked."""
    if SYSTEM_CHROMIUM.exists():
        return SYSTEM_CHROMIUM
    version = digest([ROOT / "package-lock.json"], FONTS, START)[:16]
    folder = ROOT / "node_modules/.cache/chromium" / version
    start = folder / "start"
    if not start.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unpacking = {"TMPDIR": str(folder), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
        command: Command = [node(), "--input-type=module", "--eval", UNPACK]
        if run(command, environment=unpacking, is_quiet=True):
            raise OpsError("Chromium could not be unpacked")
        (folder / "fonts/fonts.conf").write_text(FONTS)
        start.write_text(START)
        start.chmod(0o755)
    return start
