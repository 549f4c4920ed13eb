"""The filters of risks, issues, changes and their assessments."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q
from django.utils import timezone
from django_filters import rest_framework as filters

from ppm.core.filters.days import known_days, known_facts
from ppm.core.filters.figures import NewestFilter
from ppm.core.filters.kinds import DayFilter, SearchFilter, TruthFilter, among
from ppm.core.filters.rows import RowFilter
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Issue,
    IssueAssessment,
    Risk,
    RiskAssessment,
)
from ppm.core.models.register import RegisterEntry


class RiskAssessmentFilter(RowFilter):
    """Filters of the assessments of risks."""

    class Meta:
        model = RiskAssessment


class IssueAssessmentFilter(RowFilter):
    """Filters of the assessments of issues."""

    class Meta:
        model = IssueAssessment


class ChangeAssessmentFilter(RowFilter):
    """Filters of the assessments of changes."""

    class Meta:
        model = ChangeAssessment


class RegisterFilter(NewestFilter):
    """Filters of entries, also by what their newest assessments say."""

    title = filters.CharFilter(
        lookup_expr="icontains", label="Title", help_text="Title: a part of it."
    )
    search = SearchFilter("title", "description")
    is_open = TruthFilter(
        method="open",
        label="Open",
        help_text="Whether the newest assessment leaves it open, or there is none yet.",
    )
    as_of = DayFilter(
        method="on",
        label="As known on",
        help_text="Answer with, and filter by, the assessments that were known on this date; "
        "what was not assessed by then is left out.",
    )

    assessed_by: ClassVar[type[RowFilter]]
    said: ClassVar[tuple[str, ...]]
    """The columns of the newest assessment that filter entries, besides its date."""

    @classmethod
    def of_newest(cls) -> dict[str, filters.Filter]:
        """Take over the filters of assessments; there the date is that of the assessment."""
        taken = deepcopy(cls.assessed_by.base_filters)
        said = {name: taken[name] for name in taken if taken[name].field_name in cls.said}
        for name in ("date", "date__gte", "date__lte"):
            dated = taken[name]
            dated.label = dated.label.replace("Date", "Assessed")
            dated.extra["help_text"] = dated.extra["help_text"].replace("Date", "Assessed")
            said[name.replace("date", "assessed")] = dated
        return said

    def newest(self, entries: Any) -> tuple[Any, Any]:
        """Look at the newest assessment."""
        return entries.assessed(self.known), entries.assessments()

    def open(self, entries: Any, name: str, value: bool) -> Any:
        """Keep what is open, or the rest."""
        return entries.open(self.known) if value else entries.closed(self.known)

    def on(self, entries: Any, name: str, value: date) -> Any:
        """Keep what was assessed by then: when an entry itself was written is not known."""
        return entries.assessed(self.known).exclude(newest=None)

    @cached_property
    def known(self) -> Q | None:
        """Which assessments count; None for all."""
        return known_assessments(self._meta.model, as_of=self.past_day)


def known_assessments(model: type[RegisterEntry], *, as_of: date | None) -> Q | None:
    """Tell which assessments of entries were known on a day; None where none is asked for."""
    if as_of is None:
        return None
    path = f"{model._meta.model_name}__component__path"
    return known_facts(path, now=timezone.now(), as_of=as_of)


class RiskFilter(RegisterFilter):
    """Filters of risks."""

    assessed_by = RiskAssessmentFilter
    said = ("probability", "impact", "likelihood", "severity")

    class Meta:
        model = Risk


class IssueFilter(RegisterFilter):
    """Filters of issues."""

    assessed_by = IssueAssessmentFilter
    said = ("severity", "due_date")
    is_overdue = TruthFilter(
        method="overdue",
        label="Overdue",
        help_text="Whether it is open past its due date, on the status date of its tree.",
    )

    class Meta:
        model = Issue

    def overdue(self, issues: Any, name: str, value: bool) -> Any:
        """Keep what should have been solved by now, or the rest."""
        day, _ = known_days("component__path", now=timezone.now(), as_of=self.past_day)
        overdue = issues.overdue(day, self.known)
        return among(issues, overdue, value)


class ChangeFilter(RegisterFilter):
    """Filters of changes."""

    assessed_by = ChangeAssessmentFilter
    said = ("status", "cost_effect", "days_effect", "drops_requirement")

    class Meta:
        model = Change
