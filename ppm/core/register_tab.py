"""The tab of risks, issues and changes: those of the component, and of all below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, Value
from django.http import QueryDict
from django.urls import reverse

from ppm.core.filter_bar import bar
from ppm.core.filters import until_of
from ppm.core.models import Component, Kind
from ppm.core.registers import COMMON, REGISTERS, Listing, Register, listing
from ppm.core.tabs import Matter, Reader

FIRST = 15
"""How many entries of a kind stand on the tab; the rest is on the page of the kind."""


@dataclass(frozen=True)
class Section:
    """The first entries of a kind, and the addresses of all of them and of a new one."""

    found: Listing
    all: str
    new: str


def risks(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect what is open, or what the address asks for, of each kind."""
    sections = [_section(register, matter, reader) for register in REGISTERS.values()]
    parts = [(s.found.register.plural, s.found.filters, s.found.register.own) for s in sections]
    asked = {name for register in REGISTERS.values() for name in register.asked}
    return {
        "sections": sections,
        "bar": bar(
            ("", sections[0].found.filters, COMMON),
            *((plural.capitalize(), filters, own) for plural, filters, own in parts),
            query=only(reader.query, asked),
        ),
        "has_components": matter.component.kind != Kind.PROJECT,
    }


def _section(register: Register, matter: Matter, reader: Reader) -> Section:
    code, visible = matter.component.code, register.entries_of(reader.user)
    query = only(reader.query, register.asked)
    found = listing(
        register,
        visible.filter(component__in=Component.objects.within(matter.component)),
        query,
        reader=reader,
        day=Value(matter.as_of, DateField()),
        until=until_of(matter.known),
        size=FIRST,
    )
    query["below__code"] = code
    return Section(
        found=found,
        all=f"{reverse(f'{register.slug}-list')}?{query.urlencode()}",
        new=reverse(f"{register.slug}-add", args=[code]),
    )


def only(query: QueryDict, names: Any) -> QueryDict:
    """Keep the parameters of these names."""
    kept = QueryDict(mutable=True)
    for name in query:
        if name in names:
            kept.setlist(name, query.getlist(name))
    return kept
