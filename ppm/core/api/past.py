"""What keeps the past true in the API: moves, restatements, closed months."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from ppm.core import filters
from ppm.core.api.figures import hide_foreign
from ppm.core.api.serializers import FiguresSerializer
from ppm.core.api.viewsets import MayChange, ReadOnlyViewSet, ScopedViewSet, check_references
from ppm.core.authentication import HasScope
from ppm.core.models import Component, MonthClose, Move, Restatement, Subject
from ppm.core.serializers import (
    ConstrainedSerializer,
    ForeignReferenceField,
    ScopedPrimaryKeyRelatedField,
    StrictSerializer,
)


class MoveSerializer(StrictSerializer[Move]):
    """That a component came under another parent; null also for one that you do not see."""

    before = ForeignReferenceField(Component, allow_null=True)
    after = ForeignReferenceField(Component, allow_null=True)

    class Meta:
        model = Move
        fields = ("id", "component", "before", "after", "date", "moved_at")


class MoveViewSet(ReadOnlyViewSet[Move]):
    """Moves: where components stood before and after, by the status date of their tree then.

    Figures of earlier dates stay with the old parent.
    """

    serializer_class = MoveSerializer
    filterset_class = filters.MoveFilter


class RestatementList(serializers.ListSerializer[Any]):
    """Many restatements."""

    def to_representation(self, data: Any) -> list[Any]:
        """Write them, without what they say of components that are not the user's."""
        restatements = list(data)
        answers = [row.answer for row in restatements if row.answer]
        hide_foreign(answers, user=self.context["request"].user)
        return super().to_representation(restatements)


class RestatementSerializer(StrictSerializer[Restatement]):
    """That the figures of a past date were computed again, and why."""

    before = FiguresSerializer(
        source="answer",
        read_only=True,
        allow_null=True,
        help_text="What was answered for the date before; null where nothing was.",
    )

    class Meta:
        model = Restatement
        fields = ("id", "component", "as_of", "before", "reason", "restated_at", "restated_by")
        list_serializer_class = RestatementList

    def to_representation(self, instance: Restatement) -> Any:
        """Write the restatement; alone, it looks itself after what it says of others."""
        if self.parent is None and instance.answer:
            hide_foreign([instance.answer], user=self.context["request"].user)
        return super().to_representation(instance)


class RestatementViewSet(ReadOnlyViewSet[Restatement]):
    """Restatements: past dates that were computed again, each with the earlier answer and why."""

    serializer_class = RestatementSerializer
    filterset_class = filters.RestatementFilter


class MonthCloseSerializer(ConstrainedSerializer[MonthClose]):
    """That a tree's figures up to a month's end are final."""

    # A field of the serializer, not the outermost serializer, which the stubs call `root` too.
    root = ScopedPrimaryKeyRelatedField(Component, Subject.MONEY)  # type: ignore[assignment]

    class Meta:
        model = MonthClose
        fields = ("id", "root", "month_end", "closed_at", "closed_by")


class MayOpen(MayChange):
    """Refuse who may not change the root's money; that an older month stays, a guard says."""

    def has_object_permission(self, request: Request, view: APIView, row: models.Model) -> bool:
        """Ask for the right alone."""
        closes = MonthClose.objects.granting(Subject.MONEY, request.user)
        return request.method in SAFE_METHODS or closes.filter(pk=row.pk).exists()


class MonthCloseViewSet(ScopedViewSet[MonthClose]):
    """Closed months: nothing rewrites the figures of a tree up to the end of such a month.

    What is recorded later for that time counts in the open month. A close is never changed; that
    of the newest month can be taken back.
    """

    serializer_class = MonthCloseSerializer
    filterset_class = filters.MonthCloseFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, MayOpen)
    http_method_names = ["get", "post", "delete", "head", "options"]

    def perform_create(self, serializer: BaseSerializer[MonthClose]) -> None:
        """Close the month, and write down who did."""
        serializer.save(closed_by=self.request.user)
        check_references()
