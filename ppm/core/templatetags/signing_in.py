"""What the pages of signing in need to know of the installation."""

from __future__ import annotations

from django import forms, template
from django.conf import settings

register = template.Library()


@register.simple_tag
def sends_mail() -> bool:
    """Tell whether links can be sent."""
    return bool(settings.HAS_MAIL)


@register.filter
def plainly(form: forms.Form) -> forms.Form:
    """Write labels without a colon, as on all our forms; allauth's have one."""
    form.label_suffix = ""
    return form
