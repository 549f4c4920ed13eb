"""Portfolios in the admin, the decisions about all components, imports, and the quarantine."""

from portfolios.admin import decisions, imports, portfolio, quarantine

__all__ = ["decisions", "imports", "portfolio", "quarantine"]
