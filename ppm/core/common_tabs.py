"""The tabs that every component has: money, risks and issues, history."""

from __future__ import annotations

from typing import Any

from ppm.core.facts import ledger_of
from ppm.core.history import history_of
from ppm.core.models import Component, Kind
from ppm.core.outline import PAGE_SIZE, LevelPaginator, ordered, rows_of
from ppm.core.register_tab import risks
from ppm.core.tabs import Matter, Reader, Tab


def money(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect what was spent and promised here, and what the figures of the level are sums of."""
    ledger = ledger_of(matter.component, user=reader.user, as_of=matter.as_of)
    if matter.component.kind == Kind.PROJECT:
        return {"ledger": ledger}
    children = Component.objects.visible_to(reader.user).filter(parent=matter.component)
    page = LevelPaginator(ordered(children, "budget", now=reader.now), PAGE_SIZE)
    shown = page.get_page(reader.page)
    return {"ledger": ledger, "page": shown, "rows": rows_of(shown.object_list, now=reader.now)}


def history(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect how the figures moved, and what was decided and said."""
    return {"history": history_of(matter.component, user=reader.user, page=reader.page)}


COMMON = {
    "money": Tab("tabs/money.html", money),
    "risks": Tab("tabs/risks.html", risks),
    "history": Tab("tabs/history.html", history),
}
