"""What the system wrote: snapshots, and the marks of what waits to be computed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ppm.core.api.figures import hide_foreign
from ppm.core.governance.columns import Amount, Chip
from ppm.core.governance.filters import BelowFilter
from ppm.core.governance.scoped import ScopedAdmin
from ppm.core.models import Component, DirtyMark, Snapshot

GROUP = "Roll-up"


class ReadOnlyAdmin(ScopedAdmin[Any]):
    """Rows that only the system writes."""

    group = GROUP
    may_be_added: ClassVar[bool] = False
    may_be_changed: ClassVar[bool] = False
    may_be_deleted: ClassVar[bool] = False


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """Figures as they were known, a row wherever they changed."""

    list_display = (
        *("as_of", "component", Chip()),
        *(Amount("bac", "BAC"), Amount("eac", "EAC"), Amount("benefit_forecast"), "roi"),
    )
    list_filter = ("health", "degraded", BelowFilter)
    list_select_related = ("component",)
    search_fields = ("component__code", "component__name")
    date_hierarchy = "as_of"
    ordering = ("-as_of", "-pk")
    fields = (
        *(field.name for field in Snapshot._meta.concrete_fields if field.name != "reasons"),
        *("cpi", "spi", "roi", "why"),
    )

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Leave out what the reasons say of components that the user does not see."""
        super().prepare(request, rows)
        hide_foreign(list(rows), user=request.user)

    @admin.display(description="CPI")
    def cpi(self, row: Snapshot) -> Any:
        """Show the cost performance index."""
        return row.cpi

    @admin.display(description="SPI")
    def spi(self, row: Snapshot) -> Any:
        """Show the schedule performance index."""
        return row.spi

    @admin.display(description="ROI")
    def roi(self, row: Snapshot) -> Any:
        """Show the return on investment."""
        return row.roi

    @admin.display(description="Reasons")
    def why(self, row: Snapshot) -> SafeString:
        """Show why the figures are so, as they are stored."""
        return format_html("<pre>{}</pre>", json.dumps(row.reasons, indent=2))


@admin.register(DirtyMark)
class DirtyMarkAdmin(ReadOnlyAdmin):
    """What waits to be computed."""

    list_display = ("component", "marked_at")
    date_hierarchy = "marked_at"
    ordering = ("marked_at", "pk")
    fields = ("component", "marked_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the marks of what the user sees."""
        seen = Component.objects.visible_to(request.user)
        return super().get_queryset(request).filter(component_id__in=seen.values("pk"))

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read the components: a mark knows only their ids."""
        super().prepare(request, rows)
        seen = Component.objects.visible_to(request.user)
        marked = seen.in_bulk({row.component_id for row in rows})
        for row in rows:
            row.marked = marked.get(row.component_id)

    @admin.display(description="Component")
    def component(self, row: Any) -> str:
        """Name the component."""
        return str(row.marked)
