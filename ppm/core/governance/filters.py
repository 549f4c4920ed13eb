"""The filters beside a list: what belongs to a part of the tree, and what is how healthy."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ppm.core.filters.figures import newest, with_day
from ppm.core.governance.rights import is_id, rows_of
from ppm.core.models import Component, Health, Kind

OFFERED = 20
"""How many parts of the tree are offered; the address takes any that the user sees."""


class BelowFilter(admin.SimpleListFilter):
    """What belongs to a component or to anything below it."""

    title = "part of the tree"
    parameter_name = "below"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the upper portfolios and programs, and what is chosen already."""
        visible = Component.objects.visible_to(request.user)
        upper = visible.exclude(kind=Kind.PROJECT).order_by("path__len", "code")[:OFFERED]
        offered = {str(part.pk): part for part in upper}
        chosen = self._chosen(request)
        if chosen is not None:
            offered[str(chosen.pk)] = chosen
        return [(pk, str(part)) for pk, part in offered.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what belongs to it; nothing where the user does not see it."""
        if self.value() is None:
            return queryset
        chosen = self._chosen(request)
        if chosen is None:
            return queryset.none()
        path = getattr(rows_of(queryset.model), "component", "component")
        below = Component.objects.below(chosen).values("pk")
        return queryset.filter(
            Q(**{path or "pk": chosen.pk}) | Q(**{f"{path or 'pk'}__in": below})
        )

    def _chosen(self, request: HttpRequest) -> Component | None:
        value = self.value() or ""
        if not is_id(value):
            return None
        return Component.objects.visible_to(request.user).filter(pk=int(value)).first()


class HealthFilter(admin.SimpleListFilter):
    """Components by their health today."""

    title = "health"
    parameter_name = "health"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer each health."""
        return [(health.value, health.label) for health in Health]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the components that are so; those without a snapshot are not rated."""
        value = self.value()
        if value is None:
            return queryset
        condition = Q(current_health=value)
        if value == Health.UNKNOWN:
            condition |= Q(current_health=None)
        dated: Any = with_day(queryset, as_of=None, now=timezone.now())
        rated: QuerySet[Any] = dated.alias(current_health=newest("health")).filter(condition)
        return rated
