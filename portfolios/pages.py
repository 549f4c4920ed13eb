"""The tabs of a portfolio's page."""

from __future__ import annotations

from ppm.core.tabs import Tab
from programs.pages import TABS as OF_AGGREGATES
from programs.pages import overview

TABS = {**OF_AGGREGATES, "": Tab("portfolios/overview.html", overview)}
