"""Reading JSON as tools export it: a list of entries, each a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from portfolios.parsing.layout import Layout
from portfolios.parsing.limits import MOST_COLUMNS
from portfolios.parsing.problem import ProblemError

LARGEST = 50_000_000
"""Bytes."""
USUAL = ("issues", "cards", "data", "values", "tasks", "items")
"""What the list of the entries is called, if the file has several."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_INSTEAD = "\0"

Entry = dict[str, Any]


def records(file: BinaryIO, layout: Layout) -> Iterator[list[str]]:
    """Yield the headings, which are the paths of all values, such as `fields.status.name`."""
    content = _content(file)
    outer = dict(_outer(content))
    others = {field: _by_id(content, name) for field, name in layout.refers.items()}
    entries = [
        outer | dict(_values(entry | _referred(entry, others)))
        for entry in _entries(content, layout.records)
    ]
    headings = list(dict.fromkeys(heading for entry in entries for heading in entry))
    if len(headings) > MOST_COLUMNS:
        raise ProblemError(
            f"its entries have {len(headings):,} fields; at most {MOST_COLUMNS:,} can be read"
        )
    yield headings
    for entry in entries:
        yield [entry.get(heading, "") for heading in headings]


def _content(file: BinaryIO) -> Any:
    text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ProblemError(f"it has more than {LARGEST // 1_000_000} MB")
    try:
        # Numbers stay as they are written, whatever their size.
        return json.loads(
            text.decode("utf-8-sig"), parse_float=str, parse_int=str, parse_constant=str
        )
    except UnicodeDecodeError as error:
        raise ProblemError("it is not UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        raise ProblemError(f"it is no JSON: {error.msg} in {where}") from error


def _entries(content: Any, name: str) -> list[Entry]:
    found = _lists(content)
    usual = name or next((usual for usual in ("", *USUAL) if usual in found), "")
    entries = found.get(usual)
    if entries is None:
        raise ProblemError(f"there is no list “{name}”" if name else "there is no list of entries")
    return entries


def _lists(content: Any) -> dict[str, list[Entry]]:
    """Return the lists of entries by name; "" is the name of the whole."""
    named = content if isinstance(content, dict) else {"": content}
    return {
        name: several
        for name, several in named.items()
        if isinstance(several, list) and all(isinstance(one, dict) for one in several)
    }


def _outer(content: Any) -> Iterator[tuple[str, str]]:
    """Yield what is said of all entries at once, such as the name of the board: `/name`."""
    if isinstance(content, dict):
        for name, value in content.items():
            if isinstance(value, str):
                yield f"/{name}", _plain(value)


def _by_id(content: Any, name: str) -> Mapping[str, Entry]:
    return {str(entry.get("id")): entry for entry in _lists(content).get(name, [])}


def _referred(entry: Entry, others: Mapping[str, Mapping[str, Entry]]) -> Entry:
    """Put the entry that a field names by its id in the place of the id."""
    return {
        field: by_id[str(entry[field])]
        for field, by_id in others.items()
        if str(entry.get(field)) in by_id
    }


def _values(entry: Entry, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every value that is a text, by its path; a list of texts is one text."""
    for name, value in entry.items():
        heading = f"{path}{name}"
        if isinstance(value, dict):
            yield from _values(value, f"{heading}.")
        elif isinstance(value, list):
            yield heading, _plain(", ".join(one for one in value if isinstance(one, str)))
        elif value is not None:
            yield heading, _plain(str(value).lower() if isinstance(value, bool) else value)


def _plain(text: str) -> str:
    """Mark half characters, which JSON can write and no file can hold, as broken."""
    return _SURROGATE.sub(_INSTEAD, text)
