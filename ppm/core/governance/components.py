"""Components in the admin: one kind each, with the figures rolled up from below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ppm.core.component_form import DATES_OF_A_TREE, SETTINGS
from ppm.core.figures import Figures, figures_of
from ppm.core.forms import ConstrainedForm
from ppm.core.governance.columns import chip
from ppm.core.governance.filters import BelowFilter, HealthFilter
from ppm.core.governance.refusing import MEANWHILE, RefusedWriteError
from ppm.core.governance.rights import places_for, rights_of
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.lifecycle import DECIDED, beginnings, may_begin
from ppm.core.locks import lock_structure
from ppm.core.models import Component, Kind
from ppm.core.models.component import PORTFOLIO_STATES
from ppm.core.models.snapshot import total
from ppm.core.reach import unscoped
from ppm.core.templatetags import figures as written

C = TypeVar("C", bound=Component)

# Named unlike any field of a kind: Django would show the field.
FIGURES = (
    "health_figure",
    "budget_figure",
    "forecast_figure",
    "benefit_figure",
    "roi_figure",
    "figures_as_of",
)
APPS_OF = {
    Kind.PROJECT: {"core", "projects"},
    Kind.PROGRAM: {"core", "projects", "programs"},
    Kind.PORTFOLIO: {"core", "projects", "programs", "portfolios"},
}
"""The apps whose rows can stand at a component of a kind, or below it."""


class FiguredAdmin(ScopedAdmin[C]):
    """Components of any kind, each with its figures, read for a whole page at once."""

    list_display: Any = ("code", "name", "kind", "state", *FIGURES)
    list_filter: ClassVar[Any] = ("state", HealthFilter, BelowFilter)
    search_fields = ("code", "name")
    sortable_by: ClassVar[Any] = ("code", "name", "kind", "state")

    change_form_template = "admin/component_change_form.html"

    def prepare(self, request: HttpRequest, rows: Sequence[C]) -> None:
        """Read the figures, and the part of each path that the user sees."""
        super().prepare(request, rows)
        figures = figures_of(rows, user=request.user, now=timezone.now())
        above = {pk for row in rows for pk in row.path[:-1]}
        seen = Component.objects.visible_to(request.user).filter(pk__in=above).in_bulk()
        for row in rows:
            row.figures = figures[row.pk]  # type: ignore[attr-defined]
            row.above = [seen[pk] for pk in row.path[:-1] if pk in seen]  # type: ignore[attr-defined]

    @admin.display(description="Health")
    def health_figure(self, row: C) -> SafeString | str:
        """Show colour, shape and word."""
        snapshot = figures_in(row).snapshot
        return chip(snapshot.health) if snapshot else "not computed yet"

    @admin.display(description="Budget")
    def budget_figure(self, row: C) -> SafeString:
        """Show the money planned for what is under way, done or on hold."""
        figures = figures_in(row)
        snapshot, currency = figures.snapshot, figures.currency
        budget = written.budget(snapshot, currency)
        if snapshot is None or total(snapshot.bac, snapshot.held) is None:
            return budget
        return format_html('{} <span class="muted">{}</span>', budget, currency)

    @admin.display(description="Forecast cost")
    def forecast_figure(self, row: C) -> SafeString:
        """Show what it will have cost in the end."""
        figures = figures_in(row)
        return written.figure(figures.snapshot, "eac", figures.currency)

    @admin.display(description="Benefits")
    def benefit_figure(self, row: C) -> SafeString:
        """Show what it will have brought in the end."""
        figures = figures_in(row)
        return written.figure(figures.snapshot, "benefit_forecast", figures.currency)

    @admin.display(description="ROI")
    def roi_figure(self, row: C) -> SafeString:
        """Show the return over the whole life."""
        return written.rate(figures_in(row).snapshot, "roi")

    @admin.display(description="As of")
    def figures_as_of(self, row: C) -> SafeString:
        """Show what date the figures are about, and whether they wait to change."""
        return render_to_string("components/freshness.html", {"figures": figures_in(row)})

    @admin.display(description="Stands below")
    def place(self, row: C) -> SafeString | str:
        """Show the part of the path that the user sees."""
        above: list[Component] = row.above  # type: ignore[attr-defined]
        links = ((page_of(part), str(part)) for part in above)
        return format_html_join(" / ", '<a href="{}">{}</a>', links) or "-"

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: C | None = None,
    ) -> Any:
        """Show figures above the form, and what else is kept of the component."""
        if obj is not None:
            figures = figures_in(obj)
            context["briefing"] = {
                "component": obj,
                "snapshot": figures.snapshot,
                "currency": figures.currency,
            }
            context["lists"] = lists_of(self.admin_site, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def figures_in(row: Component) -> Figures:
    """Return the figures that were read for the row."""
    figures: Figures = row.figures  # type: ignore[attr-defined]
    return figures


def page_of(component: Component) -> str:
    """Return the address of a component's page in the admin."""
    model = f"{component.kind}s_{component.kind}"
    return reverse(f"admin:{model}_change", args=[component.pk])


