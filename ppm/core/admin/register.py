"""Risks, issues and changes, each with its dated assessments."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin

from ppm.core.governance.columns import Amount
from ppm.core.governance.facts import FactAdmin
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.parts import FactParts
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Issue,
    IssueAssessment,
    Risk,
    RiskAssessment,
)

GROUP = "Risks, issues and changes"
ENTRY = ("component", "title", "description", "owner")


class EntryAdmin(ScopedAdmin[Any]):
    """What is kept in a register."""

    group = GROUP
    fields: ClassVar[Any] = ENTRY
    list_display: Any = ("title", "component", "owner")
    list_filter: ClassVar[Any] = (BelowFilter,)
    list_select_related = ("component", "owner")
    search_fields = ("title", "component__code", "component__name")
    ordering = ("title",)

    def only_shown(self, obj: Any) -> tuple[str, ...]:
        """Keep an entry with its component."""
        return ("component",) if obj else ()

    def described(self, row: Any) -> str:
        """Name the component too: titles repeat."""
        return f"{row.title} ({row.component.code})"


class RiskAssessments(FactParts[RiskAssessment]):
    """The assessments of a risk."""

    model = RiskAssessment
    fields = ("date", "probability", "impact", "likelihood", "severity", "is_open")


@admin.register(Risk)
class RiskAdmin(EntryAdmin):
    """Risks."""

    fields = (*ENTRY, "response")
    list_display = (*EntryAdmin.list_display, "response")
    list_filter = ("response", BelowFilter)
    inlines = (RiskAssessments,)


class IssueAssessments(FactParts[IssueAssessment]):
    """The assessments of an issue."""

    model = IssueAssessment
    fields = ("date", "severity", "due_date", "is_open")


@admin.register(Issue)
class IssueAdmin(EntryAdmin):
    """Issues."""

    inlines = (IssueAssessments,)


class ChangeAssessments(FactParts[ChangeAssessment]):
    """The assessments of a change."""

    model = ChangeAssessment
    fields = ("date", "status", "cost_effect", "days_effect", "drops_requirement")


@admin.register(Change)
class ChangeAdmin(EntryAdmin):
    """Changes."""

    inlines = (ChangeAssessments,)


@admin.register(RiskAssessment)
class RiskAssessmentAdmin(FactAdmin[RiskAssessment]):
    """How likely risks were held to be, and how bad."""

    group = GROUP
    fields = ("risk", *RiskAssessments.fields)
    list_display = ("date", "risk", "probability", Amount("impact"), "is_open", "recorded_by")
    list_filter = ("is_open", BelowFilter)
    list_select_related = ("risk", "recorded_by")
    search_fields = ("risk__title",)


@admin.register(IssueAssessment)
class IssueAssessmentAdmin(FactAdmin[IssueAssessment]):
    """How bad issues were."""

    group = GROUP
    fields = ("issue", *IssueAssessments.fields)
    list_display = ("date", "issue", "severity", "due_date", "is_open", "recorded_by")
    list_filter = ("severity", "is_open", BelowFilter)
    list_select_related = ("issue", "recorded_by")
    search_fields = ("issue__title",)


@admin.register(ChangeAssessment)
class ChangeAssessmentAdmin(FactAdmin[ChangeAssessment]):
    """Where changes stood, and their effect."""

    group = GROUP
    fields = ("change", *ChangeAssessments.fields)
    list_display = (
        "date",
        "change",
        "status",
        Amount("cost_effect"),
        "days_effect",
        "recorded_by",
    )
    list_filter = ("status", BelowFilter)
    list_select_related = ("change", "recorded_by")
    search_fields = ("change__title",)
