"""Rows that are entered on the page of what they belong to."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.forms import BaseInlineFormSet
from django.http import HttpRequest

from ppm.core.amounts import amounts_of, withholding
from ppm.core.governance.rights import rights_of, rows_of, subject_of, visible_rows
from ppm.core.governance.scoped import ScopedReferences
from ppm.core.models import Fact, ScopedQuerySet

Row = TypeVar("Row", bound=models.Model)
F = TypeVar("F", bound=Fact)


class PartsFormSet(BaseInlineFormSet[Any, Any, Any]):
    """The forms of parts: each for a new one, or for one that is on the page.

    Django looks for the key that is sent among the rows of all owners, and so would tell which
    there are.
    """

    def add_fields(self, form: Any, index: int | None) -> None:
        """Let a form be about rows of this owner only."""
        super().add_fields(form, index)
        model: Any = self.model
        form.fields[model._meta.pk.name].queryset = self.get_queryset()


class Parts(ScopedReferences[Row], admin.TabularInline[Row, Any]):
    """Parts of a row: whoever may change their subject there, may change them."""

    formset = PartsFormSet
    extra = 0
    show_change_link = False
    may_be_changed: ClassVar[bool] = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Row]:
        """Read the parts that the user sees; parts without a rule are seen with their owner.

        They are without amounts where those of what they belong to are not shown.
        """
        rows, owners = visible_rows(self.model, user=request.user), rows_of(self.parent_model)
        has_rule = isinstance(rows, ScopedQuerySet) or not isinstance(owners, ScopedQuerySet)
        if request.user.is_superuser or has_rule or not amounts_of(self.model):
            return rows
        name = self.fk_name or owner_in(self.model, self.parent_model)
        shown = owners.visible_to(request.user).with_amounts_for(request.user)
        told: models.QuerySet[Row] = withholding(rows, Q(**{f"{name}__in": shown.values("pk")}))
        return told

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show the parts of what is shown."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask about the row that they belong to."""
        return self.has_right(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask about the row that they belong to."""
        return self.may_be_changed and self.has_right(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ask about the row that they belong to."""
        return self.may_be_changed and self.has_right(request, obj)

    def has_right(self, request: HttpRequest, owner: Any) -> bool:
        """Tell whether the user may change the subject of the parts there."""
        subject, rights = subject_of(self.model), rights_of(request)
        if owner is None or owner.pk is None:
            return subject in rights.subjects
        return rights.may_add(subject, owner)


def owner_in(model: type[models.Model], owner: type[models.Model]) -> str:
    """Name the column by which rows of a model belong to those of another."""
    columns = model._meta.concrete_fields
    return next(str(column.name) for column in columns if column.related_model is owner)


class FactParts(Parts[F]):
    """Facts about a row: new ones are recorded, those that are there are read."""

    may_be_changed: ClassVar[bool] = False
    ordering = ("-date", "-pk")


class ReadParts(Parts[Row]):
    """Parts that only the system writes."""

    def has_right(self, request: HttpRequest, owner: Any) -> bool:
        """Allow nobody."""
        return False
