"""Forms of programs and benefits."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db.models import Sum

from ppm.core.component_form import ComponentForm, component_fields
from ppm.core.forms import RowForm, ShareField, address_of, plain
from ppm.core.models import Component
from programs.models import (
    Benefit,
    BenefitLink,
    BenefitMeasurement,
    BenefitPlan,
    LinkMode,
    MeasureKind,
    Program,
)
from programs.project_choice import ProjectField

UNSEEN = "a project that you may not see"


class ProgramForm(ComponentForm[Program]):
    """A program."""

    class Meta:
        model = Program
        fields = component_fields("sponsor", "vision")


class BenefitForm(RowForm[Benefit]):
    """A benefit: what it is, how it counts, and where it is to come."""

    home = "component"
    tab = "benefits"

    class Meta:
        model = Benefit
        fields = (
            *("name", "owner", "description", "category", "sign"),
            *("measure_kind", "direction", "measure", "unit", "unit_value"),
            *("baseline_value", "baseline_date", "target_value", "target_date"),
        )
        labels = {"sign": "Wanted or not", "measure_kind": "Flow or level"}
        help_texts = {
            "owner": "Who answers for it, also after the projects are over.",
            "category": "Cashable is money and counts in the ROI. Non-cashable is worth money "
            "that nobody pays out. Quantified and qualitative count for objectives only.",
            "sign": "A dis-benefit is a burden. Enter its amounts as positive numbers; they are "
            "subtracted.",
            "measure_kind": "A flow adds up over time, such as savings a month. Of a level the "
            "newest value counts, such as days a case takes. Money is a flow.",
            "direction": "Whether a higher value is better. Of money it is.",
            "measure": "What is measured, and where the numbers come from.",
            "unit": "What it is counted in, such as hours or cases. Empty for money.",
            "unit_value": "What one unit is worth in money: with hours, the cost of an hour. "
            "1 where the unit is money.",
            "baseline_value": "The value before anything was done. A level needs it: progress "
            "is the way from there to the target.",
            "target_value": "Of a flow the sum over its whole life, in its unit. Money needs it.",
        }

    def where(self) -> str:
        """Tell the address of the benefit; of a new one that of the tab it is to stand on."""
        is_new = self.instance._state.adding
        return self.where_without() if is_new else self.instance.get_absolute_url()

    def where_without(self) -> str:
        """Tell the address of the tab it stands on."""
        return address_of(self.instance.component, self.tab)

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.instance._state.adding:
            return f"New benefit of {self.instance.component.name}"
        return f"Edit {self.instance}"


class PartForm(RowForm[Any]):
    """What belongs to a benefit and stands on its page."""

    home = "benefit"
    noun: ClassVar[str]
    """What such a row is to its benefit, with "to" or "of"."""

    def where(self) -> str:
        """Tell the address of the benefit."""
        address: str = self.instance.benefit.get_absolute_url()
        return address

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.instance._state.adding:
            return f"{self.noun} {self.instance.benefit}"
        return f"Change “{self.called}”"


class BenefitLinkForm(PartForm):
    """What a project contributes to a benefit. The project stays; another one is another link."""

    noun = "Contribution to"
    project = ProjectField(help_text="Its code, or a part of its name. It may stand anywhere.")
    delivery_confidence = ShareField(
        required=False,
        help_text="In percent. What you expect the project to deliver while it is under way; "
        "left empty, its health decides.",
    )

    class Meta:
        model = BenefitLink
        fields = ("project", "mode", "weight", "delivery_confidence")
        help_texts = {
            "mode": "A share adds to the benefit by its weight. Without an essential project "
            "nothing of the benefit comes.",
            "weight": "Any number above zero: what counts is its part of all weights. An "
            "essential project has none.",
        }

    def arrange(self) -> None:
        """Ask for the project of a new link only."""
        if not self.instance._state.adding:
            del self.fields["project"]

    def _post_clean(self) -> None:
        if self.cleaned_data.get("mode") == LinkMode.ESSENTIAL:
            self.cleaned_data["weight"] = None
        super()._post_clean()

    def to_update(self) -> list[str]:
        """Save the weight with the mode, which may have taken it away."""
        return [*{*self.changed_data, "weight"}]

    @property
    def lead(self) -> str:
        """Tell what the new weight will be held against."""
        others = self.instance.benefit.links.exclude(pk=self.instance.pk)
        whole = others.aggregate(whole=Sum("weight"))["whole"]
        return f"The weights of the other projects come to {plain(whole)}." if whole else ""

    @property
    def called(self) -> str:
        """Name both ends, as far as the user may see them."""
        seen = Component.objects.visible_to(self.user).filter(pk=self.instance.project_id)
        project = self.instance.project.name if seen.exists() else UNSEEN
        return f"{project} → {self.instance.benefit}"


class BenefitPlanForm(PartForm):
    """What is planned to come in one period."""

    noun = "Planned period of"

    class Meta:
        model = BenefitPlan
        fields = ("period_end", "value")
        help_texts = {"period_end": "The last day of the period."}

    def arrange(self) -> None:
        """Name the unit, and say whether the value adds to the others."""
        self.fields["value"].help_text = _meaning(
            self.instance.benefit, "What is to come in this period alone", "The level to reach"
        )

    @property
    def called(self) -> str:
        """Name value and period."""
        return f"{plain(self.instance.value)} by {_day(self.instance.period_end)}"


class BenefitMeasurementForm(PartForm):
    """What was measured."""

    noun = "Measurement of"

    class Meta:
        model = BenefitMeasurement
        fields = ("date", "value", "evidence")
        help_texts = {"evidence": "Where the number comes from."}

    def arrange(self) -> None:
        """Say what the value means for such a benefit."""
        benefit = self.instance.benefit
        self.fields["date"].help_text = (
            "The last day of the period that was measured. Another value for the same date takes "
            "the place of this one."
        )
        self.fields["value"].help_text = _meaning(
            benefit, "What came in that period alone", "The level on that date"
        )

    @property
    def called(self) -> str:
        """Name value and date."""
        return f"{plain(self.instance.value)} on {_day(self.instance.date)}"


def _meaning(benefit: Benefit, of_flow: str, of_level: str) -> str:
    """Say what a value of a benefit stands for, and in which unit."""
    meaning = of_flow if benefit.measure_kind == MeasureKind.FLOW else of_level
    return f"{meaning}, in {benefit.unit}." if benefit.unit else f"{meaning}."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
