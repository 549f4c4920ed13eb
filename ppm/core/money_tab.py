"""The tab of money: what the figures of the level are sums of, and what is booked on it itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse

from ppm.core.filter_bar import bar
from ppm.core.ledger import ASKED, costs_of, estimates_of, own_level
from ppm.core.models import Kind
from ppm.core.outline import PAGE_SIZE, LevelPaginator, ordered, rows_of
from ppm.core.tabs import Matter, Reader, parts_of


def money(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the costs that the address asks for, the estimates, and the parts of the level."""
    component = matter.component
    costs = costs_of(component, reader.query, reader=reader, known=matter.known)
    download = reverse("cost-entries-csv", args=[component.code])
    return {
        "costs": costs,
        "later_from": matter.as_of + timedelta(days=1),
        "costs_page": costs.page(reader.query.get("costs")),
        "bar": bar(("", costs.filters, ASKED), query=reader.query),
        "download": f"{download}?{reader.query.urlencode()}".rstrip("?"),
        "estimates": estimates_of(component, user=reader.user, known=matter.known),
        **({} if component.kind == Kind.PROJECT else _level(matter, reader)),
    }


def _level(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect the components, and what the level itself adds to their sums."""
    parts = ordered(parts_of(matter, reader), "budget", now=reader.now, as_of=reader.as_of)
    shown = LevelPaginator(parts, PAGE_SIZE).get_page(reader.page)
    return {
        "page": shown,
        "rows": rows_of(shown.object_list, user=reader.user, now=reader.now, as_of=reader.as_of),
        "own": own_level(matter.component, known=matter.known),
    }
