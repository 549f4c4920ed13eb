"""Jobs: imports, exports and recomputations, as workers do them."""

from __future__ import annotations

from django.contrib import admin

from ppm.core.admin.rollup import GROUP, ReadOnlyAdmin
from ppm.core.models import Job


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """What takes long: one's own jobs, and for administrators those of all."""

    group = GROUP
    list_display = ("created_at", "kind", "title", "state", "message", "owner")
    list_filter = ("kind", "state")
    list_select_related = ("owner",)
    search_fields = ("title", "message", "owner__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        *("kind", "title", "asked", "owner", "state", "message", "done", "total", "attempts"),
        *("rows_ok", "rows_skipped", "rows_failed", "report"),
        *("created_at", "started_at", "finished_at", "request_id"),
    )
