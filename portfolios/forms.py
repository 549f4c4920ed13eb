"""Forms of portfolios, and of what is decided about whole trees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Sum

from portfolios.models import BudgetEnvelope, Objective, ObjectiveContribution, Portfolio
from ppm.core.component_form import ComponentForm, component_fields
from ppm.core.forms import PercentField, RowForm, ShareField, plain
from ppm.core.models import Component, Kind, Outcome, State, StateRequest, Subject
from ppm.core.models.decision import SHORTEST_REASON
from ppm.core.outline import indented

PARENTS = [Kind.PORTFOLIO, Kind.PROGRAM]
"""What programs and projects may stand below."""


class PortfolioForm(ComponentForm[Portfolio]):
    """A portfolio."""

    target_roi = PercentField(required=False, label="Target ROI")
    discount_rate = PercentField(required=False)

    class Meta:
        model = Portfolio
        fields = component_fields("target_roi", "discount_rate", "governance_body")


class ObjectiveForm(RowForm[Objective]):
    """An objective of a portfolio."""

    home = "portfolio"
    tab = "objectives"
    weight = ShareField(help_text="In percent. How much it matters beside the others.")

    class Meta:
        model = Objective
        fields = ("name", "description", "weight")

    @property
    def lead(self) -> str:
        """Tell what is left of the whole."""
        others = self.instance.portfolio.objectives.exclude(pk=self.instance.pk)
        return f"The weights of the other objectives come to {_whole(others)}."


class ObjectiveContributionForm(RowForm[ObjectiveContribution]):
    """How much of an objective a benefit carries. The benefit stays what it is."""

    home = "objective"
    tab = "objectives"
    weight = ShareField(help_text="In percent. How much of the objective the benefit carries.")

    class Meta:
        model = ObjectiveContribution
        fields = ("benefit", "weight")
        help_texts = {"benefit": "It may be at home anywhere."}

    def arrange(self) -> None:
        """Ask for the benefit of a new row only, and say where each is at home."""
        if not self.instance._state.adding:
            del self.fields["benefit"]
            return
        field: Any = self.fields["benefit"]
        free = field.queryset.exclude(contributions__objective=self.instance.objective_id)
        field.queryset = free.select_related("component").order_by("name", "pk")
        field.label_from_instance = lambda benefit: f"{benefit} ({benefit.component.name})"
        field.empty_label = "Choose …"

    @property
    def called(self) -> str:
        """Name both ends, as far as the user may see them."""
        benefit = self.instance.benefit
        seen = type(benefit).objects.visible_to(self.user).filter(pk=benefit.pk).exists()
        shown = benefit.name if seen else "a benefit that you may not see"
        return f"{shown} → {self.instance.objective}"

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.instance._state.adding:
            return f"What carries “{self.instance.objective}”"
        return f"Change “{self.called}”"

    @property
    def lead(self) -> str:
        """Tell what is left of the whole."""
        others = self.instance.objective.contributions.exclude(pk=self.instance.pk)
        return f"The other benefits carry {_whole(others)} of it."


def _whole(rows: Any) -> str:
    """Add up the weights of rows, in percent."""
    whole = rows.aggregate(whole=Sum("weight"))["whole"] or Decimal()
    return f"{plain(whole * 100)} %"


class BudgetEnvelopeForm(RowForm[BudgetEnvelope]):
    """The money that a portfolio may spend in a period."""

    home = "portfolio"
    tab = "objectives"

    class Meta:
        model = BudgetEnvelope
        fields = ("start_date", "finish_date", "amount")


def termination_cost() -> forms.DecimalField:
    """Ask what ending the work costs."""
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=19,
        decimal_places=4,
        help_text="What leaving contracts and handing over will cost; it is booked at once.",
    )


def has_cost(component: Component, after: str) -> bool:
    """Tell whether the change ends work that may cost something to end."""
    return after == State.TERMINATED and component.kind == Kind.PROJECT


class StateForm(forms.Form):
    """Why the state is to change, and what ending the work costs."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the decision log for good.",
    )
    termination_cost = termination_cost()

    def __init__(
        self, *args: Any, component: Component, after: str, is_asked: bool, **options: Any
    ) -> None:
        """Ask for the cost only of who ends work, not of who asks for it."""
        super().__init__(*args, **options)
        self.component, self.after, self.is_asked = component, after, is_asked
        self.label_suffix = ""
        if is_asked or not has_cost(component, after):
            del self.fields["termination_cost"]

    def clean(self) -> None:
        """See that nobody has changed the state since the page was shown; it sends it along."""
        if self.data.get("before") != self.component.state:
            now = self.component.get_state_display().lower()
            raise forms.ValidationError(f"In the meantime it is {now}. Look again.")

    @property
    def cost(self) -> Decimal:
        """The cost of the termination, zero where nothing was said."""
        return self.cleaned_data.get("termination_cost") or Decimal()


class AnswerForm(forms.Form):
    """The answer to somebody's request."""

    outcome = forms.ChoiceField(
        choices=[(Outcome.APPROVED, "Approve"), (Outcome.REJECTED, "Reject")],
        widget=forms.RadioSelect,
        label="Your decision",
    )
    rationale = forms.CharField(
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the decision log for good.",
    )
    termination_cost = termination_cost()

    def __init__(self, *args: Any, asked: StateRequest, **options: Any) -> None:
        """Ask for the cost only where work is ended."""
        super().__init__(*args, **options)
        self.label_suffix = ""
        if not has_cost(asked.component, asked.after):
            del self.fields["termination_cost"]


class MoveForm(forms.Form):
    """Where a component is to stand."""

    parent = forms.ModelChoiceField(
        Component.objects.none(), label="Move it below", empty_label="Choose …"
    )

    def __init__(self, *args: Any, component: Component, user: Any, **options: Any) -> None:
        """Offer what the user may put such a component below."""
        super().__init__(*args, **options)
        self.label_suffix = ""
        places = Component.objects.granting(Subject(component.kind), user)
        kinds = [Kind.PORTFOLIO] if component.kind == Kind.PORTFOLIO else PARENTS
        inside = Component.objects.within(component)
        field: Any = self.fields["parent"]
        field.queryset = (
            places.filter(kind__in=kinds)
            .exclude(pk__in=inside)
            .exclude(pk=component.parent_id or 0)
            .order_by("path")
        )
        field.label_from_instance = indented
