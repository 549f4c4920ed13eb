"""Forms of status reports, and of the rulings on those that override the computed health."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format

from ppm.core.figures import snapshots_on
from ppm.core.forms import RowForm
from ppm.core.models import Health, Outcome, OverrideRuling, Snapshot, StatusReport
from ppm.core.overrides import counts_at_once, is_ratable


class StatusReportForm(RowForm[StatusReport]):
    """What the manager says."""

    home = "component"
    snapshot: Snapshot | None = None

    class Meta:
        model = StatusReport
        fields = ("date", "health", "narrative", "override_reason", "valid_until")
        labels = {
            "health": "How it stands",
            "narrative": "What there is to say",
            "override_reason": "Why your rating overrides the computed one",
            "valid_until": "Override until",
        }
        help_texts = {
            "override_reason": "At least 30 characters. Left empty, your rating stands beside the "
            "computed one and changes no figure.",
            "valid_until": "35 days after the report at most.",
        }

    def arrange(self) -> None:
        """Look at what is computed, and let the rating be left out."""
        health: Any = self.fields["health"]
        health.choices = [("", "No rating"), *health.choices[1:]]
        if self.today:
            pk = self.belongs_to.pk
            self.snapshot = snapshots_on({pk: self.today}).get(pk)

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Report the status of {self.belongs_to.name}"

    @property
    def lead(self) -> str:
        """Say what an override would come to."""
        if not is_ratable(self.snapshot) or self.snapshot is None:
            return "The work is not under way, so no rating overrides anything."
        computed = Health(self.snapshot.computed_health).label.lower()
        return (
            f"It is {computed} by computation. A worse rating can override that at once; any "
            "other needs the approval of somebody else who may decide here."
        )

    @property
    def outlook(self) -> str:
        """Say whether the override counts."""
        report = self.instance
        if not report.override_reason:
            return ""
        if counts_at_once(report.health, self.snapshot):
            return self._span(report.date, report.valid_until or report.date)
        if is_ratable(self.snapshot):
            return "The override waits until somebody else who may decide approves it."
        return "It overrides nothing while the work is not under way."

    def _span(self, first: date, last: date) -> str:
        """Say when an override counts that nobody needs to approve."""
        if self.today and first <= self.today <= last:
            return "It overrides the computed health at once."
        days = f"{date_format(first, 'j M Y')} to {date_format(last, 'j M Y')}"
        return f"The override runs from {days} only."


class OverrideRulingForm(RowForm[OverrideRuling]):
    """The approval or refusal of an override, by somebody else than its author."""

    home = "report"
    tab = "history"
    is_decision = True
    outcome = forms.ChoiceField(
        choices=[(Outcome.APPROVED, "Approve"), (Outcome.REJECTED, "Refuse")],
        widget=forms.RadioSelect,
        label="Your ruling",
    )

    class Meta:
        model = OverrideRuling
        fields = ("outcome", "reason")

    def arrange(self) -> None:
        """Rule on the day that the figures are about."""
        if self.today:
            self.instance.date = self.today

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Rule on the override of {self.belongs_to.component.name}"

    @property
    def lead(self) -> str:
        """Say what is to be ruled on."""
        report = self.belongs_to
        if not report.override_reason:
            return "This report overrides nothing."
        by, last = report.recorded_by or "An import", date_format(report.valid_until, "j M Y")
        return (
            f"{by} rates it {report.get_health_display().lower()} until {last}: "
            f"“{report.override_reason}”"
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a second ruling."""
        if OverrideRuling.objects.visible_to(self.user).filter(report=self.belongs_to).exists():
            raise forms.ValidationError("This override was ruled on already.")
        return super().clean() or self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        # That there is one ruling only is said above, in words.
        return super()._get_validation_exclusions() | {self.home}
