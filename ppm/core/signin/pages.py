"""Pages about one's own account that allauth has not: an overview, tokens, links by mail."""

from __future__ import annotations

from typing import Any

from allauth.account.views import INTERNAL_RESET_SESSION_KEY
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ppm.core.models import ApiToken, CalendarFeed
from ppm.core.signin.forms import MailForm
from ppm.core.signin.links import ask_for_link
from ppm.core.signin.recency import recently_signed_in
from ppm.core.signin.token_form import TokenForm

LATER = "No mail can be sent at the moment. Try again in some minutes."


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what there is of one's account, and where it is changed."""
    user: Any = request.user
    context = {
        "tokens": ApiToken.objects.filter(user=user).count(),
        "calendars": CalendarFeed.objects.visible_to(user).count(),
        "sessions": len(UserSession.objects.purge_and_list(user)),
        "has_second_factor": is_mfa_enabled(user),
    }
    return render(request, "account/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens that one has, and issue one; its text is on this one answer only."""
    user: Any = request.user
    form = TokenForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "now": timezone.now()}
    if request.method == "POST" and form.is_valid():
        context |= {"secret": form.issue(user, now=timezone.now()), "form": TokenForm()}
    context["tokens"] = ApiToken.objects.filter(user=user).order_by("-created_at")
    return render(request, "account/tokens.html", context)


@login_required
@require_POST
def token_revocation(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a token of one's own: from now on it opens nothing."""
    user: Any = request.user
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    token.delete()
    messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("account-tokens")


@login_required
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a session of one's own in another browser."""
    get_object_or_404(UserSession, pk=pk, user=request.user).end()
    messages.success(request, "The session is over.")
    return redirect("usersessions_list")


def no_password(request: HttpRequest) -> HttpResponse:
    """Answer like no page at all: whoever comes in by single sign-on chooses no password."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer is the same whether anybody has the address."""
    if not settings.HAS_MAIL:
        raise Http404
    form = MailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        site = request.build_absolute_uri("/")[:-1]
        if ask_for_link(form.cleaned_data["email"], site=site):
            return redirect("password-link-sent")
        form.add_error(None, LATER)
    return render(request, "account/forgotten.html", {"form": form})


@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    """Say what comes next."""
    return render(request, "account/link_sent.html")


@require_safe
def password_link(request: HttpRequest) -> HttpResponse:
    """Put the link's secret into the session, and go on at an address without it."""
    user, _, secret = request.GET.get("key", "").partition("-")
    if not (user.isalnum() and user.isascii() and secret):
        raise Http404
    request.session[INTERNAL_RESET_SESSION_KEY] = secret
    return redirect("account_reset_password_from_key", uidb36=user)
