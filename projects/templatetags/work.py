"""Working time, in templates."""

from __future__ import annotations

from django import template

from projects.working_days import in_days

register = template.Library()


@register.filter
def days(minutes: int, minutes_per_day: int) -> str:
    """Write working minutes as days of so many minutes."""
    return in_days(minutes, minutes_per_day)
