"""Which rows make a level: those of one type, for example, where a file mixes several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portfolios.importing.report import MappingError
from portfolios.importing.template import Cells

Texts = Mapping[str, tuple[str, ...]]
"""Texts by the column that may have them; "" is an empty cell."""


@dataclass(frozen=True)
class Choice:
    """What the cells of a row must be, and what none of them may be."""

    only: Texts = field(default_factory=dict)
    without: Texts = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether it leaves out anything."""
        return bool(self.only or self.without)

    def takes(self, cells: Cells) -> bool:
        """Tell whether a row is taken."""
        return all(cells[column].strip() in texts for column, texts in self.only.items()) and all(
            cells[column].strip() not in texts for column, texts in self.without.items()
        )

    def columns(self) -> list[str]:
        """Name the columns that it looks at."""
        return [*self.only, *self.without]

    def reasons(self, cells: Cells) -> Iterator[tuple[str, str]]:
        """Say why a row is not taken: each column at fault, with a sentence."""
        for column, texts in self.only.items():
            said = cells[column].strip()
            if said not in texts:
                is_any = texts == ("",)
                yield column, f"{column} is not empty" if is_any else _named(column, said)
        for column, texts in self.without.items():
            if (said := cells[column].strip()) in texts:
                yield column, _named(column, said)


def _named(column: str, said: str) -> str:
    return f"{column} is “{said[:40]}”" if said else f"{column} is empty"


def parse_choice(content: Mapping[str, Any], where: str) -> Choice:
    """Read `only` and `except` of a level."""
    return Choice(
        _texts(content.get("only", {}), f"{where}.only"),
        _texts(content.get("except", {}), f"{where}.except"),
    )


def _texts(given: Any, where: str) -> Texts:
    if not isinstance(given, dict):
        raise MappingError(f"{where} must be a table of columns and their texts")
    for texts in given.values():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise MappingError(f"{where} needs a list of texts for each column")
    return {column: tuple(texts) for column, texts in given.items()}
