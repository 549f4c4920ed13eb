"""Workbooks that would take all memory are refused before they are opened."""

import re
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from portfolios.importing.reading import read_table
from portfolios.importing.report import UnreadableFileError
from portfolios.parsing.bounds import LARGEST_UNPACKED, refuse_oversized
from portfolios.parsing.layout import Layout
from portfolios.parsing.problem import ProblemError
from tests.importing.running import row, write_xlsx


def workbook(path: Path, sheet: str) -> Path:
    """Write an archive with a sheet, and nothing else of a workbook but its name."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return path


def refuse(path: Path) -> None:
    with ZipFile(path) as archive:
        refuse_oversized(archive)


@pytest.mark.parametrize(
    ("sheet", "rows", "columns"),
    [
        ('<c r="A1"/><c r="XFD1048576"><v>1</v></c>', 1048576, 16384),
        ("<c x='>' t='n' r = 'xfd99999'>", 99999, 16384),
        ('<x:row r="1048576"><x:c r="Z1">', 1048576, 26),
        ("<row><c/></row>" * 4000 + "<row>" + "<c/>" * 4000, 4001, 4000),
    ],
)
def test_cells_far_apart_are_refused(tmp_path: Path, sheet: str, rows: int, columns: int) -> None:
    file = workbook(tmp_path / "far.xlsx", sheet)
    sentence = f"cells are spread over {rows} rows and {columns} columns: delete"
    with pytest.raises(ProblemError, match=re.escape(sentence)):
        refuse(file)


def test_what_unpacks_to_too_much_is_refused_whatever_the_archive_says(tmp_path: Path) -> None:
    file = workbook(tmp_path / "bomb.xlsx", "0" * (LARGEST_UNPACKED + 1))
    honest = file.read_bytes()
    size = (LARGEST_UNPACKED + 1).to_bytes(4, "little")
    for content in (honest, honest.replace(size, (10).to_bytes(4, "little"))):
        file.write_bytes(content)
        with pytest.raises(ProblemError, match="too large when unpacked"):
            refuse(file)


def test_a_usual_workbook_passes(tmp_path: Path) -> None:
    refuse(write_xlsx(tmp_path / "data.xlsx", [row(n) for n in range(100)]))


def test_a_damaged_workbook_is_unreadable_and_nothing_worse(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "data.xlsx", [row(n) for n in range(5)])
    whole = file.read_bytes()
    outcomes = set()
    for place in range(0, len(whole), 97):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            read_table(file, Layout())
            outcomes.add("read")
        except UnreadableFileError:
            outcomes.add("unreadable")
    assert outcomes == {"read", "unreadable"}
