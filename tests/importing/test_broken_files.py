"""Files with errors: every bad row is named, and nothing is written."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from ppm.core.models import Component, DirtyMark, Estimate, StatusReport
from projects.models import Baseline, Project
from tests.factories import make_portfolio, make_project
from tests.importing.running import (
    MAPPING,
    row,
    run_import,
    run_import_as_json,
    write_csv,
    write_mapping,
    write_xlsx,
)

pytestmark = pytest.mark.django_db

BROKEN = [
    row(1),
    row(2, cost_keur="abc"),
    row(3, start="31/31/2026"),
    row(4, start="04/05/2026"),
    row(5, status="sleeping"),
    row(6, unit_name="Informatoin Technology"),
    row(7),
    row(7),
    row(8, finish="2025-12-31"),
    row(9, cost_keur="-1"),
    row(10, start="1066-10-14"),
    row(11, title=""),
    row(12, title="x" * 251),
    row(13, cost_keur="1,000"),
    row(14, cost_keur="0.00000001"),
    row(15, id=""),
    row(16, unit="", unit_name="No unit"),
    row(17, light="B"),
    row(18, unit="bad code"),
    row(19, cost_keur="1e400"),
    row(20, forecast_keur="-5"),
    row(21, finish="", deadline="tomorrow"),
    row(22, title="null\0"),
]
SENTENCES = [
    "row 3, column cost_keur: “abc” is not a number",
    "row 4, column start: “31/31/2026” is not a date (%Y-%m-%d, %d.%m.%Y, %m/%d/%Y)",
    "row 6, column status: “sleeping” is none of: open, done",
    "row 7, column unit_name: “Informatoin Technology” differs from “Information Technology” "
    "in row 2 for IT",
    "row 8, column unit, id: “IT-7” is in row 9 too",
    "row 9, column unit, id: “IT-7” is in row 8 too",
    "row 10, column start, finish: A component cannot finish before it starts.",
    "row 11, column cost_keur: The budget cannot be negative.",
    "row 12, column start: The start date must lie between 1980-01-01 and 2059-12-31.",
    "row 13, column title: This field cannot be blank.",
    "row 14, column title: Ensure this value has at most 250 characters (it has 251).",
    "row 15, column cost_keur: “1,000” is not a number: write a decimal point and no commas",
    "row 16, column cost_keur: Ensure that there are no more than 4 decimal places.",
    "row 17, column unit, id: the project has no code",
    "row 18, column unit: the unit has no code",
    "row 18, column unit, id: the project has no code",
    "row 19, column light: “B” is none of: G, A, R",
    "row 20, column unit: A code has letters, digits, dots, dashes and underscores only.",
    "row 21, column cost_keur: “1e400” is out of range",
    "row 22, column forecast_keur: The estimate to complete cannot be negative.",
    "row 23, column deadline: “tomorrow” is not a date (%Y-%m-%d, %d.%m.%Y, %m/%d/%Y)",
    "row 24, column title: there is a null or a broken character in this cell",
]


NONE = {"created": 0, "updated": 0, "unchanged": 0, "moved": 0, "rejected": 0}


def nothing_is_there() -> bool:
    return not any(
        model.objects.exists()
        for model in (Component, Baseline, Estimate, StatusReport, DirtyMark)
    )


def test_every_bad_row_is_named_and_nothing_is_written(tmp_path: Path, mapping: Path) -> None:
    outcome = run_import(write_csv(tmp_path / "broken.csv", BROKEN), mapping)

    assert outcome.code == 1
    # 5 is a good row: of the formats only one fits 04/05/2026 with slashes.
    assert outcome.rejections == SENTENCES
    assert outcome.output.startswith("23 rows read, 21 rejected\n")
    assert outcome.output.endswith("nothing was written\n")
    assert nothing_is_there()


def test_a_workbook_has_the_same_errors(tmp_path: Path, mapping: Path) -> None:
    rows = [cells for cells in BROKEN if "\0" not in cells["title"]]

    outcome = run_import(write_xlsx(tmp_path / "broken.xlsx", rows), mapping)

    assert outcome.code == 1
    assert outcome.rejections == SENTENCES[:-1]
    assert nothing_is_there()


def test_partial_writes_the_sound_rows(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "broken.csv", BROKEN)

    outcome = run_import(file, mapping, partial=True)

    assert outcome.code == 0
    assert outcome.rejections == SENTENCES
    assert set(Project.objects.values_list("code", flat=True)) == {"IT-1", "IT-4"}
    assert outcome.numbers("project") == NONE | {"created": 2, "rejected": 16}
    assert list(Component.objects.roots().values_list("code", flat=True)) == ["IT"]


def test_partial_with_no_sound_row_fails(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "broken.csv", [row(1, cost_keur="abc"), row(2, start="?")])

    assert run_import(file, mapping, partial=True).code == 1
    assert nothing_is_there()


def test_a_dry_run_tells_all_and_writes_nothing(tmp_path: Path, mapping: Path) -> None:
    sound = write_csv(tmp_path / "sound.csv", [row(1), row(2)])

    outcome = run_import(sound, mapping, dry_run=True)

    assert outcome.code == 0
    assert outcome.numbers("project")["created"] == 2
    assert outcome.output.endswith("dry run: nothing was written\n")
    assert nothing_is_there()


def test_a_dry_run_of_a_broken_file_fails(tmp_path: Path, mapping: Path) -> None:
    broken = write_csv(tmp_path / "broken.csv", BROKEN)

    outcome = run_import(broken, mapping, dry_run=True)

    assert outcome.code == 1
    assert outcome.rejections == SENTENCES
    assert nothing_is_there()


def test_json_says_the_same(tmp_path: Path, mapping: Path) -> None:
    file = write_csv(tmp_path / "one.csv", [row(1), row(2, cost_keur="abc")])

    assert run_import_as_json(file, mapping) == {
        "rows_read": 2,
        "rows_rejected": 1,
        "rows_left_out": 0,
        "left_out": [],
        "written": False,
        "dry_run": False,
        "levels": [
            {"level": "unit", **NONE},
            {"level": "project", **NONE, "rejected": 1},
            {"level": "project estimate", **NONE},
            {"level": "project report", **NONE},
        ],
        "baselines_taken": 0,
        "status_dates_set": 0,
        "rejections": [
            {
                "row": 3,
                "column": "cost_keur",
                "reason": "“abc” is not a number",
                "level": "project",
            }
        ],
    }


def test_shifted_rows_are_named_with_the_numbers_of_a_spreadsheet(
    tmp_path: Path, mapping: Path
) -> None:
    file = write_csv(tmp_path / "shifted.csv", [row(1, title="two\nlines"), row(2), row(3)])
    lines = file.read_bytes().decode().split("\r\n")
    lines[2] += ",surplus"
    lines.insert(3, "")
    lines[4] = lines[4].replace("Project 3,", "")
    file.write_bytes("\r\n".join(lines).encode())

    outcome = run_import(file, mapping)

    assert outcome.rejections == [
        "row 3: has 13 cells, but there are 12 headings: it may be shifted",
        "row 5: has 11 cells, but there are 12 headings: it may be shifted",
    ]


def test_cells_beyond_the_headings_of_a_sheet_are_shifted(tmp_path: Path, mapping: Path) -> None:
    file = write_xlsx(tmp_path / "wide.xlsx", [row(1)], formulas=[("N2", '="a"', "surplus")])

    assert run_import(file, mapping).rejections == [
        "row 2: has 14 cells, but there are 12 headings: it may be shifted"
    ]


def test_a_surplus_cell_is_seen_though_the_last_cells_are_empty(
    tmp_path: Path, mapping: Path
) -> None:
    file = write_csv(tmp_path / "shifted.csv", [row(1), row(2)])
    file.write_text(file.read_text().replace("Project 2,", "Project, 2,"))

    assert run_import(file, mapping).rejections == [
        "row 3: has 13 cells, but there are 12 headings: it may be shifted"
    ]


def test_what_cannot_be_read_is_named_by_the_column_it_came_from(
    tmp_path: Path, mapping: Path
) -> None:
    rule = """state = { start = "{start}", finish = ["{finish}", "{deadline}"],
        starts_later = "authorized", finished = "closed", otherwise = "executing" }"""
    given = 'state = { from = "{status}", map = { open = "executing", done = "closed" } }'
    text = MAPPING.replace(given, rule.replace("\n", " "))
    later = '{ from = "{start}", plus_days = ["{cost_keur}", "{id}"] }'
    write_mapping(mapping, text.replace('"{start}"\nfinish', f"{later}\nfinish"))
    rows = [
        row(1, cost_keur="1", finish="soon"),
        row(2, cost_keur="1", finish="", deadline="soon"),
        row(3, cost_keur="1", start="soon", finish="soon"),
        row(4, cost_keur="1.5"),
    ]

    bad = "“soon” is not a date (%Y-%m-%d, %d.%m.%Y, %m/%d/%Y)"
    assert run_import(write_csv(tmp_path / "dates.csv", rows), mapping).rejections == [
        f"row 2, column finish: {bad}",
        f"row 3, column deadline: {bad}",
        f"row 4, column finish: {bad}",
        f"row 4, column start: {bad}",
        "row 5, column cost_keur: “1.5” is not a whole number",
    ]


def test_a_failed_formula_is_not_an_empty_cell(tmp_path: Path, mapping: Path) -> None:
    file = write_xlsx(
        tmp_path / "failed.xlsx",
        [row(1), row(2)],
        sheets=["Cover & notes", "Data <2>"],
        formulas=[("H3", "=1/0", "#DIV/0!")],
    )
    text = MAPPING.replace("[levels.unit]", 'sheet = "Data <2>"\n[levels.unit]')

    assert run_import(file, write_mapping(mapping, text)).rejections == [
        "row 3, column cost_keur: the formula of this cell failed"
    ]


def test_columns_that_are_missing_doubled_or_nameless_are_named(
    tmp_path: Path, mapping: Path
) -> None:
    file = write_csv(tmp_path / "headings.csv", [row(1)])
    text = file.read_text().replace("title", "heading", 1).replace("remark", "light", 1)
    file.write_text(text.replace("deadline", "", 1))

    outcome = run_import(file, mapping, partial=True)

    assert outcome.code == 1
    lacks = "the mapping names this column, but the file does not have it"
    assert outcome.rejections == [
        "row 1: a column has no heading",
        f"row 1, column title: {lacks}",
        f"row 1, column deadline: {lacks}",
        "row 1, column light: this heading is there several times: name one of them, as in "
        "“light (1)”",
        f"row 1, column remark: {lacks}",
    ]
    assert nothing_is_there()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "latin.csv",
            'unit,id\n"two\nlines",1\n\nä,2\n'.encode("latin-1"),
            "latin.csv: row 4 is not UTF-8: save it as “CSV UTF-8”",
        ),
        ("empty.csv", b"", "empty.csv is empty"),
        ("open.csv", b'unit,id\n"IT,1\n', "open.csv: line 2: a quoted cell is not closed"),
        ("text.xlsx", b"unit,id\n", "text.xlsx: this is text: name it .csv"),
        # An older workbook, or an encrypted one, under a new name.
        ("old.xlsx", b"\xd0\xcf\x11\xe0\0\0", "old.xlsx: this is an older workbook"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, mapping: Path, name: str, content: bytes, sentence: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(CommandError, match=sentence):
        run_import(file, mapping)


def test_a_workbook_named_as_text_is_named_right(tmp_path: Path, mapping: Path) -> None:
    file = write_xlsx(tmp_path / "data.xlsx", [row(1)]).rename(tmp_path / "data.csv")

    with pytest.raises(CommandError, match=r"data\.csv: this is a workbook: name it \.xlsx"):
        run_import(file, mapping)


def test_headings_alone_are_no_file_to_import(tmp_path: Path, mapping: Path) -> None:
    for file in (write_csv(tmp_path / "bare.csv", []), write_xlsx(tmp_path / "bare.xlsx", [])):
        with pytest.raises(CommandError, match="the file has no rows"):
            run_import(file, mapping)


def test_a_file_or_sheet_that_is_not_there_is_named(tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(CommandError, match=r"absent\.csv cannot be read"):
        run_import(tmp_path / "absent.csv", mapping)
    file = write_xlsx(tmp_path / "data.xlsx", [row(1)])
    text = MAPPING.replace("[levels.unit]", 'sheet = "Other"\n[levels.unit]')
    with pytest.raises(CommandError, match="there is no sheet “Other”"):
        run_import(file, write_mapping(mapping, text))


def test_what_is_in_the_tree_already_is_respected(tmp_path: Path, mapping: Path) -> None:
    other = make_portfolio(code="OTHER")
    make_project(other, "IT-1")
    make_portfolio(other, "IT-2")
    file = write_csv(tmp_path / "taken.csv", [row(1), row(2), row(3)])

    outcome = run_import(file, mapping)

    assert outcome.rejections == [
        "row 2, column unit: “IT-1” stands elsewhere, under “OTHER”: move it first.",
        "row 3, column unit, id: “IT-2” is a portfolio already.",
    ]
    assert not Component.objects.filter(code="IT").exists()
