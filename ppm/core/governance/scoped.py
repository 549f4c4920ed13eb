"""The base of every page in the admin: rows by `visible_to`, changes by `changeable_by`.

Where rows belong to administrators, or to one person, its subclasses ask who the user is.
Django's table of permissions is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import connection, models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from rest_framework.permissions import SAFE_METHODS

from ppm.core.amounts import amounts_of, as_shown
from ppm.core.forms import ConstrainedForm
from ppm.core.governance.columns import Reference, hide_foreign, reference_to
from ppm.core.governance.deleting import Deletion
from ppm.core.governance.refusing import WRITE_ERRORS, RefusedForm, require_unchanged, sentence_of
from ppm.core.governance.rights import (
    choices_of,
    is_changeable,
    is_id,
    owner_of,
    rights_of,
    rows_of,
    subject_of,
    visible_rows,
)
from ppm.core.models import Fact, User
from ppm.core.signin.recency import require_recent

Row = TypeVar("Row", bound=models.Model)


class GovernedSelect(AutocompleteSelect):
    """A reference that is searched for as one types; what is no number is never looked up."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        """Show what is chosen."""
        numbers = [text for text in value if is_id(text)]
        return super().optgroups(name, numbers or [""], attr)


class ScopedReferences(BaseModelAdmin[Row]):
    """References of a form, which offer what the user may refer to."""

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer what the user may choose; search for it where there may be much of it."""
        kwargs.setdefault("queryset", choices_of(db_field, user=request.user))
        related = self.admin_site._registry.get(db_field.related_model)
        if related is not None and related.search_fields:
            kwargs.setdefault("widget", GovernedSelect(db_field, self.admin_site))
        if db_field.name == owner_of(self.model) and not request.user.is_superuser:
            # Without an owner a row belongs to the installation, and so to its administrators.
            kwargs["required"] = True
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Remember what was shown, and leave out what opens windows of its own.

        What the user changed is told by what the user saw: a value that somebody else has changed
        meanwhile stays.
        """
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        field.show_hidden_initial = True
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class ScopedChangeList(ChangeList):
    """A list whose rows are prepared together, whatever their number."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page."""
        super().get_results(request)
        rows = list(self.result_list)
        model_admin: Any = self.model_admin
        model_admin.prepare(request, rows)
        self.result_list = rows

    def get_ordering_field(self, field_name: Any) -> Any:
        """Order by an amount as far as the reader sees it."""
        column = super().get_ordering_field(field_name)
        is_told = "shows_amounts" in self.root_queryset.query.annotations
        if is_told and column in amounts_of(self.model):
            return as_shown(column)
        return column

    def __init__(self, *args: Any, **options: Any) -> None:
        """Call the list by what is in it."""
        super().__init__(*args, **options)
        self.title = str(capfirst(self.opts.verbose_name_plural))


