"""The tabs of a portfolio's page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from portfolios.achievement import objectives_of
from portfolios.envelopes import envelopes_of
from ppm.core.tabs import Matter, Reader, Tab
from programs.pages import TABS as OF_AGGREGATES
from programs.pages import overview


def objectives(matter: Matter, reader: Reader) -> dict[str, Any]:
    """Collect what the portfolio is for, and the money that it may spend on that."""
    found = objectives_of(matter.component, user=reader.user, now=reader.now, as_of=reader.as_of)
    return {
        "objectives": found,
        "whole": sum((one.objective.weight for one in found), Decimal()),
        "envelopes": envelopes_of(matter.component, user=reader.user, known=matter.known),
    }


TABS = {
    **OF_AGGREGATES,
    "": Tab("portfolios/overview.html", overview),
    "objectives": Tab("portfolios/objectives.html", objectives),
}
