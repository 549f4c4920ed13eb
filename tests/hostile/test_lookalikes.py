"""What only looks hostile is imported as it is written."""

from pathlib import Path

import pytest

from projects.models import Project
from tests.factories import make_portfolio
from tests.hostile.archives import workbook
from tests.hostile.files import HEADINGS, MAPPING, SOUND
from tests.importing.running import run_import, write_csv, write_mapping

pytestmark = pytest.mark.django_db

FORMULAS = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    '=HYPERLINK("http://x","y")',
    "=cmd|'/c calc'!A0",
    "\uff1d1+1",
]
NAMES = ["مشروع", "פרויקט", "👩‍👩‍👧 family", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "می‌خواهم", "Ünï", "\U0001d518\U0001d52b"]


def imported(tmp_path: Path, column: str, text: str) -> Project:
    cells = dict(zip(HEADINGS, SOUND, strict=True)) | {column: text}
    make_portfolio(code="PAY")
    file = write_csv(tmp_path / "rows.csv", [cells], headings=HEADINGS)
    outcome = run_import(file, write_mapping(tmp_path / "mapping.toml", MAPPING))
    assert outcome.rejections == []
    return Project.objects.get(code="A-1")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_begins_like_a_formula_stays_a_text(tmp_path: Path, text: str) -> None:
    assert imported(tmp_path, "notes", text).description == text


@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_scripts_and_emoji_are_names(tmp_path: Path, name: str) -> None:
    assert imported(tmp_path, "name", name).name == name


def test_a_name_that_begins_like_a_formula_stays_a_name(tmp_path: Path) -> None:
    assert imported(tmp_path, "name", "=1+1").name == "=1+1"


def test_a_formula_of_a_workbook_is_not_evaluated_but_read(tmp_path: Path) -> None:
    make_portfolio(code="PAY")
    file = tmp_path / "rows.xlsx"
    file.write_bytes(workbook([HEADINGS, ("A-1", "Name", "2026-01-01", "=1+1", "'=1+1")]))

    outcome = run_import(file, write_mapping(tmp_path / "mapping.toml", MAPPING))

    # What the program that wrote the file has not computed is 0, as that program says itself.
    assert outcome.rejections == []
    project = Project.objects.get(code="A-1")
    assert (project.budget, project.description) == (0, "'=1+1")
