"""What the viewsets of all apps share: who may change a row, and how a write ends."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import QuerySet
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from ppm.core.authentication import HasScope
from ppm.core.locks import lock_for_move, lock_structure, lock_trees
from ppm.core.models import Component
from ppm.core.serializers import recorded_in

Row = TypeVar("Row", bound=models.Model)
Kind = TypeVar("Kind", bound=Component)


class MayChange(BasePermission):
    """Refuse to change a row that the user may only see. Adding is judged by its references."""

    message = "You may see this, but not change it."

    def has_object_permission(self, request: Request, view: APIView, row: models.Model) -> bool:
        """Ask the queryset."""
        if request.method in SAFE_METHODS:
            return True
        rows: Any = type(row)._default_manager.all()
        return bool(rows.changeable_by(request.user).filter(pk=row.pk).exists())


class ScopedViewSet(ModelViewSet[Row]):
    """Rows of the serializer's model, as far as they are visible to the user."""

    permission_classes: tuple[type[BasePermission], ...] = (IsAuthenticated, HasScope, MayChange)
    ordering = ("id",)

    def get_queryset(self) -> QuerySet[Row]:
        """Return what the user may see; a model that does not know the rule has no list here."""
        serializer: Any = self.serializer_class
        visible: QuerySet[Row] = serializer.Meta.model.objects.visible_to(self.request.user)
        return visible

    def perform_create(self, serializer: BaseSerializer[Row]) -> None:
        """Add the row."""
        serializer.save()
        check_references()

    def perform_update(self, serializer: BaseSerializer[Row]) -> None:
        """Change the row."""
        serializer.save()
        check_references()

    def perform_destroy(self, instance: Row) -> None:
        """Delete the row."""
        instance.delete()
        check_references()


DATES_OF_A_TREE = {"status_date", "time_zone"}


class KindViewSet(ScopedViewSet[Kind]):
    """Components of one kind.

    Before one is moved or deleted, the locks of its tree are taken and it is read and judged once
    more: while the request waited for them, somebody may have moved it out of the user's sight.
    """

    def perform_update(self, serializer: BaseSerializer[Kind]) -> None:
        """Change the component, or move it."""
        here: Any = serializer.instance
        parent = serializer.validated_data.get("parent", here.parent)
        if parent != here.parent:
            lock_for_move(here.pk, parent.pk if parent else None)
            serializer.instance = self.get_object()
        elif DATES_OF_A_TREE & serializer.validated_data.keys():
            lock_structure()
        super().perform_update(serializer)

    def perform_destroy(self, instance: Kind) -> None:
        """Delete the component."""
        lock_trees([instance.pk])
        super().perform_destroy(self.get_object())


class FactViewSet(ScopedViewSet[Row]):
    """Facts: added and read, never changed."""

    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, serializer: BaseSerializer[Row]) -> None:
        """Add the fact, with its author and the request."""
        serializer.save(**recorded_in(self.request))
        check_references()


class ReadOnlyViewSet(ScopedViewSet[Row]):
    """Rows that only the system writes."""

    http_method_names = ["get", "head", "options"]


def check_references() -> None:
    """Check foreign keys now: at the commit it would be too late for a proper answer."""
    connection.check_constraints()
