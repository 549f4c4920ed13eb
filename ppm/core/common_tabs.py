"""The tabs that every component has: money, risks and issues, history, comparison, access."""

from __future__ import annotations

from typing import Any

from ppm.core.access_tab import access
from ppm.core.audit_tab import changes_of
from ppm.core.comparison_tab import comparison
from ppm.core.history import history_of
from ppm.core.money_tab import money
from ppm.core.register_tab import risks
from ppm.core.tabs import Matter, Reader, Tab


def history(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect how the figures moved, what was decided and said, and who changed what."""
    history = history_of(matter.component, user=reader.user, page=reader.page, known=matter.known)
    return {
        "history": history,
        "audit": changes_of(matter.component, reader=reader, known=matter.known),
    }


COMMON = {
    "money": Tab("tabs/money.html", money),
    "risks": Tab("tabs/risks.html", risks),
    "history": Tab("tabs/history.html", history),
    "comparison": Tab("tabs/comparison.html", comparison),
    "access": Tab("tabs/access.html", access),
}
