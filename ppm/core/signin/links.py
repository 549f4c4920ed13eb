"""Links by mail, with which somebody chooses a password: forgotten, or the first one.

The worker looks the person up, so that the page that asks for a link does the same work, and says
the same, for every address.
"""

from __future__ import annotations

import logging
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlencode

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery import current_app
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from ppm.core.models import User

logger = logging.getLogger(__name__)

SENDING = "ppm.core.tasks.send_password_link"


def ask_for_link(email: str, *, site: str, is_first: bool = False) -> bool:
    """Have the worker send a link, if there is such a person; False if it cannot be told so."""
    given = {"email": email, "site": site, "is_first": is_first}
    try:
        current_app.send_task(SENDING, kwargs=given, queue="jobs", ignore_result=True)
    except Exception as error:  # whatever a broker raises: the person is told to try again
        logger.warning("a link could not be asked for: %s", type(error).__name__)
        return False
    return True


def send_link(email: str, *, site: str, is_first: bool) -> None:
    """Send a link to whoever has the address and may sign in; to nobody else anything."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        return
    words = {"user": user, "link": site + link_of(user), "is_first": is_first}
    subject = "Your account in PPM" if is_first else "A new password for PPM"
    text = render_to_string("account/link.txt", words)
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    except SMTPRecipientsRefused:
        # Its message names the address, which is not for the log.
        logger.error("the mail server refuses the address of user %s", user.pk)


def link_of(user: User) -> str:
    """Make the address at which the person chooses a password; it works once, for some hours.

    The secret stands in the query, which no log keeps.
    """
    secret = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{reverse('password-link')}?{urlencode({'key': secret})}"
