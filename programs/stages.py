"""Where a benefit stands between being named and having come in full.

Pure: no framework, no input or output, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

ONE = Decimal(1)


class Stage(StrEnum):
    """Where a benefit stands, in the words that people read."""

    REALISED = "Realised in full"
    OVERDUE = "Overdue for measurement since"
    MISSED = "Short of its target since"
    AHEAD = "Being realised, as planned"
    BEHIND = "Being realised, less than planned"
    REALISING = "Being realised"
    PLANNED = "Planned, first value due"
    TARGETED = "Has a target, not planned by period"
    NAMED = "Neither target nor plan yet"


@dataclass(frozen=True)
class Course:
    """What is known of the way of a benefit.

    `realisation` is how far it has come on its whole way, `index` on what was planned to date.
    `overdue_since` is the end of a period that was not measured in time.
    """

    realisation: Decimal | None
    index: Decimal | None
    first_end: date | None
    measured_on: date | None
    overdue_since: date | None
    target_date: date | None
    has_target: bool
    is_wanted: bool


@dataclass(frozen=True)
class Standing:
    """A stage, the day that belongs to its words, and whether somebody should act."""

    stage: Stage
    day: date | None = None
    is_worrying: bool = False


def standing(course: Course, *, as_of: date, enough: Decimal) -> Standing:
    """Tell the stage: what is done with first, then what calls for somebody.

    `enough` is the index from which it counts as planned, just below 1. Of a dis-benefit less than
    planned is no worry.
    """
    if course.realisation is not None and course.realisation >= ONE:
        return Standing(Stage.REALISED)
    if course.overdue_since:
        return Standing(Stage.OVERDUE, course.overdue_since, is_worrying=True)
    if course.target_date and course.target_date < as_of:
        return Standing(Stage.MISSED, course.target_date, is_worrying=course.is_wanted)
    if course.measured_on:
        pace = _pace(course.index, enough)
        return Standing(pace, is_worrying=course.is_wanted and pace == Stage.BEHIND)
    if course.first_end:
        return Standing(Stage.PLANNED, course.first_end)
    return Standing(Stage.TARGETED if course.has_target else Stage.NAMED)


def _pace(index: Decimal | None, enough: Decimal) -> Stage:
    if index is None:
        return Stage.REALISING
    return Stage.AHEAD if index >= enough else Stage.BEHIND
