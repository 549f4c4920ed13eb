"""Telling what a file is by its first bytes, whatever its name says."""

from __future__ import annotations

from enum import Enum
from typing import BinaryIO

from portfolios.parsing.problem import ProblemError


class Kind(Enum):
    """What the files are that can be read, by the endings of their names."""

    DELIMITED = (".csv", ".tsv", ".txt")
    WORKBOOK = (".xlsx", ".xlsm")
    JSON = (".json",)


ARCHIVE = b"PK\x03\x04"
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "this is an older workbook (.xls), or one with a password: save it as "
    ".xlsx without one",
    b"%PDF": "this is a PDF, not a table",
    b"<": "this is a web page or XML, not a table",
    b"\x1f\x8b": "this is compressed: unpack it first",
    b"Rar!": "this is compressed: unpack it first",
    b"7z\xbc\xaf": "this is compressed: unpack it first",
    b"\x89PNG": "this is a picture, not a table",
    b"\xff\xd8\xff": "this is a picture, not a table",
    b"GIF8": "this is a picture, not a table",
    b"\x7fELF": "this is a program, not a table",
    b"MZ\x90": "this is a program, not a table",
    b"\xff\xfe": "this is text in UTF-16: save it as “CSV UTF-8”",
    b"\xfe\xff": "this is text in UTF-16: save it as “CSV UTF-8”",
}
"""What no table begins with."""
_LOOK = 1024
_MARK = b"\xef\xbb\xbf"


def kind_of(file: BinaryIO, suffix: str) -> Kind:
    """Return what the file is; refuse what its name hides."""
    start = file.read(_LOOK).removeprefix(_MARK).lstrip()
    file.seek(0)
    for beginning, sentence in FOREIGN.items():
        if start.startswith(beginning):
            raise ProblemError(sentence)
    named = next((kind for kind in Kind if suffix.lower() in kind.value), Kind.DELIMITED)
    if start.startswith(ARCHIVE) and named is not Kind.WORKBOOK:
        raise ProblemError("this is a workbook: name it .xlsx")
    if named is Kind.WORKBOOK and start and not start.startswith(ARCHIVE):
        is_text = b"\0" not in start
        raise ProblemError(f"this is {'text: name it .csv' if is_text else 'no workbook'}")
    if named is Kind.DELIMITED and b"\0" in start.partition(b"\n")[0]:
        raise ProblemError("this is no text, or text in UTF-16: save it as “CSV UTF-8”")
    return named
