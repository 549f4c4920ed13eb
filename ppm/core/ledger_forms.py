"""Forms of costs and estimates. A wrong cost is corrected by its opposite."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.formats import date_format

from ppm.core.forms import RowForm
from ppm.core.locks import lock_fact
from ppm.core.models import CostEntry, Estimate, Kind

LONGEST = CostEntry._meta.get_field("description").max_length


class CostEntryForm(RowForm[CostEntry]):
    """A cost that was spent or promised."""

    home = "component"
    tab = "money"

    class Meta:
        model = CostEntry
        fields = ("date", "amount", "kind", "expense", "category", "task", "description")
        help_texts = {
            "amount": "In money of the tree. A wrong entry is not changed but reversed.",
            "category": "Such as labour, licences or travel.",
        }

    def arrange(self) -> None:
        """Offer the tasks of the project; elsewhere there are none."""
        if self.belongs_to.kind != Kind.PROJECT:
            del self.fields["task"]
            return
        field: Any = self.fields["task"]
        field.queryset = field.queryset.filter(project=self.belongs_to.pk).order_by("wbs", "pk")
        field.empty_label = "The project as a whole"


class ReversalForm(RowForm[CostEntry]):
    """The opposite of a cost entry, which so counts no more."""

    home = "component"
    tab = "money"

    class Meta:
        model = CostEntry
        fields = ("date",)
        help_texts = {
            "date": "The date of the wrong entry, so that later forecasts are right too."
        }

    def __init__(self, *args: Any, entry: CostEntry, **options: Any) -> None:
        """Write the opposite down."""
        self.entry = entry
        description = f"{self.reference} {entry.description}"[:LONGEST].rstrip()
        opposite = CostEntry(
            component=entry.component,
            task=entry.task,
            amount=-entry.amount,
            kind=entry.kind,
            expense=entry.expense,
            category=entry.category,
            description=description,
        )
        super().__init__(*args, instance=opposite, initial={"date": entry.date}, **options)

    @property
    def reference(self) -> str:
        """How the opposite names the entry."""
        return f"Reverses entry {self.entry.pk} of {self.entry.date}:"

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"Reverse the cost entry of {date_format(self.entry.date, 'j M Y')}"

    @property
    def lead(self) -> str:
        """What will be booked."""
        return (
            f"The entry stays, and {-self.entry.amount:,.2f} is booked against it. "
            "Then book what is right."
        )

    def clean(self) -> dict[str, Any]:
        """Reverse an entry once, whoever else is at it."""
        lock_fact(self.entry)
        of_component = CostEntry.objects.visible_to(self.user).filter(
            component=self.entry.component
        )
        if of_component.filter(description__startswith=self.reference).exists():
            raise forms.ValidationError("This entry was reversed already.")
        return super().clean() or self.cleaned_data


class EstimateForm(RowForm[Estimate]):
    """What is still to be spent, and when it will be finished."""

    home = "component"
    tab = "money"

    class Meta:
        model = Estimate
        fields = ("date", "estimate_to_complete", "forecast_finish", "note")
        help_texts = {
            "estimate_to_complete": "What is still to be spent from the date on, in all.",
            "forecast_finish": "Empty: the plan's finish counts.",
        }
