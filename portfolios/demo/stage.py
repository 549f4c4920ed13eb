"""What stands of the demo so far: its days, people, components, works and tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from portfolios.demo.company import BenefitContent
from portfolios.demo.course import Work
from portfolios.demo.days import Days
from portfolios.demo.life import Life
from ppm.core.models import Component, User
from programs.models import Benefit
from projects.models import Task

RECORDED_AT = time(15, tzinfo=UTC)


@dataclass
class Stage:
    """What later steps refer to: people by user name, the rest by code, tasks by their WBS too."""

    days: Days
    people: dict[str, User] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    works: dict[str, Work] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    tasks: dict[tuple[str, str], Task] = field(default_factory=dict)
    benefits: dict[BenefitContent, Benefit] = field(default_factory=dict)
    decided_until: date = date.min
    frozen: set[str] = field(default_factory=set)
    linked: set[tuple[BenefitContent, str]] = field(default_factory=set)

    def said(self, by: str, day: date) -> dict[str, Any]:
        """Say of a fact what day it is about, and who recorded it then or, at last, yesterday."""
        return {
            "date": day,
            "recorded_by": self.people[by],
            "recorded_at": datetime.combine(min(day, self.days.newest), RECORDED_AT),
        }
