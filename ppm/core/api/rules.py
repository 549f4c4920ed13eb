"""What holds for the work in the API: health policies, calendars, and who holds which role."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from ppm.core import filters
from ppm.core.api.viewsets import MayChange, ReadOnlyViewSet, ScopedViewSet
from ppm.core.authentication import HasScope
from ppm.core.defaults import fill_calendar
from ppm.core.giving import TOO_MUCH, objection
from ppm.core.locks import lock_structure
from ppm.core.models import (
    CalendarDay,
    Component,
    HealthPolicy,
    RoleAssignment,
    Subject,
    WorkCalendar,
    may_give,
)
from ppm.core.policies import THRESHOLDS, next_policy
from ppm.core.serializers import (
    ConstrainedSerializer,
    ScopedPrimaryKeyRelatedField,
    StrictSerializer,
)
from ppm.core.signin.recency import MayDecide


class HealthPolicySerializer(ConstrainedSerializer[HealthPolicy]):
    """Where the colours begin, and how a portfolio's is made.

    A threshold that is not given stays what it is for the component so far.
    """

    component = ScopedPrimaryKeyRelatedField(Component, Subject.POLICY, allow_null=True)

    class Meta:
        model = HealthPolicy
        fields = ("id", "component", "version", "recorded_at", *THRESHOLDS)
        read_only_fields = ("version",)

    def row_with(self, attrs: dict[str, Any]) -> HealthPolicy:
        """Build the next version."""
        row = next_policy(attrs["component"])
        for name, value in attrs.items():
            setattr(row, name, value)
        return row

    def create(self, validated_data: dict[str, Any]) -> HealthPolicy:
        """Add the version; others who add one wait."""
        user = self.context["request"].user
        if validated_data["component"] is None and not user.is_superuser:
            raise PermissionDenied("Only an administrator changes the default policy.")
        lock_structure()
        policy = self.row_with(validated_data)
        policy.save()
        return policy


class HealthPolicyViewSet(ScopedViewSet[HealthPolicy]):
    """Health policies. The newest version of the nearest component above counts, else the default.

    A change is a new version: POST adds the next one of a component.
    """

    serializer_class = HealthPolicySerializer
    filterset_class = filters.HealthPolicyFilter
    is_one_at_a_time = True
    http_method_names = ["get", "post", "head", "options"]


class AdministratorsWrite(BasePermission):
    """Refuse a change by anybody but an administrator."""

    message = "Only an administrator may change this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let everybody read."""
        return request.method in SAFE_METHODS or bool(request.user.is_superuser)


class WorkCalendarSerializer(ConstrainedSerializer[WorkCalendar]):
    """Working time, shared by all projects that name it."""

    class Meta:
        model = WorkCalendar
        fields = ("id", "name", "minutes_per_day", "version")
        extra_kwargs = {"minutes_per_day": {"min_value": 1, "max_value": 24 * 60}}

    def validate_minutes_per_day(self, minutes: int) -> int:
        """Keep what plans have been counted by."""
        if self.instance is not None and self.instance.minutes_per_day != minutes:
            raise ValidationError("Plans count by these minutes: add another calendar.")
        return minutes

    def create(self, validated_data: dict[str, Any]) -> WorkCalendar:
        """Add the calendar, with its days."""
        calendar = super().create(validated_data)
        fill_calendar(calendar.pk)
        return calendar


class WorkCalendarViewSet(ScopedViewSet[WorkCalendar]):
    """Calendars of working time. A new one works from Monday to Friday."""

    serializer_class = WorkCalendarSerializer
    filterset_class = filters.WorkCalendarFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, AdministratorsWrite)

    def get_queryset(self) -> QuerySet[WorkCalendar]:
        """Return all: they belong to nobody."""
        return WorkCalendar.objects.all()


class CalendarDaySerializer(StrictSerializer[CalendarDay]):
    """The working minutes from a calendar's first day through the end of this day."""

    class Meta:
        model = CalendarDay
        fields = ("id", "calendar", "day", "cumulative_minutes")
        read_only_fields = fields


class CalendarDayViewSet(ReadOnlyViewSet[CalendarDay]):
    """Days of calendars. The working time between two days is the difference of their minutes."""

    serializer_class = CalendarDaySerializer
    filterset_class = filters.CalendarDayFilter

    def get_queryset(self) -> QuerySet[CalendarDay]:
        """Return all, like the calendars."""
        return CalendarDay.objects.all()


class RoleAssignmentSerializer(ConstrainedSerializer[RoleAssignment]):
    """What somebody is on a component and on everything below it; nothing from `expires_at` on."""

    class Meta:
        model = RoleAssignment
        fields = ("id", "component", "user", "group", "role", "expires_at", "version")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what nobody can give."""
        given: Any = self.row_with(super().validate(attrs))
        if sentence := objection(given, now=timezone.now()):
            raise ValidationError(sentence)
        return attrs


class RoleAssignmentViewSet(ScopedViewSet[RoleAssignment]):
    """Roles: who is what on a component and everything below it, in person or through a group."""

    serializer_class = RoleAssignmentSerializer
    filterset_class = filters.RoleAssignmentFilter
    is_one_at_a_time = True
    permission_classes = (IsAuthenticated, HasScope, MayDecide, MayChange)

    def perform_create(self, serializer: BaseSerializer[RoleAssignment]) -> None:
        """Give the role."""
        self.require_right(serializer)
        super().perform_create(serializer)

    def perform_update(self, serializer: BaseSerializer[RoleAssignment]) -> None:
        """Change who holds which role."""
        self.require_right(serializer)
        super().perform_update(serializer)

    def require_right(self, serializer: BaseSerializer[RoleAssignment]) -> None:
        """Refuse a role that the user may not give there, or not for so long."""
        written: Any = serializer
        given = written.row_with(serializer.validated_data)
        if not may_give(
            given.role, given.component.path, self.request.user, until=given.expires_at
        ):
            raise PermissionDenied(TOO_MUCH)
