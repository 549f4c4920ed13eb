"""Everything that can be checked without running the product."""

import secrets
import sys
import time

from ops.environment import PYTHON, VENV, set_up
from ops.processes import ROOT, Command, run

# As in production; nothing here connects to these addresses.
SETTINGS = {
    "SECRET_KEY": secrets.token_hex(50),
    "DATABASE_URL": "postgres://ppm@127.0.0.1/ppm",
    "REDIS_URL": "redis://127.0.0.1/0",
    "DEBUG": "off",
    "PPM_HTTPS": "on",
    # makemigrations warns that it has no database to compare with; it compares with the files.
    "PYTHONWARNINGS": "ignore::RuntimeWarning",
}


def check() -> int:
    """Run every check, name those that failed, and return 0 when none did."""
    set_up(development=True)
    failed = [name for name, command in _steps().items() if not _passes(name, command)]
    print(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return int(bool(failed))


def _steps() -> dict[str, Command]:
    manage: Command = [PYTHON, ROOT / "manage.py"]
    steps: dict[str, Command] = {
        "ruff": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "import contracts": [VENV / "bin/lint-imports", "--no-logo"],
        "mypy": [PYTHON, "-m", "mypy", "."],
        "deployment": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "promises of the API": [PYTHON, "-m", "ops.promises"],
    }
    templates = sorted(ROOT.glob("templates/**/*.html"))
    if templates:
        steps["djade"] = [VENV / "bin/djade", "--target-version", "5.2", "--check", *templates]
        steps["djhtml"] = [PYTHON, "-m", "djhtml", "--check", *templates]
    return steps


def _passes(name: str, command: Command) -> bool:
    start = time.monotonic()
    passed = run(command, environment=SETTINGS) == 0
    print(f"{'ok    ' if passed else 'FAILED'} {name} ({time.monotonic() - start:.1f} s)")
    sys.stdout.flush()
    return passed
