"""Portfolios in the admin, the decisions about all components, and the quarantine."""

from portfolios.admin import decisions, portfolio, quarantine

__all__ = ["decisions", "portfolio", "quarantine"]
