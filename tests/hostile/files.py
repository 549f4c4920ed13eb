"""Hostile files: each with a telling name, how it is made, and the sentence it has to get."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tests.hostile.archives import (
    BOOK,
    SHEET,
    STRINGS,
    link,
    one_part,
    overlapping,
    packed,
    parts_of,
    quoting,
    sheet_of,
    with_member,
    workbook,
)

MAPPING = """
date_formats = ["%d.%m.%Y"]

[levels.project]
kind = "project"
code = "{id}"
parent = "PAY"
name = "{name}"
state = "idea"
description = "{notes}"
start_date = "{start}"
budget = "{cost}"
"""
HEADINGS = ("id", "name", "start", "cost", "notes")
SOUND = ("A-1", "Name", "2026-01-01", "100", "")
LISTENER = socket.create_server(("127.0.0.1", 0))
"""Where files would have somebody call."""
_ADDRESS = f"http://127.0.0.1:{LISTENER.getsockname()[1]}/x"
BEL, OVERRIDE, ZERO_WIDTH = "\x07", "\u202e", "\u200b"
MEMORY = "it needs more memory than a file may take"
PARTS = {
    "the workbook": BOOK,
    "its texts": STRINGS,
    "a sheet": SHEET,
    "its styles": "xl/styles.xml",
    "its types": "[Content_Types].xml",
    "its relations": "xl/_rels/workbook.xml.rels",
    "its theme": "xl/theme/theme1.xml",
    "its properties": "docProps/core.xml",
}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
ENTITIES = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>",
    "a file as entity": '<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
    "an address as entity": f'<!DOCTYPE x [<!ENTITY l9 SYSTEM "{_ADDRESS}">]>',
    "an outer type": f'<!DOCTYPE x SYSTEM "{_ADDRESS}.dtd">',
}


@dataclass(frozen=True)
class Hostile:
    """A file, the ending of its name, and what has to be said of it."""

    name: str
    ending: str
    content: Callable[[], bytes]
    sentence: str
    mapping: str = MAPPING


def table(*rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    """Write CSV as it stands."""
    return "\n".join(",".join(row) for row in (headings, *rows)).encode()


def cell(column: str, text: str) -> bytes:
    """Write a sound row with one cell exchanged."""
    row = dict(zip(HEADINGS, SOUND, strict=True)) | {column: text}
    return table(tuple(row.values()))


def declaring(part: str, declaration: str) -> bytes:
    """Write a workbook one part of which declares something and uses it."""
    parts = parts_of(workbook([HEADINGS, SOUND]))
    head, _, body = parts[part].partition(b"?>")
    end = body.rindex(b"</")
    parts[part] = head + b"?>" + declaration.encode() + body[:end] + b"&l9;" + body[end:]
    return packed(parts)


def exchanged(part: str, content: bytes) -> bytes:
    """Write a workbook one part of which is another."""
    return packed(parts_of(workbook([HEADINGS, SOUND])) | {part: content})


def without(part: str) -> bytes:
    """Write a workbook that lacks a part."""
    parts = parts_of(workbook([HEADINGS, SOUND]))
    del parts[part]
    return packed(parts)


def same_text_in_every_cell(rows: int) -> bytes:
    """Write a workbook that says a long text once, and shows it ten times in every row."""
    parts = parts_of(workbook([HEADINGS, ("x" * 32_000,)]))
    number = parts[STRINGS].count(b"<si>") - 1
    shown = f'<c t="s"><v>{number}</v></c>' * 10
    parts[SHEET] = sheet_of(f"<row>{shown}</row>" * rows)
    return packed(parts)


def locked() -> bytes:
    """Write an archive whose parts claim to have a password."""
    content = bytearray(workbook([HEADINGS, SOUND]))
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    return bytes(content)


def nested() -> bytes:
    """Write archives in an archive, five deep."""
    content = one_part("0", 100)
    for depth in range(5):
        content = packed({f"{depth}-{number}.zip": content for number in range(8)})
    return content


def bombs() -> Iterator[Hostile]:
    """What unpacks to more than there is."""
    unpacked = "the workbook is too large when unpacked"
    several = [BOOK, *(f"xl/worksheets/sheet{number}.xml" for number in range(1, 9))]
    yield Hostile("flat bomb", ".xlsx", partial(one_part, BOOK, 400), unpacked)
    yield Hostile("bomb that lies", ".xlsx", partial(one_part, BOOK, 400, 10), unpacked)
    yield Hostile(
        "bomb that boasts",
        ".xlsx",
        partial(one_part, BOOK, 1, 0xFFFFFFF0),
        "it cannot be read",
    )
    yield Hostile(
        "quoting bomb",
        ".xlsx",
        partial(quoting, 40, several),
        "is no UTF-8, as in no workbook",
    )
    yield Hostile(
        "overlapping bomb", ".xlsx", partial(overlapping, 40, several), "it cannot be read"
    )
    yield Hostile("nested bomb", ".xlsx", nested, "this is an archive, but no Excel workbook")
    for rows, sentence in ((250, "it holds too much text"), (9_999, MEMORY)):
        content = partial(same_text_in_every_cell, rows)
        yield Hostile(f"one text in {rows}0 cells", ".xlsx", content, sentence)
    corners = '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    yield Hostile(
        "cells in both corners",
        ".xlsx",
        lambda: exchanged(SHEET, sheet_of(corners)),
        "cells are spread over 1048576 rows and 16384 columns",
    )
    yield Hostile(
        "cell of 100 MiB in a workbook",
        ".xlsx",
        lambda: exchanged(
            SHEET, sheet_of(f'<row><c t="inlineStr"><is><t>{"x" * (100 << 20)}</t></is></c></row>')
        ),
        MEMORY,
    )


def entities() -> Iterator[Hostile]:
    """What makes a reader of XML expand, open or call something."""
    for place, part in PARTS.items():
        yield Hostile(
            f"billion laughs in {place}",
            ".xlsx",
            partial(declaring, part, ENTITIES["billion laughs"]),
            "declares entities, as no workbook does",
        )
    for name, declaration in list(ENTITIES.items())[1:]:
        yield Hostile(
            name,
            ".xlsx",
            partial(declaring, STRINGS, declaration),
            "declares entities, as no workbook does",
        )
    hidden = f'<?xml version="1.0" encoding="utf-16"?>{ENTITIES["billion laughs"]}<x>&l9;</x>'
    yield Hostile(
        "billion laughs in UTF-16",
        ".xlsx",
        lambda: exchanged(SHEET, hidden.encode("utf-16")),
        "is no UTF-8, as in no workbook",
    )


def archives() -> Iterator[Hostile]:
    """Archives that want out, and such as are broken."""
    sound = partial(workbook, [HEADINGS, SOUND])
    strange = "as no workbook has"
    yield Hostile("climbing part", ".xlsx", lambda: with_member(sound(), "../../evil"), strange)
    yield Hostile("part at the root", ".xlsx", lambda: with_member(sound(), "/etc/x"), strange)
    yield Hostile("link as part", ".xlsx", lambda: with_member(sound(), link(), b"/etc"), strange)
    yield Hostile(
        "10,000 parts",
        ".xlsx",
        lambda: packed(parts_of(sound()) | {f"xl/{n}": b"" for n in range(10_000)}),
        strange,
    )
    yield Hostile("cut off", ".xlsx", lambda: sound()[:3000], "it cannot be read")
    yield Hostile("garbage", ".xlsx", lambda: b"PK\3\4" + b"\xa5" * 5000, "it cannot be read")
    yield Hostile("password on parts", ".xlsx", locked, "it has a password")
    yield Hostile("sheet that is missing", ".xlsx", partial(without, SHEET), "it cannot be read")
    yield Hostile(
        "sheet that is no XML",
        ".xlsx",
        lambda: exchanged(SHEET, b"<worksheet><sheetData><row><c"),
        "it cannot be read",
    )


def disguises() -> Iterator[Hostile]:
    """What is something else than its name says."""
    older, web = "this is an older workbook", "this is a web page or XML, not a table"
    pdf = b"%PDF-1.7\n1 0 obj\n"
    page = b"<!DOCTYPE html><script>alert(1)</script>\n<!--\n" + table(SOUND) + b"\n-->"
    picture = b'\xef\xbb\xbf <svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    no_workbook = "no Excel workbook (.xlsx)"
    yield Hostile("encrypted workbook", ".xlsx", lambda: old, older)
    yield Hostile("older workbook as text", ".csv", lambda: old, older)
    yield Hostile("workbook as text", ".csv", partial(workbook, [SOUND]), "this is a workbook")
    yield Hostile("text as workbook", ".xlsx", lambda: table(SOUND), "this is text: name it .csv")
    yield Hostile(
        "binary workbook", ".xlsx", lambda: packed({"xl/workbook.bin": b"\x83"}), no_workbook
    )
    yield Hostile(
        "open document",
        ".xlsx",
        lambda: packed({"mimetype": b"application/vnd.oasis", "content.xml": b"<x/>"}),
        no_workbook,
    )
    yield Hostile("PDF as text", ".csv", lambda: pdf, "this is a PDF")
    yield Hostile("page and table", ".csv", lambda: page, web)
    yield Hostile("page as workbook", ".xlsx", lambda: page, web)
    yield Hostile("picture as text", ".csv", lambda: picture, web)
    yield Hostile(
        "PDF with a workbook behind", ".xlsx", lambda: pdf + workbook([SOUND]), "this is a PDF"
    )
    yield Hostile(
        "plan of another program",
        ".csv",
        lambda: b'<?xml version="1.0"?>\n<Project><Tasks><Task><UID>x' * 50,
        web,
    )
    yield Hostile("packed text", ".csv", lambda: b"\x1f\x8b\x08" + bytes(90), "is compressed")
    yield Hostile("program", ".csv", lambda: b"\x7fELF\2\1\1" + bytes(90), "this is a program")


def large() -> Iterator[Hostile]:
    """What is more than a table."""
    million = b"id,name,start,cost,notes\n" + b"A,B,2026-01-01,1,x\n" * 1_000_000
    rows = "there are more than 100,000 rows: split it into several files"
    wide = tuple(f"c{n}" for n in range(16_384))
    columns = "row 1 has 16,384 cells; at most 2,000 can be read"
    yield Hostile("million rows", ".csv", lambda: million, rows)
    yield Hostile(
        "million rows in a workbook",
        ".xlsx",
        lambda: exchanged(SHEET, sheet_of("<row><c><v>1</v></c></row>" * 1_000_000)),
        rows,
    )
    yield Hostile("16,384 columns", ".csv", lambda: table(wide, headings=wide), columns)
    yield Hostile("16,384 columns in a workbook", ".xlsx", lambda: workbook([wide]), columns)
    yield Hostile("cell of 100 MiB", ".csv", lambda: b"id\n" + b"x" * (100 << 20), "line 2 is too")
    yield Hostile(
        "line of 3 MB", ".csv", lambda: b"x" * 3_000_000, "line 1: a cell has more than 1,000,000"
    )
    yield Hostile(
        "nine million commas", ".csv", lambda: b"a,b\n" + b"," * 9_000_000, "row 2 has 9,000,001 "
    )
    yield Hostile(
        "one code 100,000 times",
        ".csv",
        lambda: table(*[SOUND] * 100_000),
        "More than 10,000 cells cannot be imported, first in row 2, column id: “A-1” is in",
    )
    yield Hostile(
        "100,000 rows with every cell wrong",
        ".csv",
        lambda: table(*((f"A-{n}", "", "soon", "much", BEL) for n in range(99_999))),
        "More than 10,000 cells cannot be imported, first in row 2, column notes: the character",
    )
    yield Hostile(
        "100,000 rows of nothing but null characters",
        ".csv",
        lambda: table(*[("\0",) * 5] * 100_000),
        "More than 10,000 cells cannot be imported, first in row 2, column id: there is a null",
    )
    yield Hostile(
        "100,000 shifted rows",
        ".csv",
        lambda: table(*[("x",) * 6] * 100_000),
        "More than 10,000 cells cannot be imported, first in row 2: has 6 cells, but there are 5",
    )
    yield Hostile(
        "20,000 rows without a name",
        ".csv",
        lambda: table(*((f"A-{n}", "", "", "", "") for n in range(20_000))),
        "More than 10,000 cells cannot be imported, first in row 2, column name: This field ",
    )


def texts() -> Iterator[Hostile]:
    """Text in another encoding, and characters that are none."""
    utf_8 = "save it as “CSV UTF-8”"
    row = table(SOUND).decode()
    yield Hostile("UTF-16", ".csv", lambda: row.encode("utf-16"), utf_8)
    yield Hostile("UTF-16 without a mark", ".csv", lambda: row.encode("utf-16-le"), utf_8)
    yield Hostile(
        "two encodings",
        ".csv",
        lambda: cell("name", "ä") + b"\nB-1,\xe4,,,",
        "row 3 is not UTF-8",
    )
    yield Hostile(
        "half characters", ".csv", lambda: table(SOUND) + b"\nB,\xed\xa0\x80,,,", "row 3 is not"
    )
    yield Hostile("too long UTF-8", ".csv", lambda: table(SOUND) + b"\n\xc0\xaf,,,,", "row 3 is ")
    yield Hostile(
        "null character",
        ".csv",
        lambda: cell("name", "a\0b"),
        "row 2, column name: there is a null",
    )
    for name, column, character in (
        ("bell in a name", "name", BEL),
        ("bell in a text", "notes", BEL),
        ("name that runs backwards", "name", OVERRIDE),
        ("name with nothing in it", "name", ZERO_WIDTH),
        ("code with nothing in it", "id", ZERO_WIDTH),
    ):
        yield Hostile(
            name,
            ".csv",
            partial(cell, column, f"x{character}y"),
            f"row 2, column {column}: the character U+{ord(character):04X} ",
        )
    yield Hostile(
        "quote that is not closed",
        ".csv",
        lambda: table(SOUND) + b'\n"B-1,x,,,\n',
        "line 3: a quoted cell is not closed",
    )
    yield Hostile(
        "quote within quotes",
        ".csv",
        lambda: table(SOUND) + b'\n"B-1" or "B-2",x,,,\n',
        "line 3: a quote stands within a quoted cell",
    )


def values() -> Iterator[Hostile]:
    """Tables that are none, and values that are none."""
    yield Hostile("nothing", ".csv", lambda: b"", "empty")
    yield Hostile("nothing but a mark", ".csv", lambda: b"\xef\xbb\xbf", "empty")
    yield Hostile("workbook without a cell", ".xlsx", lambda: workbook([]), "empty")
    yield Hostile("headings alone", ".csv", table, "the file has no rows")
    twice = ("id", "name", "start", "cost", "notes", "cost")
    yield Hostile(
        "heading that is there twice",
        ".csv",
        lambda: table((*SOUND, "1"), headings=twice),
        "row 1, column cost: this heading is there several times",
    )
    yield Hostile(
        "shifted row", ".csv", lambda: table((*SOUND, "1", "2")), "row 2: has 7 cells, but there"
    )
    for day in ("0001-01-01", "9999-12-31"):
        sentence = "row 2, column start: The start date must lie between"
        yield Hostile(f"day {day}", ".csv", partial(cell, "start", day), sentence)
    yield Hostile("no day", ".csv", partial(cell, "start", "2026-02-30"), "is not a date")
    yield Hostile(
        "number 1e999", ".csv", partial(cell, "cost", "1e999"), "“1e999” is out of range"
    )
    for number in ("NaN", "∞", "-Infinity", "0x10", "1_000", "١٢٣", "1e9999"):
        sentence = f"row 2, column cost: “{number}” is not a number"
        yield Hostile(f"number {number}", ".csv", partial(cell, "cost", number), sentence)
    yield Hostile(
        "number of 500,000 digits", ".csv", partial(cell, "cost", "9" * 500_000), "is out of range"
    )
    yield Hostile(
        "name that is too long", ".csv", partial(cell, "name", "x" * 251), "at most 250 characters"
    )
    yield Hostile(
        "formula as code",
        ".csv",
        partial(cell, "id", "=cmd|'/c calc'!A0"),
        "row 2, column id: A code has letters, digits",
    )
    yield Hostile(
        "formula that failed",
        ".xlsx",
        lambda: exchanged(
            SHEET,
            sheet_of(
                "<row>"
                + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in HEADINGS)
                + '</row><row><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
            ),
        ),
        "row 2, column id: the formula of this cell failed",
    )


def objects() -> Iterator[Hostile]:
    """JSON that is too deep, too much, or none."""

    def entry(column: str, value: str) -> bytes:
        row = json.dumps(dict(zip(HEADINGS, SOUND, strict=True)) | {column: "?"})
        return f"[{row.replace(json.dumps('?'), value)}]".encode()

    yield Hostile("100,000 brackets", ".json", lambda: b"[" * 100_000, "it is nested too deeply")
    yield Hostile(
        "900 tables in each other",
        ".json",
        lambda: b'[{"id":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}]",
        "row 1, column id: the mapping names this column, but the file does not have it",
    )
    tables = b"[" + b"{}," * 2_000_000 + b"{}]"
    yield Hostile("two million tables", ".json", lambda: tables, MEMORY)
    yield Hostile("half a file", ".json", lambda: b'{"issues": [{"id": "A', "it is no JSON")
    yield Hostile("no list", ".json", lambda: b'{"a": 1}', "there is no list of entries")
    yield Hostile(
        "not a number",
        ".json",
        lambda: entry("cost", "NaN"),
        "row 2, column cost: “NaN” is not a number",
    )
    yield Hostile(
        "number without an end", ".json", lambda: entry("cost", "1" * 99_999), "is out of range"
    )
    yield Hostile(
        "half a character",
        ".json",
        lambda: entry("name", '"a\\ud800b"'),
        "row 2, column name: there is a null or a broken character",
    )


def mappings() -> Iterator[Hostile]:
    """Mappings that are not what they should be."""
    for name, text, sentence in (
        ("mapping of a megabyte", "#" * 1_000_000, "more than 100,000 characters"),
        ("mapping of brackets", "x = " + "[" * 50_000, "is nested too deeply"),
        ("mapping of dots", ".".join(["a"] * 40_000) + " = 1", "line 1 has more than 200 dots"),
        ("mapping of levels", "".join(f"[levels.a{n}]\n" for n in range(999)), "has 999 levels"),
        ("mapping of types", "levels = [1, 2]", "“levels” must be a table"),
        ("mapping of numbers", "x = 1" + "0" * 9_000, "Exceeds the limit"),
        ("mapping of nothing", "\0", "Invalid statement"),
    ):
        yield Hostile(name, ".csv", lambda: table(SOUND), sentence, text)


FILES = [
    *bombs(),
    *entities(),
    *archives(),
    *disguises(),
    *large(),
    *texts(),
    *values(),
    *objects(),
    *mappings(),
]
