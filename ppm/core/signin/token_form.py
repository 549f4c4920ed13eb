"""The form with which somebody issues a token to themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from ppm.core.models import ApiToken, TokenScope, User

DAYS = ((30, "30 days"), (90, "90 days"), (365, "a year"))


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how long."""

    name = forms.CharField(
        max_length=100,
        label="What it is for",
        help_text="For example: export to the warehouse",
    )
    scopes = forms.MultipleChoiceField(
        choices=TokenScope.choices,
        initial=[TokenScope.READ],
        widget=forms.CheckboxSelectMultiple,
        label="It may",
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=90, label="It is valid for")

    def issue(self, user: User, *, now: datetime) -> str:
        """Issue the token and return it."""
        given: dict[str, Any] = self.cleaned_data
        expires_at = now + timedelta(days=given["days"])
        name, scopes = given["name"], given["scopes"]
        return ApiToken.issue(user, scopes=scopes, name=name, expires_at=expires_at)