class ComponentForm(ConstrainedForm[Any]):
    """The form of a component; it knows which version of it was read."""

    read_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the version."""
        super().__init__(*args, **options)
        self.initial["read_version"] = self.instance.version


class KindAdmin(FiguredAdmin[C]):
    """Components of one kind. `own_fields` are those that only this kind has."""

    form = ComponentForm
    own_fields: ClassVar[tuple[str, ...]]
    list_display = ("code", "name", "state", *FIGURES)
    sortable_by = ("code", "name", "state")
    date_hierarchy = "start_date"
    ordering = ("code",)

    def layout(self, request: HttpRequest, obj: C | None) -> Any:
        """Lay the form out; the settings of a tree stand on its root only."""
        place = "parent" if obj is None else "place"
        main = ("code", "name", place, "state", "manager", "description")
        parts = [
            (None, {"fields": (*main, "start_date", "finish_date", "read_version")}),
            (f"As a {self.opts.verbose_name}", {"fields": self.own_fields}),
        ]
        if obj.parent_id is None if obj else request.user.is_superuser:
            parts.append(("As the root of a tree", {"fields": SETTINGS}))
        return parts

    def only_shown(self, obj: C | None) -> tuple[Any, ...]:
        """Leave moves and changes of state to those who decide on them."""
        return ("place", "state") if obj else ()

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the places where the user may put a component of this kind."""
        if db_field.name == "parent":
            kwargs["queryset"] = places_for(self.model.KIND, user=request.user)
            kwargs["required"] = not request.user.is_superuser
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_choice_field(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer the states of this kind."""
        if db_field.name == "state":
            is_portfolio = self.model.KIND == Kind.PORTFOLIO
            beginning = beginnings(frozenset(rights_of(request).subjects))
            states = PORTFOLIO_STATES if is_portfolio else beginning
            kwargs["choices"] = [(state.value, state.label) for state in states]
            kwargs["initial"] = states[0]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: C, form: Any, change: bool) -> None:
        """Save what was changed, unless somebody else has changed the component meanwhile."""
        if not change:
            if not may_begin(obj, user=request.user):
                raise RefusedWriteError(DECIDED)
            super().save_model(request, obj, form, change)
            return
        changed = {*form.changed_data} - {"read_version"}
        if changed & DATES_OF_A_TREE:
            lock_structure()
        with unscoped("the component of the form, locked"):
            stored = Component.objects.select_for_update(no_key=True).get(pk=obj.pk)
        if stored.version != form.cleaned_data["read_version"]:
            raise RefusedWriteError(MEANWHILE)
        if changed:
            # The database sets it; written so that a change of the kind's own columns counts too.
            self.save_changed(obj, {*changed, "updated_at"})
        self.require_right(request, obj)


def lists_of(site: admin.AdminSite, component: Component) -> list[tuple[str, str]]:
    """List what can be kept of a component, with the addresses of the lists."""
    return [
        (
            str(model._meta.verbose_name_plural),
            f"{model_admin.list_address()}?below={component.pk}",
        )
        for model, model_admin in site._registry.items()
        if isinstance(model_admin, ScopedAdmin)
        and not isinstance(model_admin, FiguredAdmin)
        and BelowFilter in model_admin.list_filter
        and model._meta.app_label in APPS_OF[Kind(component.kind)]
    ]
