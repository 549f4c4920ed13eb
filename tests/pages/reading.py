"""Reading a page as its user does: by rows, labels and links."""

from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "use", "path", "circle", "img", "hr"}


@dataclass
class Row:
    """A table row: its text by cell, the exact values in it by cell, and its links."""

    cells: list[str] = field(default_factory=list)
    values: list[list[Decimal]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    section: str = ""


class Page(HTMLParser):
    """A page's rows by table label, its text and its links."""

    def __init__(self, content: bytes) -> None:
        """Read the HTML."""
        super().__init__()
        self.tables: dict[str, list[Row]] = {}
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._table: list[Row] = []
        self._section = ""
        self._open: list[str] = []
        self._link = ""
        self.feed(content.decode())
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Follow tables, cells, links and exact values."""
        attributes = dict(attrs)
        if attributes.get("role") == "region":
            self._table = self.tables.setdefault(attributes["aria-label"] or "", [])
        if tag in ("thead", "tbody", "tfoot"):
            self._section = tag
        if tag == "tr":
            self._table.append(Row(section=self._section))
        if tag in ("th", "td"):
            self._table[-1].cells.append("")
            self._table[-1].values.append([])
            self._open.append(tag)
        if tag == "data" and self._open:
            self._table[-1].values[-1].append(Decimal(attributes["value"] or ""))
        if tag == "a":
            self._link = attributes["href"] or ""
            if self._open:
                self._table[-1].links.append(self._link)

    def handle_endtag(self, tag: str) -> None:
        """Leave a cell or a link."""
        if tag in ("th", "td"):
            self._open.pop()
        if tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        """Keep the text where it stands."""
        self.words.append(data)
        if self._open:
            cell = f"{self._table[-1].cells[-1]} {data}"
            self._table[-1].cells[-1] = " ".join(cell.split())
        if self._link and data.strip():
            self.links[data.strip()] = self._link

    def rows(self, table: str, section: str = "tbody") -> list[Row]:
        """Return the rows of a section of the table with that label."""
        return [row for row in self.tables[table] if row.section == section]

    def names(self, table: str) -> list[str]:
        """Return the first cell of each body row."""
        return [row.cells[0] for row in self.rows(table)]
