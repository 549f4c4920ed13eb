"""The form by which a role is given, or is given another last day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone

from ppm.core.figures import root_of
from ppm.core.forms import DayInput, RowForm
from ppm.core.giving import IN_THE_PAST, TOO_MUCH, end_of, given_by, last_day, objection
from ppm.core.models import (
    Component,
    Role,
    RoleAssignment,
    Subject,
    may_give,
    roles_that_change,
    roles_to_give,
)


class RoleAssignmentForm(RowForm[RoleAssignment]):
    """Who becomes what on a component, and until when; of a role that is given, only the end."""

    home = "component"
    tab = "access"
    is_decision = True
    removal = ("Take away", "taken away")
    finality = "It ends at once, here and on everything below. It can be given again."

    last_day = forms.DateField(
        label="Last day",
        required=False,
        widget=DayInput,
        help_text="The role ends by itself after this day. Without one it holds for good.",
    )

    class Meta:
        model = RoleAssignment
        fields = ("user", "group", "role")
        labels = {"user": "Person", "group": "Or a group"}
        help_texts = {"role": "Of the roles those that may change no more than your own."}

    def arrange(self) -> None:
        """Offer the roles that the user may give; who holds one, and which, stays."""
        self.zone = root_of(self.instance.component).time_zone
        if self.instance._state.adding:
            path = self.instance.component.path
            offered = roles_to_give(path, self.user, until=timezone.now())
            choices = [("", "Choose a role"), *((role.value, role.label) for role in offered)]
            self.fields["role"].choices = choices  # type: ignore[attr-defined]
            return
        for name in self._meta.fields or ():
            del self.fields[name]
        if self.instance.expires_at:
            self.initial["last_day"] = last_day(self.instance.expires_at, self.zone)

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.instance._state.adding:
            return f"Give a role on {self.instance.component}"
        return f"Until when? {self.called}"

    def clean(self) -> dict[str, Any]:
        """Refuse what the user may not give, and what nobody can."""
        values = super().clean() or {}
        if "last_day" in self.changed_data or self.instance._state.adding:
            day: date | None = values.get("last_day")
            self.instance.expires_at = end_of(day, self.zone) if day else None
        if self.errors:
            return values
        given = given_by(self)
        if not may_give(given.role, given.component.path, self.user, until=given.expires_at):
            raise forms.ValidationError(TOO_MUCH)
        if sentence := objection(given, now=timezone.now()):
            self.add_error("last_day" if sentence == IN_THE_PAST else None, sentence)
        return values

    def to_update(self) -> list[str]:
        """Save the end."""
        return ["expires_at"]

    def where_without(self) -> str:
        """Go home where the user does not see the component any more."""
        seen = Component.objects.visible_to(self.user).filter(pk=self.instance.component_id)
        return self.where() if seen.exists() else reverse("home")

    @property
    def cautions(self) -> list[str]:
        """Warn whoever takes away the last right of his own."""
        mine = RoleAssignment.objects.held_by(self.user)
        if self.user.is_superuser or not mine.filter(pk=self.instance.pk).exists():
            return []
        component = self.instance.component
        others = mine.filter(component__in=component.path).exclude(pk=self.instance.pk)
        roles = {Role(role) for role in others.values_list("role", flat=True)}
        if not roles:
            return [f"It is the last role by which you see {component} yourself."]
        if not roles & set(roles_that_change(Subject.POLICY)):
            return [f"It is the last role by which you give and take roles on {component}."]
        return []
