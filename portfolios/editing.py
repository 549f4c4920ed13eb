"""Pages that make, change, move and decide on components of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portfolios.deciding import Actor, RefusedError, ask, decide, foretell, obstacles
from portfolios.forms import MoveForm, PortfolioForm, StateForm
from portfolios.models import Portfolio
from portfolios.rehearsal import Consequence, UncomputableError, rehearse
from ppm.core.editing import delete_row, form_options, saved, surroundings, trail_of
from ppm.core.figures import status_date_of
from ppm.core.lifecycle import REMOVALS, subject_of, successors, verb
from ppm.core.models import Component, Kind, Subject, rights_on
from ppm.core.problems import sentences_of
from ppm.core.signin.recency import require_recent
from programs.forms import ProgramForm
from programs.models import Program
from projects.forms import ProjectForm
from projects.models import Project

FORMS: dict[str, Any] = {
    Kind.PORTFOLIO: PortfolioForm,
    Kind.PROGRAM: ProgramForm,
    Kind.PROJECT: ProjectForm,
}
MODELS: dict[str, Any] = {
    Kind.PORTFOLIO: Portfolio,
    Kind.PROGRAM: Program,
    Kind.PROJECT: Project,
}
BUSY = "The figures of this tree are being computed. Nothing was changed; try again in a moment."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str, code: str = "") -> HttpResponse:
    """Make a component below another one, or the root of a new tree."""
    if kind not in FORMS:
        raise Http404
    parent = _place(request, kind, code)
    form = FORMS[kind](request.POST or None, belongs_to=parent, **form_options(request))
    if request.method == "POST" and form.stored():
        return saved(request, form, "added")
    return render(request, "editing/form.html", {"form": form, **surroundings(form, parent)})


def _place(request: HttpRequest, kind: str, code: str) -> Component | None:
    """Find what a new component is to stand below; only administrators make roots."""
    if not code:
        if not request.user.is_superuser:
            raise PermissionDenied
        return None
    parent = get_object_or_404(Component.objects.visible_to(request.user), code=code)
    if Subject(kind) not in rights_on(parent.path, request.user):
        raise PermissionDenied
    return parent


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is said of a component."""
    component = _changeable(request, code)
    form = FORMS[component.kind](request.POST or None, instance=component, **form_options(request))
    if request.method == "POST" and form.stored():
        return saved(request, form, "changed")
    context = {"form": form, "removal": reverse("component-delete", args=[code])}
    return render(request, "editing/form.html", {**context, **surroundings(form, component)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, code: str) -> HttpResponse:
    """Delete a component that nothing was recorded of."""
    component = _changeable(request, code)
    form = FORMS[component.kind](instance=component, **form_options(request))
    return delete_row(request, form, component)


def _changeable(request: HttpRequest, code: str) -> Any:
    component = get_object_or_404(Component.objects.visible_to(request.user), code=code)
    if Subject(component.kind) not in rights_on(component.path, request.user):
        raise PermissionDenied
    of_kind = MODELS[component.kind].objects.visible_to(request.user)
    return of_kind.select_related("parent").get(pk=component.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Put a component below another one, after showing what that does to the figures."""
    component = _changeable(request, code)
    _place(request, component.kind, component.parent.code if component.parent else "")
    form = MoveForm(request.POST or request.GET or None, component=component, user=request.user)
    context: dict[str, Any] = {
        "component": component,
        "form": form,
        "trail": trail_of(component, request.user),
    }
    if form.is_valid():
        context |= _moved(request, component, form.cleaned_data["parent"])
        if request.method == "POST" and "refusals" not in context:
            return redirect(component)
    return render(request, "editing/move.html", context)


def _moved(request: HttpRequest, component: Component, target: Component) -> dict[str, Any]:
    """Move the component, or on a page that is only read tell what that would do."""
    moved = Component.objects.visible_to(request.user).get(pk=component.pk)
    try:
        with transaction.atomic():
            if request.method != "POST":
                return {"target": target, "consequence": _foretold_move(request, moved, target)}
            moved.move_to(target)
    except UncomputableError as error:
        return {"refusals": [str(error)]}
    except OperationalError:
        return {"refusals": [BUSY]}
    except DatabaseError as error:
        sentences = sentences_of(error)
        if not sentences:
            raise
        return {"refusals": sentences}
    messages.success(request, f"“{component.name}” now stands below “{target.name}”.")
    return {}


def _foretold_move(request: HttpRequest, moved: Component, target: Component) -> Consequence:
    return rehearse(
        Component.objects.visible_to(request.user).get(pk=moved.pk),
        lambda: moved.move_to(target),
        user=request.user,
        now=timezone.now(),
        target=target,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def state_change(request: HttpRequest, code: str, after: str) -> HttpResponse:
    """Show what a change of state does to the figures; make it, or ask for it."""
    component = get_object_or_404(Component.objects.visible_to(request.user), code=code)
    rights = rights_on(component.path, request.user)
    if not rights & {Subject.REPORT, Subject.DECISION, Subject(component.kind)}:
        raise PermissionDenied
    is_asked = subject_of(component, after) not in rights
    if not is_asked:
        require_recent(request)
    form = StateForm(request.POST or None, component=component, after=after, is_asked=is_asked)
    context = {"component": component, "after": after, "form": form, "is_asked": is_asked}
    if form.is_valid():
        context["refusals"] = _settle(request, form)
        if not context["refusals"]:
            return redirect(component)
    if _is_gone(request, component, after):
        return redirect(component)
    return render(request, "editing/state.html", context | outlook(request, component, after))


def _is_gone(request: HttpRequest, component: Component, after: str) -> bool:
    """Tell whether the change is not possible any more, and say so to whoever sent it."""
    if after in successors(component):
        return False
    if request.method != "POST":
        raise Http404
    now = component.get_state_display().lower()
    messages.error(request, f"In the meantime it is {now}. Nothing was changed.")
    return True


def _settle(request: HttpRequest, form: StateForm) -> list[str]:
    """Decide, or ask where the user may not decide; return the sentences of a refusal."""
    component, after = form.component, form.after
    by, reason = Actor.of(request), form.cleaned_data["reason"]
    with collected() as refusals:
        if form.is_asked:
            ask(component, after, by=by, reason=reason)
            said = f"Your request about “{component.name}” waits for a decision."
        else:
            decide(component, after, by=by, rationale=reason, termination_cost=form.cost)
            said = f"“{component.name}” is {component.get_state_display().lower()} now."
        messages.success(request, said)
    return refusals


def outlook(request: HttpRequest, component: Component, after: str) -> dict[str, Any]:
    """Collect what a page says of a change of state: what it does, and what stands in its way."""
    by = Actor.of(request)
    as_of = status_date_of(component, now=by.now)
    said: dict[str, Any] = {
        "verb": verb(component, after),
        "is_removal": after in REMOVALS,
        "trail": trail_of(component, request.user),
        "obstacles": obstacles(component, after, as_of=as_of),
    }
    with collected() as refusals:
        said["consequence"] = foretell(component, after, by=by)
    return {**said, "refusals": refusals} if refusals else said


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the sentences of what refuses to be done; none where it is done."""
    refusals: list[str] = []
    try:
        yield refusals
    except RefusedError as error:
        refusals.extend(error.sentences)
    except OperationalError:
        refusals.append(BUSY)
