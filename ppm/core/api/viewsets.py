"""What the viewsets of all apps share: who may change a row, and how a write ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.db import connection, models
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import ModelViewSet

from ppm.core.api.bulk import BulkResultSerializer, BulkSerializer, write_rows
from ppm.core.api.once import once
from ppm.core.api.shape import VIEWS, Shape
from ppm.core.api.versions import hold, is_versioned, require_version, tag_of, versions_in
from ppm.core.authentication import HasScope
from ppm.core.locks import lock_for_move, lock_for_moves, lock_structure, lock_trees
from ppm.core.models import Component
from ppm.core.serializers import Found, recorded_in

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
    model: ClassVar[Any]
    shape: Shape | None = None
    versions: frozenset[str] | None = None
    found: Found | None = None
    """The rows that others of the call refer to already; only where it has many."""
    is_one_at_a_time: ClassVar[bool] = False
    """Whether each row is written by a call of its own."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Know the model, and be known as its viewset."""
        super().__init_subclass__(**options)
        if cls.serializer_class is not None:
            cls.model = cls.serializer_class.Meta.model  # type: ignore[attr-defined]
            VIEWS[cls.model] = cls

    def get_queryset(self) -> QuerySet[Row]:
        """Return what the user may see; a model that does not know the rule has no list here."""
        visible: QuerySet[Row] = self.model.objects.visible_to(self.request.user)
        return visible

    def list(self, request: Request, *args: Any, **options: Any) -> Response:
        """Answer a page of rows, as they are asked for."""
        self.shape = Shape(request, self)
        response = super().list(request, *args, **options)
        self.shape.expand(response.data["results"], self)
        return response

    def retrieve(self, request: Request, *args: Any, **options: Any) -> Response:
        """Answer a row, as it is asked for."""
        self.shape = Shape(request, self)
        response = super().retrieve(request, *args, **options)
        self.shape.expand([response.data], self)
        return self.tagged(response)

    def get_serializer_context(self) -> dict[str, Any]:
        """Remember for a call with many rows to what they refer."""
        return {**super().get_serializer_context(), "found": self.found}

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        """Write what is asked for."""
        serializer = super().get_serializer(*args, **options)
        if self.shape:
            self.shape.narrow(serializer)
        return serializer

    def get_object(self) -> Row:
        """Find the row; who changes it must have read its present version."""
        row = super().get_object()
        if self.request.method not in SAFE_METHODS and is_versioned(type(row)):
            require_version(row, self.read_versions())
        return row

    @once
    def create(self, request: Request, *args: Any, **options: Any) -> Response:
        """Add a row, and tell its address and its version."""
        return self.tagged(super().create(request, *args, **options))

    def get_success_headers(self, data: Any) -> dict[str, str]:
        """Tell the address of a new row."""
        return {"Location": self.request.build_absolute_uri(f"{data['id']}/")}

    @extend_schema(request=BulkSerializer, responses=BulkResultSerializer)
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    @once
    def bulk(self, request: Request) -> Response:
        """Create, update or upsert up to 1,000 rows: all of them, or with `partial` what can be.

        Each row is judged as if it came alone. To upsert is to update what has the `code`, and to
        create what has not; rows other than components have none.
        """
        asked = BulkSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        self.found = {}
        return Response(write_rows(self, asked.validated_data))

    def lock_for(self, rows: Sequence[dict[str, Any]]) -> None:
        """Take what must be held before many rows are changed."""

    @classmethod
    def get_extra_actions(cls) -> Any:
        """Take many rows only where one call may decide on many."""
        actions: list[Any] = super().get_extra_actions()
        return [one for one in actions if one.__name__ != "bulk" or not cls.is_one_at_a_time]

    def update(self, request: Request, *args: Any, **options: Any) -> Response:
        """Change a row, and tell its version."""
        return self.tagged(super().update(request, *args, **options))

    def tagged(self, response: Response) -> Response:
        """Tell the version of the row that is answered, if it has one and it was asked for."""
        if is_versioned(self.model) and "version" in response.data:
            response["ETag"] = tag_of(response.data["version"])
        return response

    def perform_create(self, serializer: BaseSerializer[Row]) -> None:
        """Add the row."""
        serializer.save()
        check_references()

    def perform_update(self, serializer: BaseSerializer[Row]) -> None:
        """Change the row."""
        self.hold(serializer.instance)
        serializer.save()
        check_references()

    def perform_destroy(self, instance: Row) -> None:
        """Delete the row."""
        self.hold(instance)
        instance.delete()
        check_references()

    def hold(self, row: Any) -> None:
        """Keep others from changing a row that counts its changes."""
        if is_versioned(type(row)):
            hold(row, self.read_versions())

    def read_versions(self) -> frozenset[str]:
        """Tell which versions of the row have been read, as the caller says."""
        if self.versions is None:
            self.versions = versions_in(self.request)
        return self.versions


DATES_OF_A_TREE = {"status_date", "time_zone"}


class KindViewSet(ScopedViewSet[Kind]):
    """Components of one kind.

    Before one is moved or deleted, the locks of its tree are taken and it is read and judged once
    more: while the request waited for them, somebody may have moved it out of the user's sight.
    """

    def lock_for(self, rows: Sequence[dict[str, Any]]) -> None:
        """Take the locks of moves and of the dates of trees, where a row may need them."""
        names = set().union(*rows)
        if "parent" in names:
            lock_for_moves()
        elif DATES_OF_A_TREE & names:
            lock_structure()

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
    is_one_at_a_time = True


def check_references() -> None:
    """Check foreign keys now: at the commit it would be too late for a proper answer."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
