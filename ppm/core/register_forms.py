"""Forms of risks, issues, changes and their assessments.

An entry comes with its first assessment; it is closed by another one.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.db.models import Choices
from django.urls import reverse

from ppm.core.amounts import amounts_of, withhold
from ppm.core.forms import RowForm, ShareField, address_of, component_of, plain
from ppm.core.models import (
    Change,
    ChangeAssessment,
    Fact,
    Issue,
    IssueAssessment,
    Likelihood,
    Risk,
    RiskAssessment,
    RiskSeverity,
)
from ppm.core.models.register import RegisterEntry

NEEDS_AMOUNTS = "The first assessment needs somebody who sees amounts here."

Entry = TypeVar("Entry", bound=RegisterEntry)
Assessment = TypeVar("Assessment", bound=Fact)


def address_of_entry(entry: RegisterEntry) -> str:
    """Tell the address of an entry's page."""
    return reverse(f"{entry._meta.model_name}-detail", args=[entry.pk])


class AssessmentForm(RowForm[Assessment]):
    """What an entry is held to be on a date; it starts from what was said last."""

    legend = "First assessment"

    def arrange(self) -> None:
        """Repeat the newest assessment. A first one opens the entry.

        Whoever sees no amounts is not asked for any: they stay as they were said last.
        """
        newest = self.belongs_to.assessment if self.belongs_to.pk else None
        if not self.belongs_to.shows_amounts:
            self._leave_amounts()
        if newest is None:
            self.fields.pop("is_open", None)
            return
        for name in self.fields:
            if name != "date":
                self.initial[name] = plain(getattr(newest, name))

    def _leave_amounts(self) -> None:
        """Take the amounts of the newest assessment over."""
        for name in amounts_of(self._meta.model):
            self.fields.pop(name, None)
        for name, amount in self.belongs_to.amounts_so_far().items():
            setattr(self.instance, name, amount)

    def clean(self) -> dict[str, Any]:
        """Refuse a first assessment by whoever cannot say what it comes to."""
        values = super().clean() or self.cleaned_data
        amounts = [name for name in amounts_of(self._meta.model) if name not in self.fields]
        if amounts and not self.belongs_to.amounts_so_far():
            raise forms.ValidationError(NEEDS_AMOUNTS)
        return values

    def save(self, commit: bool = True) -> Assessment:
        """Save it, and go on without the amounts that were taken over."""
        assessment = super().save(commit)
        if not self.belongs_to.shows_amounts:
            withhold(assessment)
        return assessment

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Assess “{self.belongs_to}”"

    def where(self) -> str:
        """Tell the address of the entry."""
        return address_of_entry(self.belongs_to)

    def _get_validation_exclusions(self) -> set[str]:
        # The entry of a first assessment is stored with it.
        is_first = self.belongs_to.pk is None
        return super()._get_validation_exclusions() | ({self.home} if is_first else set())


def matrix_field(choices: type[Choices], help_text: str = "") -> forms.TypedChoiceField:
    """Ask for a row or a column of the 5 x 5 matrix in words."""
    worded = [
        ("", "Not placed"),
        *((value, f"{value}: {label}") for value, label in choices.choices),
    ]
    return forms.TypedChoiceField(
        choices=worded, coerce=int, empty_value=None, required=False, help_text=help_text
    )


class RiskAssessmentForm(AssessmentForm[RiskAssessment]):
    """How likely a risk is, and how bad."""

    home = "risk"
    probability = ShareField()
    likelihood = matrix_field(Likelihood)
    severity = matrix_field(RiskSeverity, "With the likelihood, its place on the 5 by 5 matrix.")

    class Meta:
        model = RiskAssessment
        fields = ("probability", "impact", "likelihood", "severity", "date", "is_open")
        help_texts = {
            "impact": "In money of the tree; an opportunity is below zero.",
            "is_open": "Take the mark away to close the risk.",
        }


class IssueAssessmentForm(AssessmentForm[IssueAssessment]):
    """How bad an issue is, and when it must be solved."""

    home = "issue"

    class Meta:
        model = IssueAssessment
        fields = ("severity", "due_date", "date", "is_open")
        help_texts = {"is_open": "Take the mark away when it is solved."}


class ChangeAssessmentForm(AssessmentForm[ChangeAssessment]):
    """How far a change has come, and what it does."""

    home = "change"

    class Meta:
        model = ChangeAssessment
        fields = ("cost_effect", "days_effect", "status", "date", "drops_requirement")
        help_texts = {
            "status": "Rejected and implemented changes are closed.",
            "cost_effect": "Above zero costs more.",
            "days_effect": "Above zero takes longer.",
        }


class EntryForm(RowForm[Entry]):
    """An entry; a new one is assessed at once, in the same transaction."""

    home = "component"
    tab = "risks"
    assessed_by: ClassVar[type[AssessmentForm[Any]]]
    first: AssessmentForm[Any] | None = None

    @property
    def leaves_amounts(self) -> bool:
        """Whether an assessment has amounts, and the user sees none here."""
        has_amounts = bool(amounts_of(self.assessed_by._meta.model))
        return has_amounts and not self.belongs_to.shows_amounts

    @property
    def lead(self) -> str:
        """Say who makes the first assessment where the user cannot."""
        if self.instance._state.adding and self.leaves_amounts:
            return f"It is listed as not assessed yet. {NEEDS_AMOUNTS}"
        return ""

    def arrange(self) -> None:
        """Ask for the first assessment of what is new, if the user can say what it comes to."""
        if self.instance._state.adding and not self.leaves_amounts:
            self.first = self.assessed_by(
                self.data or None,
                user=self.user,
                request_id=self.request_id,
                belongs_to=self.instance,
                today=self.today,
            )

    @property
    def parts(self) -> list[RowForm[Any]]:
        """The forms on the page."""
        return [self, self.first] if self.first else [self]

    def is_valid(self) -> bool:
        """Judge both parts, so that one sees all that is amiss."""
        is_sound = super().is_valid()
        return (self.first is None or self.first.is_valid()) and is_sound

    def where(self) -> str:
        """Tell the address of the entry, or of the tab on which it is to stand."""
        return address_of_entry(self.instance) if self.instance.pk else self.where_without()

    def where_without(self) -> str:
        """Tell the address of the tab."""
        return address_of(component_of(self.instance), self.tab)

    def save(self, commit: bool = True) -> Entry:
        """Save the entry, and its first assessment with it."""
        entry = super().save(commit)
        if self.first:
            self.first.save()
        return entry


class RiskForm(EntryForm[Risk]):
    """A risk."""

    assessed_by = RiskAssessmentForm

    class Meta:
        model = Risk
        fields = ("title", "description", "owner", "response")


class IssueForm(EntryForm[Issue]):
    """An issue."""

    assessed_by = IssueAssessmentForm

    class Meta:
        model = Issue
        fields = ("title", "description", "owner")


class ChangeForm(EntryForm[Change]):
    """A change."""

    assessed_by = ChangeAssessmentForm

    class Meta:
        model = Change
        fields = ("title", "description", "owner")
