"""From the text of a cell to a value: exactly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact
from functools import lru_cache
from typing import Any

from django.db import models

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WITH_COMMA = re.compile(r"[+-]?[\d.]*,[\d.,]*\d", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EXACT = Context(prec=400, traps=[Inexact])
_LARGEST = 30
_SHOWN = 80
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# What joins emoji and the letters of some scripts is none of it.
_UNSEEN = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Reader = Callable[[str, Sequence[str]], Any]
"""Makes a value of a text, which is not empty, and the date formats of the mapping."""


class UnreadableError(ValueError):
    """The text is not what the column is for; the sentence says so."""

    columns: Sequence[str] = ()
    """The headings that the text came from."""


def read_line(text: str, _: Sequence[str]) -> str:
    """Return the text as one line with single spaces, and nothing that hides in it."""
    _refuse(_CONTROL, text, "is no text")
    _refuse(_UNSEEN, text, "cannot be seen")
    return " ".join(text.split())


def read_text(text: str, _: Sequence[str]) -> str:
    """Return the text with its lines."""
    _refuse(_CONTROL, text, "is no text")
    return text.replace("\r\n", "\n")


def _refuse(what: re.Pattern[str], text: str, flaw: str) -> None:
    if found := what.search(text):
        raise UnreadableError(f"the character U+{ord(found[0]):04X} {flaw}: delete it")


def shown(text: str) -> str:
    """Quote a text of the file in a sentence, however long it is."""
    return f"“{text if len(text) <= _SHOWN else f'{text[:_SHOWN]}…'}”"


def read_number(text: str, _: Sequence[str]) -> Decimal:
    """Return the number; thousands separators and decimal commas would have to be guessed."""
    if not _NUMBER.fullmatch(text):
        hint = ": write a decimal point and no commas" if _WITH_COMMA.fullmatch(text) else ""
        raise UnreadableError(f"{shown(text)} is not a number{hint}")
    number = Decimal(text)
    if number and abs(number.adjusted()) > _LARGEST:
        raise UnreadableError(f"{shown(text)} is out of range")
    return number


def read_whole_number(text: str, _: Sequence[str]) -> int:
    """Return the number without decimals; “9.0” of a spreadsheet is one."""
    whole = text.removesuffix(".0")
    if not _WHOLE.fullmatch(whole):
        raise UnreadableError(f"{shown(text)} is not a whole number")
    return int(whole)


def read_boolean(text: str, _: Sequence[str]) -> bool:
    """Return whether the text says yes."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise UnreadableError(f"{shown(text)} is neither yes nor no") from None


def read_date(text: str, formats: Sequence[str]) -> date:
    """Return the date: as YYYY-MM-DD, or by the one of the formats that fits."""
    days = _days(text, tuple(formats))
    if len(days) > 1:
        raise UnreadableError(f"{shown(text)} could be {' or '.join(map(str, days))}")
    if not days:
        raise UnreadableError(f"{shown(text)} is not a date ({', '.join(['%Y-%m-%d', *formats])})")
    return days[0]


@lru_cache(maxsize=10_000)
def _days(text: str, formats: tuple[str, ...]) -> list[date]:
    found = set()
    for form in ("%Y-%m-%d",) if _ISO_DATE.fullmatch(text) else formats:
        try:
            found.add(datetime.strptime(text, form).date())  # noqa: DTZ007 a day has no zone
        except ValueError:
            continue
    return sorted(found)


def is_date_format(form: str) -> bool:
    """Tell whether a format holds a whole date."""
    moment = datetime(2001, 2, 3, tzinfo=UTC)
    try:
        return datetime.strptime(moment.strftime(form), form).date() == moment.date()  # noqa: DTZ007
    except (ValueError, re.error):  # the latter where a part is there twice
        return False


def times(number: Decimal, factor: Decimal) -> Decimal:
    """Multiply exactly, and drop the zeros at the end."""
    product = _EXACT.multiply(number, factor)
    return Decimal(format(product.normalize(_EXACT), "f"))


def plus_days(day: date, days: int) -> date:
    """Return the date that many days later."""
    try:
        return day + timedelta(days)
    except OverflowError:
        raise UnreadableError(f"{days} days after {day} is no date") from None


READERS: list[tuple[type[models.Field[Any, Any]], Reader]] = [
    (models.DateField, read_date),
    (models.DecimalField, read_number),
    (models.BooleanField, read_boolean),
    (models.IntegerField, read_whole_number),
    (models.CharField, read_line),
    (models.TextField, read_text),
]
"""How the text for each kind of field is read."""


@dataclass(frozen=True)
class Target:
    """What a mapping fills: how its text is read, and what an empty cell means."""

    reader: Reader
    empty: Any


def is_fillable(field: models.Field[Any, Any]) -> bool:
    """Tell whether a mapping can fill a field: it is edited by people and is no link."""
    return (
        field.editable
        and not field.primary_key
        and not field.is_relation
        and not isinstance(field, models.DateTimeField)
        and any(isinstance(field, kind) for kind, _ in READERS)
    )


def target_of(field: models.Field[Any, Any]) -> Target:
    """Return the target for a field that is fillable."""
    return Target(next(read for kind, read in READERS if isinstance(field, kind)), _empty(field))


def _empty(field: models.Field[Any, Any]) -> Any:
    """Return what an empty cell means: unknown, else the field's default, else no text."""
    if field.null:
        return None
    if field.has_default():
        return field.get_default()
    return "" if isinstance(field, models.CharField | models.TextField) else None
