"""Imports that were made through the pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from portfolios.models import ImportRun
from ppm.core.admin.rollup import ReadOnlyAdmin


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """Files that were imported: one's own, and for administrators those of all."""

    group = "Portfolios"
    list_display = ("created_at", "file_name", "state", "message", "owner")
    list_filter = ("is_partial",)
    list_select_related = ("owner", "job")
    search_fields = ("file_name", "owner__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        *("file_name", "owner", "job", "state", "message", "as_of", "is_partial", "created_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the files and what was read in them where they are."""
        return super().get_queryset(request).defer("content", "preview", "mapping")
