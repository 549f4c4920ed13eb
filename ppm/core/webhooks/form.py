"""The form of a webhook."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from ppm.core.forms import RowForm
from ppm.core.models import EVENTS, EventKind, Webhook
from ppm.core.webhooks.rules import objection_to


class WebhookForm(RowForm[Webhook]):
    """Where to tell what; whoever saves it is its owner, in whose name it tells."""

    home = "component"
    tab = "access"
    is_decision = True
    finality = "What waits is not sent any more, and the log goes with it."
    secret = ""
    """The secret of a webhook that was added: it is shown once."""

    events = forms.MultipleChoiceField(
        choices=[(kind.value, kind.label) for kind in EVENTS],
        initial=[EventKind.HEALTH_CHANGED, EventKind.STATE_CHANGED],
        widget=forms.CheckboxSelectMultiple,
        label="It tells that",
    )

    class Meta:
        model = Webhook
        fields = ("description", "url", "events", "is_active")
        help_texts = {
            "description": "For example: chat of the team",
            "url": "What happens is sent there by HTTPS: https://hooks.example.com/ppm",
            "is_active": "While it is off nothing is sent, and nothing kept to be sent later.",
        }

    def arrange(self) -> None:
        """Let a new one be on."""
        if self.instance._state.adding:
            del self.fields["is_active"]

    @property
    def title(self) -> str:
        """What the page is called."""
        if self.instance._state.adding:
            return f"Add a webhook to {self.instance.component}"
        return super().title

    def where(self) -> str:
        """Go back to the webhook's own page, when there is one."""
        is_new = self.instance._state.adding
        return super().where() if is_new else self.instance.get_absolute_url()

    def where_without(self) -> str:
        """Go back to the component."""
        return super().where()

    def clean_url(self) -> str:
        """Refuse where nothing may be sent."""
        url: str = self.cleaned_data["url"]
        if sentence := objection_to(url):
            raise forms.ValidationError(sentence)
        return url

    def save(self, commit: bool = True) -> Webhook:
        """Save it in the name of whoever does; a new one gets its secret."""
        self.instance.owner = self.user
        if self.instance._state.adding:
            self.secret = self.instance.give_secret()
        saved = super().save(commit)
        if "is_active" in self.changed_data and not self.errors:
            saved.switch(saved.is_active, now=timezone.now())
        return saved

    def to_update(self) -> list[str]:
        """Save whose it is now, too."""
        return [*self.changed_data, "owner"]
