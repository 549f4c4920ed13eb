"""Pages of decisions: what waits for one's own, the answer to a request, and the log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from portfolios.deciding import Actor, answer
from portfolios.editing import collected, outlook
from portfolios.forms import AnswerForm
from portfolios.retelling import retold
from ppm.core.editing import trail_of
from ppm.core.filter_bar import bar, with_place
from ppm.core.filters import DecisionFilter
from ppm.core.models import Decision, StateRequest
from ppm.core.outline import PAGE_SIZE
from ppm.core.signin.recency import recently_signed_in
from ppm.core.waiting import overrides_for, requests_for

ASKED = ("search", "after", "outcome", "date__gte", "date__lte")


@login_required
@require_safe
def decision_list(request: HttpRequest) -> HttpResponse:
    """Show what waits for a decision of the user, and what was decided where the user sees it."""
    user: Any = request.user
    requests = list(requests_for(user).select_related("component", "recorded_by").order_by("date"))
    decisions = DecisionFilter(request.GET, Decision.objects.visible_to(user), request=request)
    found = decisions.qs if decisions.is_valid() else Decision.objects.none()
    log = found.select_related("component", "recorded_by").order_by("-date", "-pk")
    context = {
        "requests": retold(requests, user=user),
        "overrides": overrides_for(user, now=timezone.now()),
        "page": Paginator(log, PAGE_SIZE).get_page(request.GET.get("page")),
        "bar": bar(("", decisions, with_place(ASKED, request.GET)), query=request.GET),
    }
    return render(request, "decisions/list.html", context)


@login_required
@require_safe
def decision_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a decision, and all that it was foretold to do."""
    visible = Decision.objects.visible_to(request.user)
    related = ("component", "recorded_by", "state_request__recorded_by")
    decision = get_object_or_404(visible.select_related(*related), pk=pk)
    [told] = retold([decision], user=request.user)
    trail = trail_of(decision.component, request.user)
    return render(request, "decisions/detail.html", {"told": told, "trail": trail})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@recently_signed_in
def request_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or reject a change of state that somebody else asked for."""
    asked = _asked(request, pk)
    form = AnswerForm(request.POST or None, asked=asked)
    context: dict[str, Any] = {"asked": asked, "form": form}
    if request.method == "POST" and form.is_valid():
        context["refusals"] = _answered(request, asked, form)
        if not context["refusals"]:
            return redirect("decision-list")
    context |= outlook(request, asked.component, asked.after)
    return render(request, "decisions/answer.html", context)


def _asked(request: HttpRequest, pk: int) -> StateRequest:
    visible = StateRequest.objects.visible_to(request.user).select_related("component")
    asked = get_object_or_404(visible.select_related("recorded_by"), pk=pk)
    user: Any = request.user
    if not requests_for(user).filter(pk=pk).exists():
        raise PermissionDenied
    return asked


def _answered(request: HttpRequest, asked: StateRequest, form: AnswerForm) -> list[str]:
    """Answer; return the sentences of a refusal."""
    outcome, rationale = form.cleaned_data["outcome"], form.cleaned_data["rationale"]
    cost = form.cleaned_data.get("termination_cost") or Decimal()
    by = Actor.of(request)
    with collected() as refusals:
        decision = answer(asked, outcome, by=by, rationale=rationale, termination_cost=cost)
        done = decision.get_outcome_display().lower()
        messages.success(request, f"What was asked of “{asked.component.name}” is {done}.")
    return refusals
