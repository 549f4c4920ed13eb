"""Imports that a worker is asked to do."""

from portfolios.models import ImportRun
from ppm.core.models import User
from tests.importing.uploads import make_import

MAPPING = """
[levels.project]
kind = "project"
code = "{code}"
parent = "PARENT"
name = "{name}"
state = "executing"
start_date = "{start}"
finish_date = "{finish}"
budget = { from = "{budget}" }
baseline = true
"""


def start_import(owner: User, prefix: str, rows: int, *, parent: str) -> ImportRun:
    """Upload a file of so many new projects and ask for its import; nobody is told yet."""
    lines = [f"{prefix}-{n},Project {n},2026-01-05,2026-09-30,{1000 + n}" for n in range(rows)]
    content = "\n".join(["code,name,start,finish,budget", *lines]).encode()
    run = make_import(owner, content, mapping=MAPPING.replace("PARENT", parent))
    run.start(dry_run=False)
    return run
