"""The audit trail, to be read and downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ppm.core.admin.rollup import ReadOnlyAdmin
from ppm.core.audit_tab import MOST
from ppm.core.auditing.reading import kinds_of_rows, tell, write_csv
from ppm.core.governance.filters import BelowFilter
from ppm.core.models import AuditEvent


class KindFilter(admin.SimpleListFilter):
    """Events by the sort of row that they are about."""

    title = "kind of row"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what is audited."""
        return kinds_of_rows()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the events about rows of a table."""
        return queryset.filter(table_name=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who changed what: rows that were added, changed or deleted."""

    group = "Audit"
    list_display = ("at", "by", "operation", "what", "row", "component", "in_short")
    list_display_links = ("at",)
    list_filter = ("operation", "at", KindFilter, BelowFilter)
    list_select_related = ("component",)
    search_fields = ("=request_id", "=row_id", "actor__username", "component__code")
    search_help_text = "The id of a request or a row, a user name, or the code of a component"
    ordering = ("-pk",)
    actions = ("download",)
    fields = (
        *("at", "by", "operation", "what", "row", "component", "changes"),
        *("request_id", "database_role", "table_name", "row_id"),
    )
    readonly_fields: ClassVar[Any] = ("by", "what", "row", "changes")

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Put the events into words."""
        super().prepare(request, rows)
        for told in tell(rows, user=request.user):
            told.event.told = told  # type: ignore[attr-defined]

    @admin.action(description="Download as CSV", permissions=["view"])
    def download(self, request: HttpRequest, events: QuerySet[Any]) -> HttpResponse:
        """Download the chosen events, or all that the filters keep."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit.csv"'
        newest = events.order_by("-pk")[:MOST]
        write_csv(newest, response, user=request.user)
        return response

    @admin.display(description="by", ordering="actor")
    def by(self, event: Any) -> str:
        """Name who did it."""
        return str(event.told.by)

    @admin.display(description="kind of row", ordering="table_name")
    def what(self, event: Any) -> str:
        """Name the sort of row."""
        return str(event.told.what)

    @admin.display(description="row")
    def row(self, event: Any) -> str:
        """Call the row."""
        return str(event.told.row)

    @admin.display(description="columns")
    def in_short(self, event: Any) -> str:
        """Name the columns that changed."""
        changed = event.told.columns if event.operation == "update" else ()
        return ", ".join(column.label for column in changed) or "-"

    @admin.display(description="from and to")
    def changes(self, event: Any) -> SafeString:
        """Show each column before and after."""
        lines = ((c.label, c.before, c.after) for c in event.told.columns)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} → {}</li>", lines))
