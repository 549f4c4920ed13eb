"""Small files for the machine, and the product's own import of them."""

import csv
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from portfolios.importing import Report, Run, import_file
from portfolios.importing.mapping import parse_toml

PROJECTS = parse_toml("""
[levels.project]
kind = "project"
code = "{code}"
parent = "{parent}"
name = "{code}"
manager = "boss"
state = "executing"
start_date = "{start}"
finish_date = "{finish}"
budget = "{budget}"
baseline = true

[levels.project.estimate]
at_completion = "{at_completion}"
""")

TASKS = parse_toml("""
[levels.task]
kind = "task"
project = "{project}"
wbs = "{wbs}"
name = "{wbs}"
start_date = "{start}"
finish_date = "{finish}"
budget = "{budget}"
earning_method = "physical_percent"
baseline = true

[levels.task.progress]
percent = "{percent}"
""")


def imported(rows: list[dict[str, Any]], mapping: Any, *, as_of: date) -> Report:
    """Write a file of the rows and import it, all or nothing."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        return import_file(path, mapping, Run(as_of=as_of, request_id=uuid4()))
