"""The forms of signing in, where they are not allauth's own."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms

from ppm.core.signin.limits import ONCE

USED = "This code was used already. Wait for the next one."


class SignInForm(LoginForm):
    """Name or mail address, and password. The field's name is that of Django's own form."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Say what may be written, above the field and not inside."""
        super().__init__(*arguments, **named)
        login = self.fields["login"]
        login.label = "Username or email"
        login.widget.attrs = {"autocomplete": "username webauthn", "autofocus": True}
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name: str) -> str:
        """Call the field `username`, as scripts and password stores know it."""
        return str(super().add_prefix("username" if field_name == "login" else field_name))


class OnceMixin:
    """A code counts once, in whatever form and process; also if two send it at the same moment."""

    user: Any

    def clean_code(self) -> str:
        """Check the code, then use it up."""
        code: str = super().clean_code()  # type: ignore[misc]
        # Signs between the digits are left out when codes are compared.
        plain = "".join(filter(str.isalnum, code))
        if ONCE.attempt(f"user {self.user.pk} code {plain}") is None:
            raise forms.ValidationError(USED)
        return code


class CodeForm(OnceMixin, AuthenticateForm):
    """The second factor of a sign-in."""


class ConfirmingCodeForm(OnceMixin, ReauthenticateForm):
    """The second factor, asked again before something that matters."""


class FirstCodeForm(OnceMixin, ActivateTOTPForm):
    """The code that shows that an authenticator app is set up."""


class MailForm(forms.Form):
    """Where a link is to be sent to."""

    email = forms.EmailField(label="Email", widget=forms.EmailInput({"autocomplete": "email"}))