class ScopedAdmin(ScopedReferences[Row], admin.ModelAdmin[Row]):
    """Rows of one model, as far as the user sees them."""

    group: ClassVar[str]
    """The heading under which the model stands on the first page."""
    foreign: ClassVar[tuple[str, ...]] = ()
    """References that may lead out of what the user sees."""
    may_be_added: ClassVar[bool] = True
    may_be_changed: ClassVar[bool] = True
    form: type[ModelForm[Any]] = ConstrainedForm
    may_be_deleted: ClassVar[bool] = True
    gives_access: ClassVar[bool] = False
    """Whether a write changes who may do what: then it needs somebody who has just signed in."""

    deletion: ClassVar = Deletion()
    actions: Any = (deletion,)
    list_display: Any
    list_filter: ClassVar[Any] = ()
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False

    # Who may

    def get_view_on_site_url(self, obj: Row | None = None) -> str | None:
        """Link to the page that managers see, where there is one."""
        page = getattr(obj, "get_absolute_url", None)
        return str(page()) if page else None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the model to everybody who may enter; its rows are another matter."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Allow to see a row that was found: what one may not see is not found."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow to begin where the user may change the subject on some component."""
        return self.may_be_added and subject_of(self.model) in rights_of(request).subjects

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Ask the queryset about a row."""
        return self.may_be_changed and self.has_right(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Ask the queryset about a row."""
        return self.may_be_deleted and self.has_right(request, obj)

    def has_right(self, request: HttpRequest, obj: Row | None) -> bool:
        """Tell whether the user may write the row, or without one any of the model's."""
        rights = rights_of(request)
        if obj is None:
            return subject_of(self.model) in rights.subjects
        return rights.may_change(obj)

    # Which rows

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Row]:
        """Return the rows that the user sees."""
        rows = visible_rows(self.model, user=request.user)
        return rows.order_by(*(self.get_ordering(request) or ("pk",)))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Row:
        """Find a row; what one may not see answers like what is not there."""
        row = super().get_object(request, object_id, from_field)
        if row is None:
            raise Http404
        self.prepare(request, [row])
        return row

    def chosen(self, request: HttpRequest, keys: Sequence[Any]) -> list[Row]:
        """Read the rows of an action, as far as they are there and the user sees them."""
        found = self.get_queryset(request).filter(pk__in=keys)
        if isinstance(self.list_select_related, tuple):
            found = found.select_related(*self.list_select_related)
        rows = list(found)
        self.prepare(request, rows)
        return rows

    def response_action(  # type: ignore[override]  # the stubs are of a later Django
        self, request: HttpRequest, queryset: models.QuerySet[Row]
    ) -> Any:
        """Refuse what can be no row."""
        if not all(map(is_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest
        return super().response_action(request, queryset)

    def prepare(self, request: HttpRequest, rows: Sequence[Row]) -> None:
        """Add to rows that are about to be shown what they do not hold themselves."""
        hidden = hide_foreign(rows, self.foreign, user=request.user)
        for row in rows:
            row.hidden_references = hidden.get(row.pk, set())  # type: ignore[attr-defined]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Prepare the rows of a page together."""
        return ScopedChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the lookups of the filters only: any other tells about what is not shown."""
        names = [self.date_hierarchy, *(_filtered(entry) for entry in self.list_filter)]
        allowed = {name for name in names if name}
        return any(lookup == name or lookup.startswith(f"{name}__") for name in allowed) and bool(
            super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]
        )

    # What is shown

    def described(self, row: Row) -> str:
        """Name a row where it stands among others, without its list around it."""
        return str(row)

    def get_fieldsets(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Show references as text where their page is not for the user."""
        texts = self._as_text(request, obj)
        return [
            (title, {**options, "fields": [texts.get(name, name) for name in options["fields"]]})
            for title, options in self.layout(request, obj)
        ]

    def layout(self, request: HttpRequest, obj: Row | None) -> Any:
        """Lay out the fields of a row, or of a new one."""
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> Any:
        """Never write over what is only shown."""
        return (*self.only_shown(obj), *self._as_text(request, obj).values())

    def only_shown(self, obj: Row | None) -> tuple[Any, ...]:
        """Name the fields that are not written in the form of a row, or of a new one."""
        return tuple(self.readonly_fields)

    def _as_text(self, request: HttpRequest, obj: Row | None) -> dict[str, Reference]:
        """Find the references to show as text: hidden ones, and people, who have no page here."""
        hidden: set[str] = getattr(obj, "hidden_references", set())
        is_read = obj is not None and not self.has_change_permission(request, obj)
        read_only = set(self.only_shown(obj))
        people = {
            field.name
            for field in self.opts.concrete_fields
            if field.related_model is User and (is_read or field.name in read_only)
        }
        return {name: reference_to(self.model, name) for name in hidden | people}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row | None = None,
    ) -> Any:
        """Call the page by the row that is on it."""
        if obj is not None:
            kind = capfirst(self.opts.verbose_name)
            is_read = "" if self.has_change_permission(request, obj) else ", to be read only"
            context.update(title=str(obj), subtitle=f"{kind}{is_read}")
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Writing

    def get_form(
        self, request: HttpRequest, obj: Row | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Make the form; one whose values were refused says so."""
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", "")
        return type(form.__name__, (RefusedForm, form), {"refusal": refusal}) if refusal else form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save a form; where the database refuses it, show it again and say why."""
        if self.gives_access and (object_id is None or request.method == "POST"):
            require_recent(request)
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except WRITE_ERRORS as error:
            sentence = sentence_of(error)
            if sentence is None or request.method in SAFE_METHODS:
                raise
            request.refusal = sentence  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        """Save; of a stored row only what was changed, so that what others changed stays."""
        if change:
            require_unchanged(form)
            self.save_changed(obj, form.changed_data)
        else:
            obj.save()
        self.require_right(request, obj)

    def save_changed(self, row: models.Model, names: Iterable[str]) -> None:
        """Save the named columns of a stored row."""
        columns = {field.name for field in row._meta.concrete_fields}
        if changed := [name for name in names if name in columns]:
            row.save(update_fields=changed)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the rows of a part of the form, each where the user may."""
        formset.save(commit=False)
        for row in formset.new_objects:
            if isinstance(row, Fact):
                record(request, row)
            row.save()
            self.require_right(request, row)
        for part in formset.initial_forms:
            require_unchanged(part)
        for row, names in formset.changed_objects:
            self.save_changed(row, names)
            self.require_right(request, row)
        for row in formset.deleted_objects:
            self.require_right(request, row)
            row.delete()
        formset.save_m2m()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save all parts, and check references now: at the commit it would be too late."""
        super().save_related(request, form, formsets, change)
        connection.check_constraints()

    def require_right(self, request: HttpRequest, row: models.Model) -> None:
        """Refuse a row that was written where the user may not write, whatever the form said."""
        if not hasattr(rows_of(type(row)), "changeable_by"):
            return
        if not is_changeable(row, user=request.user):
            raise PermissionDenied

    # Deleting

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Ask before a row is deleted, as for many at once."""
        row = self.get_object(request, object_id)
        if self.gives_access:
            require_recent(request)
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        answer: HttpResponse | None = self.deletion.answer(self, request, [row.pk])
        return answer or HttpResponseRedirect(self.list_address())

    def list_address(self) -> str:
        """Return the address of the list."""
        options = self.opts
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist")


def record(request: HttpRequest, fact: Fact) -> None:
    """Write into a fact who records it, and in which request."""
    fact.recorded_by = request.user  # type: ignore[assignment]
    fact.request_id = request.id  # type: ignore[attr-defined]


def _filtered(entry: Any) -> str:
    """Name the field or parameter of a filter."""
    if isinstance(entry, tuple):
        return str(entry[0])
    return str(getattr(entry, "parameter_name", entry))
