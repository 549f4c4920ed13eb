"""What could not be computed, and what an audit found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portfolios.rollup import mark
from ppm.core.admin.rollup import ReadOnlyAdmin
from ppm.core.governance.confirming import ConfirmedAction
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.rights import rights_of
from ppm.core.models import Component, RollupFailure, RollupIncident, Subject

NOT_YOURS = "You may see this, but not act on it."


class ComponentsOwn(ReadOnlyAdmin):
    """Notes of the roll-up about components, for those who may change a policy there."""

    list_filter: ClassVar[Any] = (BelowFilter,)
    list_select_related: ClassVar[Any] = ("component",)
    search_fields = ("component__code", "component__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the notes about what the user sees."""
        seen = Component.objects.visible_to(request.user)
        return super().get_queryset(request).filter(component__in=seen)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Offer the actions to all; each row is judged when it comes to it."""
        return True

    def may_act(self, request: HttpRequest, row: Any) -> bool:
        """Tell whether the user may act on what was noted about a component."""
        return rights_of(request).may_add(Subject.POLICY, row.component)


class AnotherTry(ConfirmedAction):
    """Have components computed again."""

    name = "try_again"
    title = "Try again to compute selected components"
    button = "Try again"
    allowed_permissions = ("act",)

    def obstacles(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Ask for the right to change a policy there."""
        return [] if model_admin.may_act(request, row) else [NOT_YOURS]

    def consequences(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Say what comes of it."""
        return ["It is marked, and computed with the next sweep."]

    def act(
        self, model_admin: Any, request: HttpRequest, rows: Sequence[Any], said: dict[str, Any]
    ) -> str:
        """Mark the components."""
        mark(row.component_id for row in rows)
        for row in rows:
            model_admin.log_change(request, row, "Tried again.")
        return f"Marked: {len(rows)}. The next sweep computes them."


class Settlement(AnotherTry):
    """Note that somebody has looked into incidents."""

    name = "settle"
    title = "Settle selected incidents"
    button = "Settle"

    def obstacles(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Settle nothing twice."""
        settled = ["It is settled already."] if row.settled_at else []
        return [*super().obstacles(model_admin, request, row), *settled]

    def consequences(self, model_admin: Any, request: HttpRequest, row: Any) -> list[str]:
        """Say what comes of it."""
        return ["It no longer stands on the first page. Nothing is computed again."]

    def act(
        self, model_admin: Any, request: HttpRequest, rows: Sequence[Any], said: dict[str, Any]
    ) -> str:
        """Write down who settled them, and when."""
        for row in rows:
            row.settled_by, row.settled_at = request.user, timezone.now()
            row.save(update_fields=["settled_by", "settled_at"])
            model_admin.log_change(request, row, "Settled.")
        return f"Settled: {len(rows)}."


@admin.register(RollupFailure)
class RollupFailureAdmin(ComponentsOwn):
    """The quarantine: after its last try a component waits for a change, or for somebody here."""

    list_display = ("component", "is_quarantined", "tries", "first_failed_at", "last_failed_at")
    date_hierarchy = "first_failed_at"
    ordering = ("-tries", "first_failed_at")
    fields = ("component", "tries", "first_failed_at", "last_failed_at", "error")
    actions = (AnotherTry(),)

    @admin.display(description="Quarantined", boolean=True)
    def is_quarantined(self, row: RollupFailure) -> bool:
        """Tell whether the system has given up."""
        return row.tries >= RollupFailure.MAX_TRIES


@admin.register(RollupIncident)
class RollupIncidentAdmin(ComponentsOwn):
    """Stored figures that differ from a computation from scratch: a defect of the product."""

    list_display = ("component", "as_of", "found_at", "settled_at", "settled_by")
    list_filter = (("settled_at", admin.EmptyFieldListFilter), BelowFilter)
    list_select_related = ("component", "settled_by")
    date_hierarchy = "found_at"
    ordering = ("-found_at",)
    fields = ("component", "as_of", "found_at", "differences", "settled_at", "settled_by")
    actions = (Settlement(),)
