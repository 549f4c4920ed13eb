"""Forms of portfolios, and of what is decided about whole trees."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from portfolios.models import Portfolio
from ppm.core.component_form import ComponentForm, component_fields
from ppm.core.forms import PercentField
from ppm.core.models import Component, Kind, State, Subject
from ppm.core.models.decision import SHORTEST_REASON

PARENTS = [Kind.PORTFOLIO, Kind.PROGRAM]
"""What programs and projects may stand below."""


class PortfolioForm(ComponentForm[Portfolio]):
    """A portfolio."""

    target_roi = PercentField(required=False, label="Target ROI")
    discount_rate = PercentField(required=False)

    class Meta:
        model = Portfolio
        fields = component_fields("target_roi", "discount_rate", "governance_body")


class StateForm(forms.Form):
    """Why the state is to change, and what ending the work costs."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stands in the decision log for good.",
    )
    termination_cost = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=19,
        decimal_places=4,
        help_text="What leaving contracts and handing over will cost; it is booked at once.",
    )

    def __init__(self, *args: Any, component: Component, after: str, **options: Any) -> None:
        """Ask for the cost only where work is ended."""
        super().__init__(*args, **options)
        self.component = component
        self.label_suffix = ""
        if after != State.TERMINATED or component.kind != "project":
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
        field.label_from_instance = placed


def placed(component: Component) -> str:
    """Name a component so that its depth in the tree shows."""
    return f"{'· ' * (len(component.path) - 1)}{component.name}"
