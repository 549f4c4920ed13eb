"""Running the import command as a person would, and files for it."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from django.core.management import call_command

from ops.processes import ROOT

EXAMPLES = ROOT / "examples"

MAPPING = """
as_of = 2026-03-31
date_formats = ["%d.%m.%Y", "%m/%d/%Y"]

[levels.unit]
kind = "portfolio"
code = "{unit}"
name = "{unit_name}"
state = "active"
currency = "EUR"
time_zone = "Europe/Vienna"

[levels.project]
kind = "project"
code = "{unit}-{id}"
parent = "{unit}"
name = "{title}"
start_date = "{start}"
finish_date = ["{finish}", "{deadline}"]
budget = { from = "{cost_keur}", times = 1000 }
state = { from = "{status}", map = { open = "executing", done = "closed" } }
baseline = true

[levels.project.estimate]
at_completion = { from = "{forecast_keur}", times = 1000 }

[levels.project.report]
health = { from = "{light}", map = { G = "green", A = "amber", R = "red" } }
narrative = "{remark}"
"""

HEADINGS = [
    "unit",
    "unit_name",
    "id",
    "title",
    "start",
    "finish",
    "deadline",
    "cost_keur",
    "forecast_keur",
    "status",
    "light",
    "remark",
]


def row(number: int, **cells: Any) -> dict[str, Any]:
    """Make a row that the mapping takes."""
    return {
        "unit": "IT",
        "unit_name": "Information Technology",
        "id": str(number),
        "title": f"Project {number}",
        "start": "2026-01-05",
        "finish": "2026-06-30",
        "deadline": "",
        "cost_keur": "100.5",
        "forecast_keur": "110",
        "status": "open",
        "light": "",
        "remark": "",
        **cells,
    }


def write_csv(
    path: Path,
    rows: Iterable[dict[str, Any]],
    *,
    encoding: str = "utf-8",
    headings: Sequence[str] = HEADINGS,
) -> Path:
    """Write a CSV file of the rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path,
    rows: Iterable[dict[str, Any]],
    *,
    sheets: Sequence[str] = ("Data",),
    formulas: Iterable[tuple[str, str, Any]] = (),
) -> Path:
    """Write a workbook with the rows on the last of its sheets.

    `formulas` are cells beside or over the rows: place, formula, and what it came to.
    """
    with xlsxwriter.Workbook(path, {"default_date_format": "dd.mm.yyyy"}) as workbook:
        for name in sheets:
            sheet = workbook.add_worksheet(name)
        sheet.write_row(0, 0, HEADINGS)
        for number, cells in enumerate(rows, start=1):
            sheet.write_row(number, 0, [cells[heading] for heading in HEADINGS])
        for place, formula, result in formulas:
            sheet.write_formula(place, formula, None, result)
    return path


def write_mapping(path: Path, text: str = MAPPING) -> Path:
    """Write a mapping."""
    path.write_text(text, encoding="utf-8")
    return path


@dataclass(frozen=True)
class Outcome:
    """How the command ended and what it said."""

    code: int
    output: str

    @property
    def rejections(self) -> list[str]:
        """The lines about rejected rows."""
        return [line for line in self.output.splitlines() if line.startswith("row ")]

    def numbers(self, level: str) -> dict[str, int]:
        """Return what was counted for a level."""
        words = next(
            line.removeprefix(level).replace(",", "").split()
            for line in self.output.splitlines()
            if line.startswith(f"{level}  ")
        )
        return {word: int(number) for number, word in zip(words[::2], words[1::2], strict=True)}


def run_import(file: Path, mapping: Path, **options: Any) -> Outcome:
    """Run the command; return its exit code and output."""
    output = StringIO()
    code = 0
    try:
        call_command("import_components", file, mapping=mapping, stdout=output, **options)
    except SystemExit as end:
        code = int(end.code or 0)
    return Outcome(code, output.getvalue())


def run_import_as_json(file: Path, mapping: Path, **options: Any) -> Any:
    """Run the command and read its JSON."""
    return json.loads(run_import(file, mapping, json=True, **options).output)
