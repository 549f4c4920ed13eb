"""Pages to add, change and delete a row: one form each, whatever the model.

A form class says what a row belongs to and where it stands; the addresses follow from the model's
name, so that `editing.addresses(RiskForm)` is all that a new form takes.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods

from ppm.core.figures import status_date_of
from ppm.core.forms import RowForm, component_of
from ppm.core.locks import lock_trees
from ppm.core.models import AnyUser, Component, Fact
from ppm.core.problems import still_used
from ppm.core.signin.recency import require_recent

FormClass = type[RowForm[Any]]


def addresses(form_class: FormClass) -> list[URLPattern]:
    """Make the addresses of a form's rows; a fact is only added."""
    model = form_class._meta.model
    name, plural = slug_of(model)
    home = model._meta.get_field(form_class.home).related_model
    is_component = issubclass(home, Component)
    place = "components/<str:code>" if is_component else f"{slug_of(home)[1]}/<int:home>"
    options = {"form_class": form_class}
    added = path(f"{place}/{plural}/new/", add, options, name=f"{name}-add")
    if issubclass(model, Fact):
        return [added]
    return [
        added,
        path(f"{plural}/<int:pk>/edit/", change, options, name=f"{name}-change"),
        path(f"{plural}/<int:pk>/delete/", delete, options, name=f"{name}-delete"),
    ]


def slug_of(model: Any) -> tuple[str, str]:
    """Write a model's name, and its plural, as addresses do."""
    return slugify(model._meta.verbose_name), slugify(model._meta.verbose_name_plural)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, form_class: FormClass, **key: Any) -> HttpResponse:
    """Add a row to what the address names; its query says what to begin with."""
    home = home_of(request, form_class, **key)
    if form_class.is_decision:
        require_recent(request)
    form = form_class(
        request.POST or None,
        initial=request.GET.dict(),
        belongs_to=home,
        today=status_date_of(component_of(home), now=timezone.now()),
        **form_options(request),
    )
    if request.method == "POST" and form.stored():
        return saved(request, form, "added")
    return render(request, form.template, {"form": form, **surroundings(form, home)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, form_class: FormClass, pk: int) -> HttpResponse:
    """Change a row."""
    row = row_of(request, form_class, pk)
    if form_class.is_decision:
        require_recent(request)
    form = form_class(request.POST or None, instance=row, **form_options(request))
    if request.method == "POST" and form.stored():
        return saved(request, form, "changed")
    context = {"form": form, **surroundings(form, row)}
    context["removal"] = reverse(f"{slug_of(type(row))[0]}-delete", args=[pk])
    return render(request, form.template, context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, form_class: FormClass, pk: int) -> HttpResponse:
    """Delete a row, after saying what goes with it or stands in the way."""
    row = row_of(request, form_class, pk)
    if form_class.is_decision:
        require_recent(request)
    return delete_row(request, form_class(instance=row, **form_options(request)), row)


def delete_row(request: HttpRequest, form: RowForm[Any], row: Any) -> HttpResponse:
    """Ask whether to delete a row, then do it."""
    if request.method == "POST":
        lock_trees([component_of(row).pk])
    going, obstacle = fate_of(row)
    if request.method == "POST" and not obstacle:
        row.delete()
        messages.success(request, f"“{form.called}” was {form.removal[1]}.")
        return redirect(form.where_without())
    context = {"form": form, "going": going, "obstacle": obstacle, **surroundings(form, row)}
    return render(request, "editing/delete.html", context)


def home_of(request: HttpRequest, form_class: FormClass, code: str = "", home: int = 0) -> Any:
    """Find what a new row is to belong to, if the user may add such rows there."""
    model: Any = form_class._meta.model
    field = model._meta.get_field(form_class.home)
    homes = field.related_model.objects.visible_to(request.user)
    found = get_object_or_404(homes, code=code) if code else get_object_or_404(homes, pk=home)
    if not homes.granting(model.objects.all().subject, request.user).filter(pk=found.pk).exists():
        raise PermissionDenied
    return found


def row_of(request: HttpRequest, form_class: FormClass, pk: int) -> Any:
    """Find a row, if the user may change it."""
    rows: Any = form_class._meta.model._default_manager.all()
    row = get_object_or_404(rows.visible_to(request.user), pk=pk)
    if not rows.changeable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return row


def form_options(request: HttpRequest) -> dict[str, Any]:
    """Tell a form who fills it in."""
    return {"user": request.user, "request_id": request.id}  # type: ignore[attr-defined]


def surroundings(form: RowForm[Any], row: Any) -> dict[str, Any]:
    """Collect what is around a form: its title, the trail to the component, and the way back."""
    # In a template the name would lead to a field of that name, if the form has one.
    trail = trail_of(component_of(row), form.user) if row else []
    return {"title": form.title, "back": form.where(), "trail": trail}


def trail_of(component: Component, user: AnyUser) -> Any:
    """Read the way to a component, as far as the user sees it, and the component."""
    known = Component.objects.visible_to(user).filter(pk__in=component.path)
    return known.order_by("path__len")


def saved(request: HttpRequest, form: RowForm[Any], done: str) -> HttpResponse:
    """Say what was done, and go where the row stands."""
    name = str(form.instance._meta.verbose_name)
    sentence = f"{name[:1].upper()}{name[1:]} “{form.called}” was {done}."
    messages.success(request, f"{sentence} {form.outlook}".rstrip())
    return redirect(form.where())


def fate_of(row: models.Model) -> tuple[list[str], str]:
    """Tell what a deletion takes along, by kind, or what stands in its way."""
    collector = Collector(using="default", origin=row)
    try:
        collector.collect([row])
    except ProtectedError as error:
        return [], str(still_used(error).detail)
    counts = Counter(
        {model: len(rows) for model, rows in collector.data.items() if model is not type(row)}
    )
    for rows in collector.fast_deletes:
        counts[rows.model] += rows.count()
    kinds = (
        (n, model._meta.verbose_name if n == 1 else model._meta.verbose_name_plural)
        for model, n in counts.items()
    )
    return [f"{n} {kind}" for n, kind in kinds if n], ""
