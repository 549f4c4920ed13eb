"""The form of a component: what portfolios, programs and projects have in common."""

from __future__ import annotations

from typing import TypeVar

from django import forms

from ppm.core.forms import RowForm, address_of
from ppm.core.lifecycle import beginnings
from ppm.core.locks import lock_structure
from ppm.core.models import Component, State, rights_on
from ppm.core.models.component import PORTFOLIO_STATES

Kind = TypeVar("Kind", bound=Component)

IDENTITY = ("code", "name", "description", "manager")
SETTINGS = ("currency", "time_zone", "status_date")
"""What the root carries for its tree."""
DATES_OF_A_TREE = {"time_zone", "status_date"}


class ComponentForm(RowForm[Kind]):
    """A component. Its state is chosen once; later changes are decisions, and so are moves."""

    home = "parent"
    tab = ""

    def arrange(self) -> None:
        """Ask for what this component needs: a new one for its state, a root for the tree's."""
        self.instance.kind = self.instance.KIND
        # A code that is refused would make no address.
        self.address = "" if self.instance._state.adding else address_of(self.instance)
        if self.instance.parent_id:
            for name in SETTINGS:
                del self.fields[name]
        if self.instance._state.adding:
            self._ask_for_the_state()

    def _ask_for_the_state(self) -> None:
        if self.instance.KIND == "portfolio":
            self.instance.state = PORTFOLIO_STATES[0]
            return
        rights = rights_on(self.instance.parent.path if self.instance.parent else [], self.user)
        choices = [(state.value, state.label) for state in beginnings(rights)]
        self.fields["state"] = forms.ChoiceField(choices=choices, initial=State.IDEA)
        self.order_fields(["code", "name", "state"])

    def _post_clean(self) -> None:
        if "state" in self.cleaned_data:
            self.instance.state = self.cleaned_data["state"]
        super()._post_clean()

    @property
    def title(self) -> str:
        """What the page is called."""
        if not self.instance._state.adding:
            return f"Edit {self.instance.name}"
        place = f" in {self.instance.parent.name}" if self.instance.parent else ""
        return f"New {self.instance.KIND}{place}"

    def where(self) -> str:
        """Tell the address of the component, or of what a new one is to stand below."""
        if self.instance._state.adding:
            return self.where_without()
        return self.address if self.errors else address_of(self.instance)

    def where_without(self) -> str:
        """Tell the address of what it stood below."""
        return address_of(self.instance.parent, "components") if self.instance.parent else "/"

    def save(self, commit: bool = True) -> Kind:
        """Save; the dates of a tree wait for those who insert components, as they mark them."""
        if DATES_OF_A_TREE & set(self.changed_data):
            lock_structure()
        return super().save(commit)

    def to_update(self) -> list[str]:
        """Raise the component's version too, though only its kind's own columns may change."""
        return [*self.changed_data, "updated_at"]


def component_fields(*own: str) -> tuple[str, ...]:
    """List the fields of a kind in the order of the form."""
    return (*IDENTITY, "start_date", "finish_date", *own, *SETTINGS)
